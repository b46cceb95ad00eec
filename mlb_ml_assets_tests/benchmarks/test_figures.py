"""What a figure says of itself, and that the scratch database is made and gone.

Belongs here: ratios, verdicts, JSON, names, the generator's rows.
Not here: speed: no test asserts a time.
"""

import json
import tempfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
import pytest

from benchmarks import run, scratch
from benchmarks.agreement import AnotherAnswer, agree
from benchmarks.asof import _pages
from benchmarks.charts import draw
from benchmarks.figures import Figure, as_json, side_by_side
from benchmarks.league_odds import add_league_odds
from benchmarks.odds_table import ROWS_PER_GAME, in_parallel
from benchmarks.older_seasons import QUOTES_OF_A_GAME, add_seasons
from benchmarks.others_asof import PackageMissing, need
from benchmarks.run import NAMES, UnknownBenchmark, run_benchmarks
from benchmarks.scratch import UnknownScale, rows_of, scratch_database
from benchmarks.whole import import_league
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.market_lines import build_market_lines


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


def test_a_comparison_without_the_others_says_what_to_install():
    """An ImportError after minutes of building a database, from the depth of a benchmark."""
    need(["pandas"])
    with pytest.raises(PackageMissing, match=r"no_such_library.*pip install 'mlb-ml-assets\[bench-others\]'"):
        need(["pandas", "no_such_library"])


def test_other_answers_are_not_compared_by_time():
    """Quicker at something else is no victory."""
    agree("prices", [1.0, np.nan], [1.0 + 1e-12, np.nan])
    with pytest.raises(AnotherAnswer, match=r"prices: differs by up to 0\.5"):
        agree("prices", [1.0, 2.0], [1.0, 2.5])
    with pytest.raises(AnotherAnswer, match="against"):
        agree("prices", [1.0], [1.0, 2.0])
    with pytest.raises(AnotherAnswer):
        agree("prices", [1.0, 2.0], [1.0, np.nan])


def test_the_limit_and_ours_take_turns():
    """One after the other in blocks, the second is measured on another machine."""
    order = []
    side_by_side(lambda: order.append("A"), lambda: order.append("B"), 4)
    assert "".join(order) == "AB" + "ABBAABBA"


def test_pictures_are_drawn_from_kept_answers(tmp_path):
    """The page shows them; a picture without a figure would be an empty frame."""
    told = json.loads(as_json([Figure("as-of", "a day's prices at its decisions, 1M rows", "ms", 9.0)], {}))
    answer = tmp_path / "a.json"
    answer.write_text(json.dumps(told | {"about": {"odds_rows": 1_000_000}}))
    assert [path.name for path in draw(tmp_path / "pictures", [answer])] == ["growth.png"]
    told = json.loads(as_json([Figure("others", "margins", "ms", 2.0, 8.0, "another")], {"odds_rows": 0}))
    answer.write_text(json.dumps(told))
    (picture,) = draw(tmp_path / "pictures", [answer])
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_an_interrupt_leaves_no_database(database, monkeypatch):
    """Ctrl-C in the fourth minute of building 35 million rows must not keep nine gigabytes."""
    monkeypatch.setattr(scratch, "ensure_database", lambda settings=None, **_: settings or database.settings)
    monkeypatch.setattr(scratch, "NAME", f"{database.name}_stopped")
    with suppress(KeyboardInterrupt), scratch_database("100K") as made:
        with made.connect() as connection:
            connection.execute("CREATE TABLE mlb_ml.rows (n INTEGER)")
        calls = [{"n": number} for number in range(50)]
        with pytest.raises(psycopg.errors.DivisionByZero):
            in_parallel(made.settings.dsn, "INSERT INTO mlb_ml.rows SELECT 1 / (%(n)s - 3)", calls)
        with made.connect() as connection:
            assert connection.execute("SELECT COUNT(*) FROM mlb_ml.rows").fetchone() < (49,)
        raise KeyboardInterrupt
    with connect(database.dsn, "test", autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (f"{database.name}_stopped",))
        assert found.fetchone() is None


def test_a_league_gets_quotes_at_every_book_that_make_lines(database, monkeypatch):
    """Made-up prices outside any margin are refused by the market lines, and the whole way measures nothing."""
    monkeypatch.setattr(scratch, "ensure_database", lambda settings=None, **_: settings or database.settings)
    monkeypatch.setattr(scratch, "NAME", f"{database.name}_league")
    first, last = date(2024, 4, 1), date(2024, 4, 8)
    with scratch_database("100K") as made, tempfile.TemporaryDirectory() as folder:
        import_league(made, SimulationConfig(first_day=first, today=last, season_days=8), Path(folder))
        rows, _ = add_league_odds(made.settings.dsn, 30_000)
        assert 15_000 < rows < 60_000
        with made.connect() as connection, connection.transaction():
            report = build_market_lines(connection, first, last).report
            (live,) = connection.execute("SELECT COUNT(*) FROM curated.market_lines WHERE NOT assumed").fetchone()
            (games,) = connection.execute(
                "SELECT COUNT(DISTINCT game_id) FROM curated.game_identity WHERE source = 'action_network'"
            ).fetchone()
    assert live > 8 * games, report


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


def test_older_seasons_have_their_quotes_in_their_months(database):
    """Half an hour of filling a database, and then the quotes of a listing lie outside the months that it names."""
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO curated.enhanced_games (home_team, away_team, game_date, game_datetime, season) "
            "SELECT 'T' || n, 'U' || n, '2024-04-01', '2024-04-01 22:00Z', 2024 FROM generate_series(1, 30) AS n"
        )
        add_seasons(database.dsn, 5)
        quotes = connection.execute(
            "SELECT count(*) FROM staging.action_network_odds_historical UNION ALL "
            "SELECT count(*) FROM staging.source_quotes UNION ALL SELECT count(*) FROM staging.archive_quotes"
        ).fetchall()
        assert sum(count for (count,) in quotes) == 5 * QUOTES_OF_A_GAME
        for table, stamp in (("source_quotes", "updated_at"), ("game_sightings", "captured_at")):
            (outside,) = connection.execute(
                f"SELECT count(*) FROM staging.{table} "
                "LEFT JOIN staging.quote_spans AS s USING (source, source_game_id) "
                f"WHERE ({stamp} >= s.quotes_from AND {stamp} < s.quotes_until) IS NOT TRUE"
            ).fetchone()
            assert outside == 0, table
