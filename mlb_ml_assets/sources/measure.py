"""How fast payloads become rows, beside what reading their bytes costs anyway.

Belongs here: the measurement of parsers over recorded payloads.
Does not: printing (the `bench` command), the database's part.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter

from lxml import html

from mlb_ml_assets.sources import recorded
from mlb_ml_assets.sources.catalogue import source_of
from mlb_ml_assets.sources.rows import Payload, PayloadShapeError


@dataclass(frozen=True)
class ParseSpeed:
    """One source: megabytes (10^6 bytes) a second of its parser, and of `plain_name` alone on the same bytes."""

    source: str
    payloads: int
    megabytes: float
    rows: int
    parser: float
    plain: float
    plain_name: str


def measure_parse(series: Iterable[tuple[str, Sequence[Path], datetime | None]], most: int = 100) -> list[ParseSpeed]:
    """Measure each source over the first `most` payloads of its files; files are read beforehand.

    Best of three passes each, because other programs run too. A series is a source, its files, and their capture
    instant where they do not tell it; with a wrong one all prices would be in play, and nothing would be parsed.
    """
    speeds = []
    for name, paths, captured_at in series:
        source = source_of(name)
        payloads: list[Payload] = []
        for payload in recorded.read(source, paths, captured_at):
            payloads.append(payload)
            if len(payloads) == most:
                break
        size = sum(len(payload.body) for payload in payloads) / 1e6
        rows = 0
        best_parser = best_plain = float("inf")
        for _ in range(3):
            began, rows = perf_counter(), 0
            for payload in payloads:
                try:
                    parsed = source.parse(payload.body, payload.captured_at, payload.endpoint)
                except PayloadShapeError:
                    continue
                rows += len(parsed.games) + len(parsed.quotes) + len(parsed.splits) + len(parsed.results)
            best_parser = min(best_parser, perf_counter() - began)
            began = perf_counter()
            names = {_plain(payload.body) for payload in payloads}
            best_plain = min(best_plain, perf_counter() - began)
        plain_name = " and ".join(sorted(names))
        speeds.append(ParseSpeed(name, len(payloads), size, rows, size / best_parser, size / best_plain, plain_name))
    return speeds


def _plain(body: bytes) -> str:
    if body.lstrip()[:1] == b"<":
        html.fromstring(body)
        return "lxml"
    try:
        json.loads(body)
    except ValueError:
        body.decode("utf-8", "replace").splitlines()
        return "splitlines"
    return "json.loads"
