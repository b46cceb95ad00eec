"""Quarantine against a real PostgreSQL.

Belongs here: raw_data.quarantine and curated.unmapped_games through their module.
Not here: what any source distrusts.
"""

from datetime import UTC, date, datetime

import pytest

from mlb_ml_assets.sources.rows import Rejected
from mlb_ml_assets.warehouse import quarantine

BAD = Rejected("odds between -100 and 100", "odds is 5", {"odds": 5, "book": "15"}, "224000", date(2024, 7, 4))


@pytest.fixture
def connection(database):
    with database.connect() as opened:
        yield opened


def test_the_same_record_is_held_once(connection):
    """A source repeats its bad row on every poll: counts must count rows, not polls."""
    assert quarantine.write_quarantine(connection, "action_network", [BAD]) == 1
    again = Rejected(BAD.reason, "odds is 5 still", {"book": "15", "odds": 5})
    assert quarantine.write_quarantine(connection, "action_network", [again, again]) == 0
    (count,) = quarantine.read_counts(connection)
    assert (count.source, count.reason, count.records) == ("action_network", BAD.reason, 1)


def test_sources_and_reasons_are_counted_apart(connection):
    """The asset's metadata shows why, not only how many."""
    other = Rejected("no start", "scheduled_start is missing", {"id": 1})
    quarantine.write_quarantine(connection, "vsin", [other, BAD])
    quarantine.write_quarantine(connection, "sportsbettingdime", [other])
    assert [(c.source, c.records) for c in quarantine.read_counts(connection, "vsin")] == [("vsin", 1), ("vsin", 1)]
    assert len(quarantine.read_counts(connection)) == 3


def test_a_released_record_leaves_the_counts_and_stays_as_evidence(connection):
    """Released means dealt with; deleted would mean it never happened."""
    quarantine.write_quarantine(connection, "vsin", [BAD])
    (record,) = quarantine.read_held(connection, "vsin")
    assert (record.record, record.source_game_id, record.game_date) == (BAD.record, "224000", date(2024, 7, 4))
    assert quarantine.release_records(connection, [record.id]) == 1
    assert quarantine.release_records(connection, [record.id]) == 0
    assert quarantine.read_counts(connection) == []
    assert connection.execute("SELECT count(*) FROM raw_data.quarantine").fetchone() == (1,)


def test_a_released_record_that_comes_again_is_held_again(connection):
    """The mend did not work: silence about the second time would hide it."""
    quarantine.write_quarantine(connection, "vsin", [BAD])
    quarantine.release_records(connection, [record.id for record in quarantine.read_held(connection, "vsin")])
    assert quarantine.write_quarantine(connection, "vsin", [BAD]) == 0
    assert [count.records for count in quarantine.read_counts(connection)] == [1]


def test_records_that_are_no_json_objects_are_kept_too(connection):
    """A CSV line, a NaN, a stamp: whatever came must not stop its neighbours on the way to quarantine."""
    odd = [
        Rejected("torn line", "3 of 9 fields", "2024-07-04,PHI,NYM"),
        Rejected("torn line", "no number", {"odds": float("nan"), "at": datetime(2024, 7, 4, tzinfo=UTC)}),
    ]
    assert quarantine.write_quarantine(connection, "sbro", odd) == 2
    assert [record.record for record in quarantine.read_held(connection, "sbro", "torn line")] == [
        ["2024-07-04,PHI,NYM"],
        {"odds": None, "at": "2024-07-04T00:00:00+00:00"},
    ]


def test_a_game_without_identity_is_listed_until_it_is_linked(connection):
    """What does not map is counted and retried, never dropped by an inner join."""
    connection.execute(
        "INSERT INTO staging.source_games (source, source_game_id, game_date, season, season_type, home_team, "
        "away_team, scheduled_start, status, captured_at, content_hash) VALUES ('vsin', 'x1', '2024-07-04', 2024, "
        "'regular', 'PHI', 'NYM', '2024-07-04 23:05Z', 'scheduled', now(), repeat('0', 64))"
    )
    (game,) = quarantine.read_unmapped_games(connection, "vsin", date(2024, 7, 4), date(2024, 7, 5))
    assert (game.source_game_id, game.home_team) == ("x1", "PHI")
    assert quarantine.read_unmapped_games(connection, to_day=date(2024, 7, 4)) == []
    connection.execute(
        "WITH game AS (INSERT INTO curated.enhanced_games (home_team, away_team, game_date, game_datetime, season) "
        "VALUES ('PHI', 'NYM', '2024-07-04', '2024-07-04 23:05Z', 2024) RETURNING id) "
        "INSERT INTO curated.game_identity (source, source_game_id, game_id, confidence, method, evidence) "
        "SELECT 'vsin', 'x1', id, 1, 'test', '{}' FROM game"
    )
    assert quarantine.read_unmapped_games(connection) == []
