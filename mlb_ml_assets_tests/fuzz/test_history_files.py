"""Broken archive files to the importers.

Belongs here: mutations of a simulated bundle's files.
Does not: real archives (sources/test_archives.py).
"""

import gzip
import os
import random
import time
from datetime import UTC, date, datetime

import pytest

from mlb_ml_assets.assets.history_import import parse_bundle
from mlb_ml_assets.simulation.bundle import write_bundle
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.sources import history_bundle, retrosheet, sbro
from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged
from mlb_ml_assets.sources.bundle_faults import located
from mlb_ml_assets.warehouse.archive_stamps import stamped
from mlb_ml_assets_tests.fuzz.mutation import SECONDS, mutated_bytes

pytestmark = [pytest.mark.long, pytest.mark.by_hand]

ODD_CELLS = ("", " ", "x", "-", "NaN", "1e400", "-5", "2024-02-30", "99999999999999999999", "\x00", '"', "é", "0x10")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    config = SimulationConfig(first_day=date(2024, 4, 1), today=date(2024, 4, 12), season_days=20)
    folder = tmp_path_factory.mktemp("bundle")
    write_bundle(simulate_league(config), folder, before=date(2024, 4, 12), ticks_from=date(2024, 4, 10))
    return {path.name: gzip.decompress(path.read_bytes()) for path in folder.glob("*.csv.gz")}


def broken(text: bytes, chance: random.Random) -> bytes:
    """One to three cells replaced, or lines dropped and doubled, or bytes turned."""
    if chance.random() < 0.15:
        return mutated_bytes(text, chance)
    lines = text.decode().split("\n")
    for _ in range(chance.randint(1, 3)):
        row = chance.randrange(len(lines))
        cells = lines[row].split(",")
        kind = chance.randrange(6)
        if kind == 0:
            del cells[chance.randrange(len(cells))]
        elif kind == 1:
            lines.insert(row, lines[row])
            continue
        else:
            cells[chance.randrange(len(cells))] = chance.choice(ODD_CELLS)
        lines[row] = ",".join(cells)
    return "\n".join(lines).encode()


def test_a_bundle_is_read_or_refused_and_never_breaks(bundle, tmp_path):
    """People edit CSV files by hand: the answer is which file and column, not a traceback from pandas."""
    seed = int(os.environ.get("MLB_ML_FUZZ_SEED", "0")) or random.SystemRandom().randrange(2**32)
    chance, cases, refused = random.Random(seed), 0, 0
    until = time.monotonic() + 2 * SECONDS
    good = {}
    for name, text in bundle.items():
        (tmp_path / name).write_bytes(gzip.compress(text, 1))
        good[name.split(".", 1)[0]] = history_bundle.read_file(tmp_path / name)
    while time.monotonic() < until:
        name = chance.choice(sorted(bundle))
        path = tmp_path / name
        text = broken(bundle[name], chance)
        packed = gzip.compress(text, 1)
        path.write_bytes(mutated_bytes(packed, chance) if chance.random() < 0.05 else packed)
        cases += 1
        try:
            raw = {key: frame.copy() for key, frame in good.items()}
            raw[name.split(".", 1)[0]] = history_bundle.read_file(path)
            frames = parse_bundle(raw)
            with located(raw):
                stamped(frames, {}, datetime(2024, 5, 1, tzinfo=UTC))
        except ArchiveShapeChanged:
            refused += 1
        except Exception as error:  # noqa: BLE001 - the point
            kept = [line for line in text.split(b"\n") if line not in bundle[name].split(b"\n")][:3]
            pytest.fail(f"seed {seed}, case {cases}, {name}: {type(error).__name__}: {error}\n{kept!r}")
    print(f"history bundle: {cases:,} cases, {refused:,} refused")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("gl2016.txt", lambda path: retrosheet.parse_logs(retrosheet.read_logs(path), path.name)),
        ("gl2016.zip", lambda path: retrosheet.parse_logs(retrosheet.read_logs(path), path.name)),
        ("mlb-odds-2016.xlsx", lambda path: sbro.parse_workbook(sbro.read_workbook(path))),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(name, read, tmp_path):
    """A download that failed leaves an HTML page with an archive's name."""
    chance = random.Random(name)
    path = tmp_path / name
    for body in (
        b"",
        b"<html><body>Not found</body></html>",
        b"PK\x03\x04" + chance.randbytes(500),
        chance.randbytes(2000),
    ):
        path.write_bytes(body)
        with pytest.raises(ArchiveShapeChanged):
            read(path)
