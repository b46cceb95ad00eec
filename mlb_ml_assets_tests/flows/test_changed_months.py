"""Which months of the archive tier changed: every change of a row is noticed, whoever makes it.

Belongs here: the triggers that note changed months beside the digests of the rows, what a pass forgets, moved games.
Not here: what the tier answers (test_archive.py, warehouse/test_archived_quotes.py).
"""

from datetime import date, timedelta

import psycopg
import pytest

from mlb_ml_assets.domain.clock import SIMULATED_NOW, present
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows import archive
from mlb_ml_assets.flows.archive import WEEKS_TO_COMPARE, archive_months, verify_months
from mlb_ml_assets.warehouse.archived_months import read_archived_months, read_states
from mlb_ml_assets.warehouse.month_changes import read_compared
from mlb_ml_assets.warehouse.month_store import FolderStore
from mlb_ml_assets.warehouse.month_tables import TABLES
from mlb_ml_assets_tests.chain import prepared, prepared_template

__all__ = ["prepared", "prepared_template"]
GAME = "(SELECT id FROM curated.enhanced_games WHERE game_date = '2023-05-10' ORDER BY id LIMIT 1)"
ODDS = "staging.action_network_odds_historical"
OTHER = "(SELECT id FROM curated.enhanced_games WHERE game_date = '2023-04-10' ORDER BY id LIMIT 1)"
CHANGES = (
    f"UPDATE curated.game_details SET suspended = NOT suspended WHERE game_id = {GAME}",
    f"UPDATE curated.game_features SET game_id = {OTHER}, as_of = as_of + INTERVAL '1 s' WHERE game_id = {GAME}",
    f"DELETE FROM curated.game_features WHERE game_id = {GAME}",
    f"UPDATE curated.enhanced_games SET game_date = '2023-06-02' WHERE id = {GAME}",
    f"UPDATE curated.enhanced_games SET home_score = home_score + 1 WHERE id IN ({GAME}, {OTHER})",
    (
        "INSERT INTO curated.game_corrections "
        "(game_id, home_team, away_team, game_date, game_datetime, season, game_status) "
        "SELECT id, away_team, home_team, '2023-04-30', game_datetime, season, 'final' "
        f"FROM curated.resolved_games WHERE id = {GAME}"
    ),
    f"INSERT INTO curated.duplicate_games (duplicate_id, game_id, evidence) VALUES ({GAME}, {OTHER}, '{{}}')",
    f"DELETE FROM curated.game_identity WHERE game_id = {GAME}",
    "UPDATE staging.source_games SET home_team = 'XXX' WHERE game_date = '2023-05-10'",
    (
        "UPDATE staging.archive_quotes SET updated_at = updated_at + INTERVAL '1 month' "
        f"WHERE source_game_id = (SELECT source_game_id FROM curated.game_identity WHERE game_id = {GAME} LIMIT 1)"
    ),
    "DELETE FROM staging.archive_quotes WHERE updated_at < '2023-04-02' OR updated_at > '2023-06-01'",
    (
        "INSERT INTO staging.source_quotes "
        "SELECT 'the_odds_api', 'g', 'alpha', 'moneyline', 'home', at, -110, NULL, at "
        "FROM unnest(ARRAY['2023-03-05', '2023-07-05']::TIMESTAMPTZ[]) AS at"
    ),
    "INSERT INTO staging.game_sightings VALUES ('the_odds_api', 'g', '2023-02-05')",
    (
        "INSERT INTO staging.action_network_odds_historical "
        "(external_game_id, sportsbook_external_id, market_type, side, odds, updated_at) "
        "VALUES ('g', '68', 'moneyline', 'home', -110, '2023-08-05')"
    ),
    "TRUNCATE curated.market_lines",
    "TRUNCATE staging.archive_quotes",
)


@pytest.fixture
def store(tmp_path) -> FolderStore:
    return FolderStore(tmp_path / "months")


@pytest.fixture
def connection(prepared, store):
    """The league with its closed months in the tier, so that no month is marked."""
    with prepared.connect() as connection:
        archive_months(connection, store)
        yield connection


def states(connection) -> dict[tuple[str, date], str]:
    return {
        (name, month): state.digest
        for name, table in TABLES.items()
        for month, state in read_states(connection, table, [DayRange(date.min, date(2024, 4, 30))]).items()
    }


def changed(connection) -> set[tuple[str, date]]:
    return set(connection.execute("SELECT DISTINCT table_name, month FROM curated.changed_months").fetchall())


def test_every_change_of_a_row_marks_its_month(connection):
    """A correction that no later model sees, because its old month still counts as the file's."""
    before = states(connection)
    assert changed(connection) == set()
    for change in CHANGES:
        with connection.transaction(force_rollback=True):
            assert connection.execute(change).rowcount
            after = states(connection)
            differing = {key for key in before | after if before.get(key) != after.get(key)}
            marks = changed(connection)
            whole = {table for table, month in marks if month is None}
            assert differing, change
            assert not {key for key in differing - marks if key[0] not in whole}, change
            # No month of a season is lost for a change of another.
            assert len(marks) <= 3 * len(differing) + 4, change
        assert changed(connection) == set()


def test_every_table_behind_the_tier_is_watched(database):
    """A view that reads one table more: its changes would be noticed by nobody."""
    behind = """
        WITH RECURSIVE read (relation) AS (
            SELECT unnest(%s::TEXT[])::REGCLASS::OID
            UNION
            SELECT d.refobjid FROM read AS r
            JOIN pg_rewrite AS w ON w.ev_class = r.relation
            JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::REGCLASS AND d.objid = w.oid
                AND d.refclassid = 'pg_class'::REGCLASS AND d.refobjid <> r.relation
        )
        SELECT c.oid::REGCLASS::TEXT, array_agg(g.tgname::TEXT ORDER BY g.tgname) FILTER (WHERE g.tgenabled = 'A')
        FROM read AS r JOIN pg_class AS c ON c.oid = r.relation AND c.relkind <> 'v'
        LEFT JOIN pg_trigger AS g ON g.tgrelid = c.oid AND g.tgname LIKE 'mlb_ml_note_%%'
        GROUP BY c.oid
    """
    with database.connect() as connection:
        found = dict(connection.execute(behind, (list(TABLES),)).fetchall())
    events = [f"mlb_ml_note_{event}" for event in ("delete", "insert", "truncate", "update")]
    assert len(found) == 17
    assert [table for table, triggers in found.items() if triggers != events] == []


def test_a_month_that_is_not_over_has_no_marks(database):
    """A row for each poll of a season, all of which each training reads."""
    insert = "INSERT INTO staging.game_sightings VALUES ('the_odds_api', 'g', {})"
    with database.connect() as connection:
        connection.execute(insert.format("now()"))
        assert changed(connection) == set()
        connection.execute(insert.format("now() - INTERVAL '70 days'"))
        assert len(changed(connection)) == 1


def test_a_damaged_file_and_a_shape_that_changed_make_their_months_unknown(connection, store):
    """A month without a file counts as one without rows: training on a season without its June."""
    month = next(each for each in read_archived_months(connection, ["curated.market_lines"]))
    (store.root / month.file).write_bytes(b"x")
    assert len(verify_months(connection, store).damaged) == 1
    known = read_compared(connection, ["curated.market_lines", "curated.game_details"])
    assert not known["curated.market_lines"].is_unchanged(month.month)
    assert known["curated.game_details"].is_unchanged(month.month)
    connection.execute("ALTER TABLE curated.game_details ADD COLUMN seats INTEGER")
    assert "curated.game_details" not in read_compared(connection, list(TABLES))
    archive_months(connection, store)
    assert set(read_compared(connection, list(TABLES))) == set(TABLES)


def test_a_moved_games_months_stay_marked_while_an_earlier_writer_is_at_work(prepared, connection, store):
    """Its rows of then come up in the month that the game has moved to, which the writer did not mark."""
    with psycopg.connect(prepared.settings.dsn) as writer:
        writer.execute(f"UPDATE curated.game_details SET suspended = NOT suspended WHERE game_id = {GAME}")
        connection.execute(f"UPDATE curated.enhanced_games SET game_date = '2023-06-02' WHERE id = {GAME}")
        archive_months(connection, store)
        marked = {month for table, month in changed(connection) if table == "curated.game_details"}
        assert marked == {date(2023, 5, 1), date(2023, 6, 1)}
    # Who writes in another database of the server wrote none of them.
    with psycopg.connect(prepared.settings.dsn, dbname="postgres") as other:
        other.execute("SELECT pg_current_xact_id()")
        archive_months(connection, store)
        assert changed(connection) == set()


def _insert_odds(connection):
    connection.execute(
        f"INSERT INTO {ODDS} (external_game_id, sportsbook_external_id, market_type, side, odds, updated_at) "
        "SELECT 'g', '68', 'moneyline', 'home', -110, '2023-03-01'::TIMESTAMPTZ + n * INTERVAL '12 hours' "
        "FROM generate_series(1, 300) AS n"
    )


def _pass_a_week_later(connection, store, monkeypatch) -> dict[str, set[date]]:
    """Of each table the months with rows that the pass compares; it writes none."""
    read: dict[str, set[date]] = {}

    def watch(connection, table, spans):
        found = read_states(connection, table, spans)
        read.setdefault(table.name, set()).update(found)
        return found

    monkeypatch.setenv(SIMULATED_NOW, (present() + timedelta(weeks=1)).isoformat())
    with monkeypatch.context() as patch:
        patch.setattr(archive, "read_states", watch)
        patch.setattr(archive, "_archive_month", lambda *_: None)
        archive_months(connection, store)
    return read


def test_what_went_round_the_triggers_is_found_in_turn(connection, store, monkeypatch):
    """A weekly look that grows with the seasons, or one that never comes to a month which somebody changed by hand."""
    monkeypatch.setattr(archive, "_COMPARED_ROWS", 100)
    lines = "curated.market_lines"
    _insert_odds(connection)
    archive_months(connection, store)
    held = {each.month for each in read_archived_months(connection, [lines])}
    odds = {each.month for each in read_archived_months(connection, [ODDS])}
    latest = max(held)
    connection.execute(f"ALTER TABLE {lines} DISABLE TRIGGER USER")
    connection.execute(
        f"UPDATE {lines} SET known_at = known_at WHERE game_id IN "
        f"(SELECT id FROM curated.enhanced_games WHERE game_date BETWEEN '{latest}' AND '2024-04-30')"
    )
    assert not changed(connection)
    weeks = []
    for week in range(WEEKS_TO_COMPARE):
        if week == 2:
            connection.execute(f"UPDATE curated.game_details SET suspended = NOT suspended WHERE game_id = {GAME}")
        weeks.append(_pass_a_week_later(connection, store, monkeypatch))
        # A month with a mark is compared in any week.
        assert week != 2 or date(2023, 5, 1) in weeks[week]["curated.game_details"]
    compared = [week.get(lines, set()) for week in weeks]
    assert set().union(*compared) >= held
    assert len(held) > 3
    assert set().union(*(week.get(ODDS, set()) for week in weeks)) >= odds
    assert len(odds) > 3
    assert all(len(week.get(ODDS, set()) & odds) <= 2 for week in weeks)  # in turn, and the one that closes
    found = next(week for week, months in enumerate(compared) if latest in months)
    assert all(len(months) == 1 for months in compared[:found])
    assert (lines, latest) in changed(connection)


def test_a_table_without_partitions_or_an_index_is_compared_with_each_month_that_closes(connection, store, monkeypatch):
    """In another program's large table of odds a month costs what all do, and a weekly look all of it."""
    monkeypatch.setattr(archive, "_COMPARED_ROWS", 100)
    connection.execute("DROP INDEX staging.action_network_odds_historical_by_month")
    _insert_odds(connection)
    archive_months(connection, store)
    weeks = [_pass_a_week_later(connection, store, monkeypatch) for _ in range(9)]
    assert [week for week, read in enumerate(weeks) if read[ODDS]] == [4, 8]  # May and June


def test_verify_compares_every_month(connection, store, monkeypatch):
    """The one command for somebody who knows that the triggers were off, and that finds it weeks later."""
    monkeypatch.setattr(archive, "_COMPARED_ROWS", 0)
    assert verify_months(connection, store).due == 0
    connection.execute("ALTER TABLE curated.market_lines DISABLE TRIGGER USER")
    connection.execute("UPDATE curated.market_lines SET known_at = known_at")
    months = len(read_archived_months(connection, ["curated.market_lines"]))
    assert verify_months(connection, store).due == months > 3
    assert archive_months(connection, store).months_written == months
