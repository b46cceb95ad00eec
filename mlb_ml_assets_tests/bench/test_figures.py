"""What a figure says of itself, and that the scratch database is made and gone.

Belongs here: ratios, verdicts, JSON, names, the generator's rows.
Does not: speed: no test asserts a time.
"""

import json

import pytest

from mlb_ml_assets.bench import run, scratch
from mlb_ml_assets.bench.asof import _pages
from mlb_ml_assets.bench.figures import Figure, as_json
from mlb_ml_assets.bench.odds_table import ROWS_PER_GAME
from mlb_ml_assets.bench.run import NAMES, UnknownBenchmark, run_benchmarks
from mlb_ml_assets.bench.scratch import UnknownScale, rows_of, scratch_database
from mlb_ml_assets.warehouse.connection import connect


def test_a_figure_reaches_its_aim_its_bar_or_falls_short():
    """A verdict that looked at the wrong side of a bar would call every failure a success."""
    cost = [Figure("b", "n", "s", ours, 1.0, "limit", 4, 2.5).verdict for ours in (2.0, 3.0, 5.0)]
    assert cost == ["aim", "bar", "short"]
    rate = [
        Figure("b", "n", "rows/s", ours, 1.0, "limit", 0.45, 0.65, more_is_better=True).verdict
        for ours in (0.7, 0.5, 0.3)
    ]
    assert rate == ["aim", "bar", "short"]
    assert Figure("b", "n", "ms", 60, bar=50, aim=16).verdict == "short"
    assert Figure("b", "n", "ms", 60).verdict == ""


def test_json_holds_what_the_table_shows():
    """Programs compare runs; a ratio that only the table knows cannot be followed."""
    told = json.loads(as_json([Figure("b", "n", "s", 2.0, 1.0, "limit", 4, 2.5)], {"scale": "1M"}))
    assert told["about"] == {"scale": "1M"}
    assert told["figures"][0]["ratio"] == 2.0
    assert told["figures"][0]["reaches"] == "aim"


def test_a_wrong_name_or_scale_is_refused_before_anything_is_made():
    """A typing error after four minutes of building a database."""
    with pytest.raises(UnknownBenchmark, match="asof"):
        run_benchmarks(["as-of"], as_json=False, scale="1M")
    with pytest.raises(UnknownScale, match="35M"):
        run_benchmarks(["asof"], as_json=False, scale="36M")
    assert rows_of("35m") == 35_000_000


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_its_benchmark(name):
    """`make bench` runs them all: one that cannot be imported ends it half-way."""
    assert callable(run._benchmark(name))


def test_the_scratch_database_fills_grows_and_goes(database, monkeypatch):
    """Gigabytes left behind by every run; and a day that costs more pages in a larger table is the bug looked for."""
    monkeypatch.setattr(scratch, "ensure_database", lambda settings=None, **_: settings or database.settings)
    monkeypatch.setattr(scratch, "NAME", f"{database.name}_bench")
    with scratch_database("100K") as made:
        made.grow(100_000)
        with made.connect() as connection:
            games, rows, keys = connection.execute(
                "SELECT COUNT(DISTINCT external_game_id), COUNT(*), COUNT(DISTINCT (external_game_id,"
                " sportsbook_external_id, market_type, side, updated_at)) FROM staging.action_network_odds_historical"
            ).fetchone()
            assert games == 100_000 // ROWS_PER_GAME
            assert rows == keys
            assert 0.8 < rows / 100_000 < 1.2
            small = _pages(connection)
        made.grow(400_000)
        with made.connect() as connection:
            large = _pages(connection)
        for name, pages in small.items():
            assert large[name] <= 2 * pages, name  # four times the rows
    with connect(database.dsn, "test", autocommit=True) as connection:
        left = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (f"{database.name}_bench",)
        ).fetchone()
    assert left is None
