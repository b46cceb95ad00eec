"""A day costs what the day holds: pages read for the same day in a database and in one of twice its size.

Belongs here: every statement of a day's build, of the pages, the API and the sensor.
Not here: counting (pages_read.py), seconds (benchmarks/), the answers themselves.
"""

import inspect
import re
from datetime import timedelta

import pytest

from benchmarks.quote_to_stake import Collector
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.live.pricing import Pricer
from mlb_ml_assets.serving.app import build_app
from mlb_ml_assets.simulation.demo import DEMO_SOURCES
from mlb_ml_assets.warehouse import (
    api_reads,
    arrivals,
    board,
    decision_inputs,
    feature_checkpoints,
    feature_vectors,
    game_links,
    games,
    market_lines,
    predictions,
    quote_metrics,
    recommendations,
)
from mlb_ml_assets.warehouse.arrivals import (
    EVERYTHING,
    Waiting,
    clear_arrivals,
    poll_arrivals,
    read_due_decisions,
    read_due_lines,
    read_waiting,
)
from mlb_ml_assets.warehouse.odds_evidence import mark_listed_odds
from mlb_ml_assets.warehouse.quote_months import give_months, read_months_of_rest
from mlb_ml_assets.warehouse.sql import sql_folder
from mlb_ml_assets_tests.chain import LEAGUE, _leave_mlflow, _made
from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.live.conftest import MORNING, sources_at
from mlb_ml_assets_tests.live.pages_read import copy_games, count_pages, forget_statistics, stop_autovacuum
from mlb_ml_assets_tests.serving.conftest import client_for, settings_for

NOON = MORNING + timedelta(hours=2)
HOUR = (NOON - timedelta(minutes=55), NOON + timedelta(minutes=5))
# With seven copies the planner searches indexes as with any number: with three it reads some tables, which are small.
SIZES = (7, 15)
# As far back as seasons may go: what reads a table that grows reads twice as much again.
LARGEST = 29
# The modules with the queries of a day; what they name is measured, or listed here with the reason.
ROOMS = (
    api_reads, arrivals, board, decision_inputs, feature_checkpoints, feature_vectors, game_links, games, market_lines,
    predictions, quote_metrics, recommendations,
)  # fmt: skip
OVER_SEASONS = {
    "api_bets_by_day", "api_calibration", "api_comparisons", "api_freshness", "api_leaderboard", "api_models",
    "api_model_performance", "api_model_versions", "api_newest_windows", "api_predicting_version",
    "api_prediction_ids_recent", "game_ids_of_source", "season_spans", "unlinked_listings",
}  # fmt: skip
SEVERAL_STATEMENTS = {"create_games", "incoming_lines", "names_and_places"}
BY_KEY_OF_A_NEW_LINK = {"write_game_links"}


@pytest.fixture(scope="session")
def noon_template(database_server, live_template):
    """Name of a database in which a day was priced on the boards of all sources."""
    return _made(database_server, "live_noon", live_template, _price_noon)


def _price_noon(database):
    with sources_at(NOON), database.connect() as connection:
        for source in DEMO_SOURCES:
            ingest(connection, source, LEAGUE.today).raise_if_stopped()
        Pricer(connection).price(Waiting((), has_facts=True))
        connection.execute("ANALYZE")


@pytest.fixture
def sized(database_server, noon_template, tmp_path, monkeypatch):
    """Makes the priced day's database with a number of copies of its two seasons; as SIZES has it, with its months."""
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", HOUR[1].isoformat())
    monkeypatch.setenv("MLB_ML_SHARP_BOOKS", "pinnacle")
    databases = []

    def build(copies):
        made = _fresh(database_server, noon_template, tmp_path / str(copies))
        databases.append(made)
        database = next(made)
        with database.connect() as connection:
            copy_games(connection, copies)
            mark_listed_odds(connection)
            if copies >= min(SIZES):
                for table, months in read_months_of_rest(connection).items():
                    give_months(connection, table, months)
                stop_autovacuum(connection)
        return database

    yield build
    _leave_mlflow()
    for made in databases:
        next(made, None)


def read_a_day(database):
    """The cost of each statement of the day: priced anew, polled, on its pages and in the API."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in database.environment.items():
            patch.setenv(name, value)
        with database.connect() as connection, client_for(database) as client:
            (game,) = connection.execute(
                "SELECT MAX(game_id) FROM curated.ml_recommendations WHERE terms_game_date = %s", (LEAGUE.today,)
            ).fetchone()
            with count_pages() as costs:
                with connection.transaction(force_rollback=True):
                    Pricer(connection).price(Waiting((), has_facts=True))
                    read_waiting(connection)
                    clear_arrivals(connection, poll_arrivals(connection, EVERYTHING).snapshot)
                    read_due_decisions(connection, *HOUR)
                    read_due_lines(connection, DayRange(LEAGUE.today, LEAGUE.today + timedelta(days=1)), *HOUR)
                for path in routes_of_a_day():
                    answer = client.get(path.format(day=LEAGUE.today, game_id=game))
                    # The league's games have no ratings and no forecasts of others.
                    assert answer.status_code in (200, 404), path
    return costs


def routes_of_a_day():
    """Addresses that answer about a day or a game, the next one that is added included."""
    paths = {path for path, methods in build_app(settings_for()).openapi()["paths"].items() if "get" in methods}
    dated = {path for path in paths if re.fullmatch(r"[^{]*\{(day|game_id)\}[^{]*", path)}
    return sorted(dated | {"/", "/games/{game_id}", "/api/v2/predictions/today", "/api/v2/slates", "/api/v2/exposure"})


def grown(costs, larger):
    """Statements that read more in the larger database.

    More is over a tenth, a page for each search of an index, which may be a level deeper, and 160 pages: what a plan
    costs that searches for the forty games around the day instead of reading a table of fewer pages. The rows have to
    be more as well: pages alone are where the smaller one finds the same rows by a bitmap.
    """

    def is_more(before, after, searches):
        return after > 1.1 * before + searches + 160

    return {
        name: (cost.pages, larger[name].pages)
        for name, cost in costs.items()
        if is_more(cost.pages, larger[name].pages, cost.searches)
        and is_more(cost.work, larger[name].work, cost.searches)
    }


def grown_twice(costs, larger, largest):
    """Statements that read more in the larger one, and again in the largest."""
    return {name: pages for name, pages in grown(larger, largest).items() if name in grown(costs, larger)}


@pytest.mark.long
# Two minutes for the two databases.
@pytest.mark.by_hand
def test_a_day_reads_the_same_pages_in_a_database_of_twice_the_size(sized):
    """A plan that reads a table whole, before its first ANALYZE or ever, costs an evening in the fifth season."""
    small, large = (read_in_states(sized(copies)) for copies in SIZES)
    more = {state: grown(costs, large[state]) for state, costs in small.items()}
    if any(more.values()):
        # The smallest may read a small table instead of searching it: then the larger ones are alike.
        largest = read_in_states(sized(LARGEST))
        more = {state: grown_twice(costs, large[state], largest[state]) for state, costs in small.items()}
    assert not any(more.values()), more


def read_in_states(database):
    """The costs of a day just imported, with fresh statistics and before the first, by the name of the state."""
    costs = {"imported": read_a_day(database)}
    with database.connect() as connection:
        connection.execute("ANALYZE")
    costs["grown"] = read_a_day(database)
    with database.connect() as connection:
        forget_statistics(connection)
    return costs | {"fresh": read_a_day(database)}


@pytest.mark.long
def test_a_price_and_its_page_cost_the_same_after_forty_more(database_server, noon_template, tmp_path, monkeypatch):
    """After ten minutes of a commit a second for fifteen games a stake and its page took two seconds more."""
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", HOUR[1].isoformat())
    made = _fresh(database_server, noon_template, tmp_path)
    database = next(made)
    page = f"/?date={LEAGUE.today}"
    with database.connect() as connection:
        connection.autocommit = True
        pricer, collector = Pricer(connection), Collector(connection, 1)
        while pricer.has_work(waiting := read_waiting(connection)):
            pricer.price(waiting)
        for name, value in database.environment.items():
            monkeypatch.setenv(name, value)

        def price_a_move():
            with client_for(database) as client:
                # The movement of all prices is read beside the page, except for the first one of an API.
                client.get(page)
                at = collector.move()
                with count_pages() as costs:
                    pricer.price(read_waiting(connection))
                    shown = client.get(page).text
            assert collector.is_answered(connection, at)
            assert at.isoformat() in shown
            return costs

        # The first decision at a price of the lineup stage is one more of its game.
        price_a_move()
        first = price_a_move()
        for _ in range(40):
            collector.move()
            pricer.price(read_waiting(connection))
        last = price_a_move()
    _leave_mlflow()
    next(made, None)
    more = {
        name: (cost.pages, last[name].pages)
        for name, cost in first.items()
        if last[name].pages > 1.1 * cost.pages + cost.searches
    }
    assert more == {}
    assert {"incoming_openings", "api_slate_version", "board", "bets_at_risk"} <= {
        name for name, cost in first.items() if cost.pages > 0
    }


@pytest.mark.by_hand
def test_a_day_reads_the_same_pages_whatever_the_statistics_know(sized):
    """Tables get their first statistics one after the other: half of a join knows the days, the other half does not."""
    databases = [sized(copies) for copies in (*SIZES, LARGEST)]
    for seed in range(6):
        costs = []
        for database in databases:
            with database.connect() as connection:
                connection.execute("ANALYZE")
                forget_statistics(connection, seed)
            costs.append(read_a_day(database))
        assert grown_twice(*costs) == {}, seed


def test_every_query_of_a_day_is_measured(sized):
    """The pricer's poll read every game ten times a second: nobody had measured that one."""
    files = {path.stem for path in (sql_folder() / "queries").glob("*.sql")}
    named = {name for room in ROOMS for name in re.findall(r'"(\w+)"', inspect.getsource(room))} & files
    assert named - set(read_a_day(sized(1))) == OVER_SEASONS | SEVERAL_STATEMENTS | BY_KEY_OF_A_NEW_LINK
