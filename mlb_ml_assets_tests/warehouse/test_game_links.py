"""Links as conclusions: dropped, moved and explained as the evidence changes.

Belongs here: what ingest and build do to links of live sources, and what follows a link.
Not here: the matching rules (identity/test_live_matching.py), archives (test_games.py).
"""

from datetime import timedelta

import pytest

from mlb_ml_assets.warehouse.game_links import link_games
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, insert, record, result


@pytest.fixture
def connection(database):
    """Two games of one series, built: gamePk 1 on the day, 2 on the next."""
    with database.connect() as connection:
        record(connection, "1")
        record(connection, "2", game_date=DAY + timedelta(days=1), scheduled_start=START + timedelta(days=1))
        build(connection)
        yield connection


def build(connection):
    with connection.transaction():
        return build_enhanced_games(connection, DAY - timedelta(days=1), DAY + timedelta(days=2))


def link(connection, *games):
    with connection.transaction():
        return link_games(connection, "the_odds_api", games)


def links(connection) -> dict[str, str]:
    return dict(
        connection.execute(
            "SELECT i.source_game_id, e.mlb_stats_api_game_id FROM curated.game_identity AS i "
            "JOIN curated.enhanced_games AS e ON e.id = i.game_id WHERE i.source = 'the_odds_api'"
        ).fetchall()
    )


def reasons(connection) -> dict[str, str]:
    return dict(connection.execute("SELECT source_game_id, reason FROM curated.unmapped_games").fetchall())


def change(connection, game, **columns):
    names = ", ".join(f"{name} = %s" for name in columns)
    connection.execute(f"UPDATE staging.source_games SET {names} WHERE source_game_id = %s", [*columns.values(), game])


def test_a_listing_that_moves_to_the_next_game_takes_its_link_along(connection):
    """The old link gave the moved listing's prices to the game that was played."""
    record(connection, "a", source="the_odds_api")
    link(connection, "a")
    assert links(connection) == {"a": "1"}
    change(connection, "a", game_date=DAY + timedelta(days=1), scheduled_start=START + timedelta(days=1))
    assert link(connection, "a").left_games
    assert links(connection) == {"a": "2"}


def test_a_listing_from_before_its_game_is_linked_by_the_next_ingest_of_the_day(connection):
    """Nothing about the listing changes when its game appears, so that no evidence names it."""
    record(connection, "a", source="the_odds_api")
    for day in (DAY - timedelta(days=30), DAY + timedelta(days=1)):
        with connection.transaction():
            linked = link_games(connection, "the_odds_api", (), day).linked
        assert linked == (1 if day > DAY else 0)
    assert links(connection) == {"a": "1"}


def test_a_listing_of_other_clubs_loses_its_link_with_the_reason(connection):
    """Ids are used again; exchanged clubs get that reason, and not another game's."""
    record(connection, "a", source="the_odds_api")
    record(connection, "b", source="the_odds_api", game_date=DAY + timedelta(days=1),
           scheduled_start=START + timedelta(days=1))  # fmt: skip
    link(connection, "a", "b")
    change(connection, "a", home_team="SD", away_team="SF")
    change(connection, "b", home_team="NYM", away_team="PIT")
    build(connection)
    assert links(connection) == {}
    assert reasons(connection) == {
        "a": "no game of these teams near that day",
        "b": "home and away are swapped",
    }


def test_ingest_and_build_agree_on_a_second_listing(connection):
    """Ingest refused it and the next build linked it, with prices that were hours old."""
    record(connection, "a", source="the_odds_api", captured_at=START - timedelta(hours=9))
    record(connection, "b", source="the_odds_api", captured_at=START - timedelta(hours=1))
    for step in (lambda: link(connection, "a", "b"), lambda: build(connection), lambda: link(connection, "a")):
        step()
        assert links(connection) == {"b": "1"}
        assert reasons(connection) == {"a": "another game of the source is that game"}
    change(connection, "a", captured_at=START - timedelta(minutes=5))
    link(connection, "a")
    assert links(connection) == {"a": "1"}


def test_a_game_that_moved_away_loses_the_listing_of_its_old_day(connection):
    """A rained-out game's board would price the makeup in June."""
    record(connection, "a", source="the_odds_api", captured_at=START - timedelta(hours=9))
    link(connection, "a")
    change(connection, "1", game_date=DAY + timedelta(days=23), scheduled_start=START + timedelta(days=23))
    change(connection, "2", game_date=DAY + timedelta(days=24), scheduled_start=START + timedelta(days=24))
    build(connection)
    assert links(connection) == {}


def test_a_listing_called_off_keeps_its_game_until_another_is_it(connection):
    """The bet was made on it."""
    record(connection, "a", source="the_odds_api")
    link(connection, "a")
    change(connection, "a", status="postponed")
    link(connection, "a")
    assert links(connection) == {"a": "1"}
    record(connection, "b", source="the_odds_api")
    link(connection, "b")
    assert links(connection) == {"b": "1"}


def test_a_score_leaves_with_the_link_that_brought_it(connection):
    """A match page dated to the wrong day gave a game three weeks off a final score."""
    record(connection, "a", source="the_odds_api", status="final")
    result(connection, "a", 6, 7, source="the_odds_api")
    build(connection)
    scores = "SELECT home_score, away_score FROM curated.enhanced_games ORDER BY game_date"
    assert connection.execute(scores).fetchall() == [(6, 7), (None, None)]
    change(connection, "a", game_date=DAY + timedelta(days=1), scheduled_start=START + timedelta(days=1))
    build(connection)
    # Known the morning before: no score of the game of that evening.
    assert connection.execute(scores).fetchall() == [(None, None), (None, None)]


def test_a_listing_of_weeks_ago_gets_its_game_when_its_day_is_built(connection):
    """An ingest matches only listings near those that it brings."""
    late = timedelta(days=20)
    record(connection, "a", source="the_odds_api", game_date=DAY + late, scheduled_start=START + late)
    link(connection, "a")
    record(connection, "3", game_date=DAY + late, scheduled_start=START + late)
    record(connection, "b", source="the_odds_api")
    link(connection, "b")
    assert links(connection) == {"b": "1"}
    with connection.transaction():
        build_enhanced_games(connection, DAY + late, DAY + late)
    assert links(connection) == {"a": "3", "b": "1"}


@pytest.mark.parametrize("is_ours", [True, False])
def test_odds_of_a_linked_game_get_its_game_pk_where_we_ingest_them(connection, is_ours):
    """What another program wrote is evidence of which game it is, and stays as written."""
    record(connection, "230059", source="action_network", payload_id=1 if is_ours else None)
    insert(
        connection, "staging.action_network_odds_historical", external_game_id="230059", sportsbook_external_id="15",
        sportsbook_name="FanDuel", market_type="moneyline", side="home", odds=-150, updated_at=START,
    )  # fmt: skip
    with connection.transaction():
        assert link_games(connection, "action_network", ["230059"]).linked == 1
    rows = connection.execute("SELECT mlb_stats_api_game_id FROM staging.action_network_odds_historical").fetchall()
    assert rows == [("1" if is_ours else None,)]
