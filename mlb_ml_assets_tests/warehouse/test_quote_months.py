"""Quotes by months: the same rows and answers as in one table, and nothing of other months is touched.

Belongs here: partitions, the spans of listings, moving rows, databases of before.
Not here: what the statements answer (test_market_lines.py and others), upkeep's pass (automation/test_upkeep.py).
"""

import random
import shutil
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import psycopg
import pytest

from mlb_ml_assets.warehouse import api_reads
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets.warehouse.quote_metrics import read_quote_metrics
from mlb_ml_assets.warehouse.quote_months import DIVIDED, MonthsGiven, give_months, months_of_games, read_months_of_rest
from mlb_ml_assets.warehouse.recommendations import read_decision_quotes
from mlb_ml_assets.warehouse.sql import migrations_folder
from mlb_ml_assets_tests.warehouse import test_quote_history
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, book, insert, quote, record, seen

EDGE_DAY, EDGE = date(2024, 5, 31), datetime(2024, 6, 1, 4, 0, tzinfo=UTC)


def rows_of(connection):
    return {table: connection.execute(f"SELECT t::TEXT FROM {table} AS t ORDER BY 1").fetchall() for table in DIVIDED}


def give_all(connection):
    return sum((give_months(connection, *each) for each in read_months_of_rest(connection).items()), MonthsGiven())


@pytest.fixture
def game(database):
    """A connection and a game late on the last evening of May, with prices of both months (UTC)."""
    with database.connect() as connection:
        record(connection, "1", game_date=EDGE_DAY, scheduled_start=EDGE)
        record(connection, "odds-1", source="the_odds_api", game_date=EDGE_DAY, scheduled_start=EDGE)
        for book_id in ("alpha", "beta"):
            book(connection, book_id)
        with connection.transaction():
            build_enhanced_games(connection, EDGE_DAY, EDGE_DAY)
        (game_id,) = connection.execute("SELECT id FROM curated.enhanced_games").fetchone()
        yield connection, game_id


def answers(connection, game_id):
    decisions = pd.DataFrame(
        {"game_id": game_id, "stage": "open", "as_of": [EDGE - timedelta(hours=hours) for hours in (6, 4, 3, 1)]}
    )
    with connection.transaction():
        build_market_lines(connection, EDGE_DAY, EDGE_DAY)
    return (
        # As text: NaN is equal to itself.
        sorted(map(str, read_decision_quotes(connection, decisions).to_dict("records"))),
        sorted(map(str, read_quote_metrics(connection, decisions[["game_id", "as_of"]]).to_dict("records"))),
        api_reads.movement(connection, [game_id]),
        api_reads.quotes_of_game(connection, game_id),
        connection.execute("SELECT l::TEXT FROM curated.market_lines AS l ORDER BY 1").fetchall(),
    )


@pytest.mark.parametrize("seed", range(6))
def test_boards_around_the_end_of_a_month_give_the_same_rows_and_answers(game, monkeypatch, seed):
    """A price of the evening before is the newest one until the next month has one: it lies in another partition."""
    connection, game_id = game
    monkeypatch.setattr(
        test_quote_history, "minute", lambda count: EDGE - timedelta(hours=8) + timedelta(minutes=count)
    )
    found = []
    for divided in (False, True):
        connection.execute(f"TRUNCATE {', '.join(DIVIDED)}, staging.quote_spans, staging.game_status_history")
        connection.execute("TRUNCATE curated.market_lines, curated.game_openings, curated.missing_closes")
        chance = random.Random(seed)
        boards = [chance.randrange(0, 480) for _ in range(25)]
        for place, at in enumerate(boards):
            test_quote_history.write_board(connection, chance, at)
            if divided and place == 12:
                given = give_all(connection)
                assert given.rows_moved > 0
                assert given.left == 0
        found.append((rows_of(connection), *answers(connection, game_id)))
    assert found[0] == found[1]
    assert found[0][2]


def test_a_days_statements_open_the_months_of_its_games_alone(game):
    """A statement over 170 months takes 380 ms to plan, before it reads a row."""
    connection, game_id = game
    for side, odds in (("home", -110), ("away", -105)):
        quote(connection, "alpha", side, odds, 0)
    seen(connection, "alpha", 0)
    for table in DIVIDED:
        give_months(connection, table, [date(2024, month, 1) for month in range(1, 13)])
    with connection.transaction():
        answers(connection, game_id)
        opened = connection.execute(
            "SELECT DISTINCT right(c.relname, 7) FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation "
            "WHERE l.pid = pg_backend_pid() AND c.relkind = 'r' AND c.relnamespace = 'staging_months'::REGNAMESPACE"
        ).fetchall()
    assert opened == [("2024_06",)]


def test_a_game_without_quotes_opens_no_month(game):
    """Most games of a schedule have none yet: an unknown span must not mean all of them."""
    connection, game_id = game
    assert months_of_games(connection, [game_id]) == {"quotes_from": "infinity", "quotes_until": "-infinity"}


def test_a_price_of_a_month_without_a_partition_is_stored_and_found(game):
    """Upkeep that did not run for a quarter must cost no quote."""
    connection, game_id = game
    give_months(connection, "staging.source_quotes", [date(2024, 1, 1)])
    quote(connection, "alpha", "home", -110, 200)
    (held,) = connection.execute("SELECT tableoid::REGCLASS::TEXT FROM staging.source_quotes").fetchone()
    assert held == "staging_months.source_quotes_rest"
    assert api_reads.quotes_of_game(connection, game_id)[1] == 1
    assert give_all(connection) == MonthsGiven(made=1, rows_moved=1)
    assert give_all(connection) == MonthsGiven()
    assert api_reads.quotes_of_game(connection, game_id)[1] == 1


def test_a_month_that_is_being_read_is_left_to_the_next_pass(game):
    """Every reader waits behind a lock that waits: a backup of an hour would stop the pricer for an hour."""
    connection, _ = game
    quote(connection, "alpha", "home", -110, 1)
    connection.execute("ALTER FUNCTION staging.give_month(TEXT, DATE) SET lock_timeout = '20ms'")
    with psycopg.connect(connection.info.dsn) as backup:
        backup.execute("SELECT count(*) FROM staging.source_quotes")
        assert give_months(connection, "staging.source_quotes", [DAY]) == MonthsGiven(left=1)
    assert give_months(connection, "staging.source_quotes", [DAY]) == MonthsGiven(made=1, rows_moved=1)


def test_a_table_that_is_not_divided_gets_no_months(database):
    """The function runs with the rights of the tables' owner: it must not touch any other."""
    with database.connect() as connection, pytest.raises(psycopg.errors.RaiseException, match="not divided"):
        connection.execute("SELECT staging.give_month('source_games', '2024-06-01')")


def test_the_pipelines_role_gives_months_and_everyone_keeps_their_rights(database):
    """Partitions that only their maker may read break the first backup or vacuum of another role."""
    with database.connect() as connection:
        connection.execute("CREATE ROLE grapher")
        connection.execute("GRANT SELECT ON staging.source_quotes TO grapher")
        connection.execute("SET ROLE mlb_pipeline")
        assert give_months(connection, "staging.source_quotes", [DAY]).made == 1
        connection.execute("RESET ROLE")
        rights = """
            SELECT string_agg(a.privilege_type || pg_get_userbyid(a.grantee), ',' ORDER BY 1)
            FROM pg_class, aclexplode(relacl) AS a
            WHERE relname = %s
        """
        month, table = (
            connection.execute(rights, (name,)).fetchone() for name in ("source_quotes_2024_06", "source_quotes")
        )
        assert "SELECTgrapher" in month[0]
        assert month == table
        connection.execute("DROP OWNED BY grapher")
        connection.execute("DROP ROLE grapher")


def views_of(connection):
    """The rows of the views of quotes, without the column that came later."""
    return [
        connection.execute(f"SELECT (to_jsonb(v) - 'is_divided')::TEXT FROM staging.{view} AS v ORDER BY 1").fetchall()
        for view in ("odds_history", "quote_sightings")
    ]


def test_a_database_of_before_keeps_its_rows_rights_and_arrivals(empty_database, tmp_path):
    """A trigger that stayed on the old table logs no arrival: the pricer would sleep through the season."""
    for file in migrations_folder().glob("0*.sql"):
        if file.name < "0130":
            shutil.copy(file, tmp_path)
    migrate(empty_database.dsn, tmp_path)
    with empty_database.connect() as connection:
        connection.execute("GRANT SELECT ON staging.source_quotes TO mlb_dagster")
        for at in (900, 2):
            for side in ("home", "away"):
                quote(connection, "alpha", side, -110, at)
        seen(connection, "alpha", 1)
        insert(
            connection, "staging.archive_quotes", source="sbro", source_game_id="a-1", feed="sbro", book="best",
            quote_kind="open", market_type="moneyline", side="home", odds=120, updated_at=START, assumed=True,
            is_primary=True,
        )  # fmt: skip
        before = rows_of(connection)
        views = views_of(connection)
    migrate(empty_database.dsn)
    with empty_database.connect() as connection:
        assert rows_of(connection) == before
        spans = connection.execute(
            "SELECT source_game_id, quotes_from, quotes_until FROM staging.quote_spans ORDER BY 1"
        )
        assert spans.fetchall() == [
            ("a-1", datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)),
            ("odds-1", datetime(2024, 4, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)),
        ]
        assert give_all(connection).rows_moved == sum(map(len, before.values()))
        assert rows_of(connection) == before
        assert views_of(connection) == views
        connection.execute("DELETE FROM staging.quote_arrivals")
        quote(connection, "alpha", "home", -130, 1)
        connection.execute("UPDATE staging.source_quotes SET odds = -140 WHERE odds = -130")
        arrivals = connection.execute("SELECT quotes, newest_update FROM staging.quote_arrivals").fetchall()
        assert arrivals == [(1, START - timedelta(hours=1))] * 2
        (may,) = connection.execute(
            "SELECT has_table_privilege('mlb_dagster', 'staging.source_quotes', 'SELECT')"
        ).fetchone()
        assert may
