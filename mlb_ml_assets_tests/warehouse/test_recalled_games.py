"""A run as of the past takes games and links as they were listed by then.

Belongs here: states of listings brought back and forward again, what depends on them.
Not here: folding listings into a state (identity/), whole runs (flows/test_replay_of_the_league.py).
"""

from datetime import timedelta

import pytest

from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.live_facts import TeamedGame, write_games
from mlb_ml_assets_tests.chain import at
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, book, quote, result

NEXT = DAY + timedelta(days=1)
MORNING, RAINED_OUT, EVENING = (START - timedelta(hours=hours) for hours in (12, 4, 2))
GAMES = "SELECT game_date, game_datetime, game_status, home_score FROM curated.resolved_games"
PRICES = (
    "SELECT q.odds FROM curated.enhanced_games AS g, staging.quotes_at(ARRAY[g.id::BIGINT], "
    "ARRAY[%(at)s::TIMESTAMPTZ], ARRAY[%(at)s::TIMESTAMPTZ], %(at)s) AS q"
)


def list_game(connection, source, game, captured_at, *, day=DAY, start=START, status="scheduled", pk=None):
    listed = SourceGame(
        source_game_id=game, game_date=day, season=day.year, home_team="PIT", away_team="NYM", scheduled_start=start,
        status=status, captured_at=captured_at, game_pk=pk, season_type="regular", game_number=1, doubleheader="N",
        neutral_site=False, scheduled_innings=9,
    )  # fmt: skip
    with connection.transaction():
        write_games(connection, source, [TeamedGame(None, listed, "PIT", "NYM", None)])


def build(connection, instant):
    with at(instant.isoformat()), connection.transaction():
        build_enhanced_games(connection, DAY, NEXT)


@pytest.fixture
def rained_out(database):
    """A game and its listing at a feed, both called off in the afternoon and played the next day."""
    with database.connect() as connection:
        for source, game, pk in (("mlb_stats_api", "1", 1), ("the_odds_api", "odds-1", None)):
            list_game(connection, source, game, MORNING, pk=pk)
            moved = {"day": NEXT, "start": START + timedelta(days=1)} if pk else {"status": "postponed"}
            list_game(connection, source, game, RAINED_OUT, pk=pk, **moved)
        list_game(connection, "the_odds_api", "odds-2", RAINED_OUT, day=NEXT, start=START + timedelta(days=1))
        book(connection, "alpha")
        quote(connection, "alpha", "home", -120, 11)
        result(connection, "1", 3, 2, known_at=START + timedelta(days=1, hours=3))
        yield connection


def test_a_postponement_of_later_is_unknown_before_it_and_known_after_it(rained_out):
    """The replay of a morning had no game, no link and no price, where the run that morning bet."""
    before = MORNING + timedelta(hours=2)
    build(rained_out, before)
    assert rained_out.execute(GAMES).fetchall() == [(DAY, START, "scheduled", None)]
    assert rained_out.execute(PRICES, {"at": before}).fetchall() == [(-120,)]
    build(rained_out, EVENING)
    assert rained_out.execute(GAMES).fetchall() == [(NEXT, START + timedelta(days=1), "scheduled", None)]
    assert rained_out.execute(PRICES, {"at": EVENING}).fetchall() == []
    build(rained_out, START + timedelta(days=3))
    assert rained_out.execute(GAMES).fetchall() == [(NEXT, START + timedelta(days=1), "scheduled", 3)]
    assert rained_out.execute("SELECT COUNT(known_through) FROM staging.source_games").fetchone() == (0,)


def test_a_listing_of_later_takes_no_link_before_it_is_captured(rained_out):
    """Matched by what its source listed later, a price was another game's."""
    linked = "SELECT source_game_id FROM staging.linked_games WHERE source = 'the_odds_api'"
    build(rained_out, MORNING + timedelta(hours=2))
    assert rained_out.execute(linked).fetchall() == [("odds-1",)]
    build(rained_out, EVENING)
    assert rained_out.execute(linked).fetchall() == [("odds-2",)]


def test_a_run_as_of_the_present_brings_nothing_back(rained_out):
    """Folding every listing of the days in every build would cost a build what an ingest costs."""
    build(rained_out, EVENING)
    before = rained_out.execute("SELECT source_game_id, xmin::TEXT FROM staging.source_games ORDER BY 1").fetchall()
    build(rained_out, EVENING)
    assert (
        rained_out.execute("SELECT source_game_id, xmin::TEXT FROM staging.source_games ORDER BY 1").fetchall()
        == before
    )
