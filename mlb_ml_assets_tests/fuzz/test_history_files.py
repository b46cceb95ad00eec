"""Broken archive files to the importers.

Belongs here: mutations of a simulated bundle's files.
Not here: real archives (sources/test_archives.py).
"""

import gzip
import random
import zipfile
from datetime import UTC, date, datetime
from itertools import islice

import pytest

from mlb_ml_assets.flows.history_import import parse_bundle
from mlb_ml_assets.identity.teams import UnknownTeam
from mlb_ml_assets.simulation.bundle import write_bundle
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.sources import history_bundle, retrosheet, sbro
from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged
from mlb_ml_assets.sources.bundle_faults import located
from mlb_ml_assets.warehouse.archive_stamps import stamped
from mlb_ml_assets_tests.fuzz.mutation import CASES, SEED, TIMES, dice, mutated_bytes

pytestmark = pytest.mark.long

TEXTS = ("", "x", "NL", "pk", "9999", "-", "\u00e9", "2024-02-30")
ODD_CELLS = ("", " ", "x", "-", "NaN", "1e400", "-5", "2024-02-30", "99999999999999999999", "\x00", '"', "é", "0x10")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    config = SimulationConfig(first_day=date(2024, 4, 1), today=date(2024, 4, 6), season_days=20)
    folder = tmp_path_factory.mktemp("bundle")
    write_bundle(simulate_league(config), folder, before=date(2024, 4, 6), ticks_from=date(2024, 4, 5))
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
    chance, refused, cases = dice("history bundle"), 0, CASES["history bundle"] * TIMES
    good = {}
    for name, text in bundle.items():
        (tmp_path / name).write_bytes(gzip.compress(text, 1))
        good[name.split(".", 1)[0]] = history_bundle.read_file(tmp_path / name)
    for case in range(cases):
        name = chance.choice(sorted(bundle))
        path = tmp_path / name
        text = broken(bundle[name], chance)
        packed = gzip.compress(text, 1)
        path.write_bytes(mutated_bytes(packed, chance) if chance.random() < 0.05 else packed)
        try:
            raw = {key: frame.copy() for key, frame in good.items()}
            raw[name.split(".", 1)[0]] = history_bundle.read_file(path)
            frames = parse_bundle(raw)
            with located(raw):
                stamped(frames, {}, datetime(2024, 5, 1, tzinfo=UTC))
        except (ArchiveShapeChanged, UnknownTeam):
            refused += 1
        except Exception as error:  # noqa: BLE001 - the point
            kept = [line for line in text.split(b"\n") if line not in bundle[name].split(b"\n")][:3]
            pytest.fail(f"seed {SEED}, case {case}, {name}: {type(error).__name__}: {error}\n{kept!r}")
    assert 0 < refused < cases
    print(f"history bundle: {cases:,} cases, {refused:,} refused")


def test_logs_and_workbooks_are_read_or_refused_and_never_break(shared_data, tmp_path):
    """The same of the two archives that others publish: Retrosheet's logs, the bookmaker's workbooks."""
    from openpyxl import Workbook, load_workbook

    chance, refused, cases = dice("logs and workbooks"), 0, CASES["logs and workbooks"] * TIMES
    archive = min((shared_data / "retrosheet").glob("gl*.zip"))
    with zipfile.ZipFile(archive) as packed:
        log = b"".join(packed.read(packed.namelist()[0]).splitlines(keepends=True)[:30])
    book = min((shared_data / "sbro").glob("*.xlsx"))
    sheet = [list(row) for row in islice(load_workbook(book, read_only=True).active.iter_rows(values_only=True), 31)]
    for case in range(cases):
        if chance.random() < 0.5:
            path, text = tmp_path / f"{archive.stem}.txt", broken(log, chance)
            path.write_bytes(text)
            told, read = text[-500:], _read_log
        else:
            path, rows = tmp_path / book.name, [list(row) for row in sheet]
            for _ in range(chance.randint(1, 4)):
                row = chance.choice(rows)
                row[chance.randrange(len(row))] = chance.choice(
                    (None, -1, 1e9, 2.5, True, datetime(2016, 4, 1, tzinfo=UTC).replace(tzinfo=None), *TEXTS)
                )
            written = Workbook()
            for row in rows:
                written.active.append(row)
            written.save(path)
            told, read = rows, _read_workbook
        try:
            read(path)
        except (ArchiveShapeChanged, UnknownTeam):
            refused += 1
        except Exception as error:  # noqa: BLE001 - the point
            pytest.fail(f"seed {SEED}, case {case}, {path.name}: {type(error).__name__}: {error}\n{told!r}")
    assert 0 < refused < cases
    print(f"logs and workbooks: {cases:,} cases, {refused:,} refused")


def _read_log(path):
    stamped(retrosheet.parse_logs(retrosheet.read_logs(path), path.name), {}, datetime(2024, 5, 1, tzinfo=UTC))


def _read_workbook(path):
    sbro.parse_workbook(sbro.read_workbook(path))


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
