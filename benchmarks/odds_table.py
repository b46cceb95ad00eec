"""Millions of odds rows, made by the server itself.

Belongs here: games with eight books and their price changes, season after season, in the pipeline's own tables.
Not here: measuring, dropping.

One game has 8 books, 6 sides and 10 to 40 changes each, about 1,200 rows; 12 seasons of 2,430 games are 35 million.
Quotes run from a day before first pitch to half an hour after it.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
from psycopg import sql

from mlb_ml_assets.warehouse.connection import connect

ROWS_PER_GAME = 1200
GAMES_PER_SEASON = 2430
BOOKS = tuple(str(number) for number in (15, 30, 68, 69, 71, 75, 79, 123))
FIRST_SEASON = 2010
ODDS = sql.Identifier("staging", "action_network_odds_historical")
# Enough games for the server to work by set, few enough that a killed build loses little.
GAMES_PER_STATEMENT = 1000
# Building the keys after the rows costs a third of keeping them up to date row by row; below this they stay.
WORTH_REBUILDING = 3_000_000
WORKERS = 2

_GAMES = """
INSERT INTO curated.enhanced_games (id, action_network_game_id, home_team, away_team, game_date, game_datetime, season,
    game_status)
SELECT g, 100000 + g, 'BOS', 'NYY', day, day + TIME '22:30' + (g %% 15) * INTERVAL '10 minutes', season, 'scheduled'
FROM GENERATE_SERIES(%(first)s::INTEGER, %(last)s::INTEGER) AS g
CROSS JOIN LATERAL (SELECT %(season)s::INTEGER + g / %(year)s::INTEGER AS season) AS y
CROSS JOIN LATERAL (SELECT MAKE_DATE(season, 4, 1) + (g %% %(year)s::INTEGER) / 15 AS day) AS d;
"""
_LISTINGS = """
INSERT INTO staging.source_games (source, source_game_id, game_date, season, season_type, home_team, away_team,
    scheduled_start, status, captured_at, content_hash)
SELECT 'action_network', action_network_game_id::TEXT, game_date, season, 'regular', home_team, away_team,
    game_datetime, 'scheduled', game_datetime, MD5(id::TEXT) || MD5(id::TEXT)
FROM curated.enhanced_games
WHERE id BETWEEN %(first)s AND %(last)s;
"""
_LINKS = """
INSERT INTO curated.game_identity (source, source_game_id, game_id, confidence, method, evidence)
SELECT 'action_network', action_network_game_id::TEXT, id, 1, 'bench', '{}'
FROM curated.enhanced_games
WHERE id BETWEEN %(first)s AND %(last)s;
"""
# Evenly spaced from a day before to half an hour after first pitch; half a point of noise by a hash, no randomness.
_QUOTES = """
INSERT INTO staging.action_network_odds_historical (external_game_id, sportsbook_external_id, sportsbook_name,
    market_type, side, odds, line_value, updated_at, data_collection_time, line_status)
SELECT (100000 + g.id)::TEXT, b.book, 'Book ' || b.book, s.market_type, s.side, s.odds - h.noise %% 20, s.line_value,
    g.game_datetime - INTERVAL '24 hours' + k * (INTERVAL '1470 minutes' / h.changes)
        + (h.noise %% 60) * INTERVAL '1 second',
    g.game_datetime - INTERVAL '24 hours' + k * (INTERVAL '1470 minutes' / h.changes) + INTERVAL '90 seconds', 'normal'
FROM curated.enhanced_games AS g
CROSS JOIN UNNEST(%(books)s::TEXT[]) AS b (book)
CROSS JOIN (
    VALUES ('moneyline', 'home', -105, NULL::NUMERIC), ('moneyline', 'away', -105, NULL), ('total', 'over', -104, 8.5),
        ('total', 'under', -104, 8.5), ('spread', 'home', 130, -1.5), ('spread', 'away', -145, 1.5)
) AS s (market_type, side, odds, line_value)
CROSS JOIN LATERAL (
    SELECT ABS(HASHINT4(g.id::INTEGER * 64 + b.book::INTEGER + LENGTH(s.side)) %% 1000000) AS noise,
        10 + ABS(HASHINT4(g.id::INTEGER * 8 + b.book::INTEGER) %% 31) AS changes
) AS h
CROSS JOIN LATERAL GENERATE_SERIES(1, h.changes) AS k
WHERE g.id BETWEEN %(first)s AND %(last)s;
"""


def grow_odds_table(dsn: str, rows_now: int, rows: int) -> float:
    """Add games with their quotes until the table holds about `rows`; gives the seconds that it took."""
    began = time.perf_counter()
    first, last = rows_now // ROWS_PER_GAME, max(rows // ROWS_PER_GAME, 15) - 1
    parameters = {"season": FIRST_SEASON, "year": GAMES_PER_SEASON, "first": first, "last": last}
    parts = [
        {"first": start, "last": min(start + GAMES_PER_STATEMENT, last + 1) - 1, "books": list(BOOKS)}
        for start in range(first, last + 1, GAMES_PER_STATEMENT)
    ]
    with connect(dsn, "mlb_ml:bench", autocommit=True) as connection, bulk_load(connection, rows - rows_now):
        if rows_now == 0:
            name_books(connection)
        for statement in (_GAMES, _LISTINGS, _LINKS):
            connection.execute(statement, parameters)
        in_parallel(dsn, _QUOTES, parts)
    return time.perf_counter() - began


def name_books(connection: psycopg.Connection) -> None:
    """The books of the made-up quotes, for the catalogue."""
    connection.cursor().executemany(
        "INSERT INTO staging.book_catalogue (source, book_id, book_name, book_kind, bettable)"
        " VALUES ('action_network', %s, 'Book ' || %s, 'book', TRUE) ON CONFLICT DO NOTHING",
        [(book, book) for book in BOOKS],
    )


@contextmanager
def bulk_load(connection: psycopg.Connection, rows: int) -> Iterator[None]:
    """Many rows into the odds table: without its keys where there are enough, and without the log of arrivals."""
    rebuild = _drop_keys(connection) if rows >= WORTH_REBUILDING else []
    tables = ("staging.action_network_odds_historical", "curated.game_identity")
    for table in tables:
        # The log of arrivals is not what is being filled.
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(_name(table)))
    yield
    for key in rebuild:
        connection.execute(key)
    for table in tables:
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(_name(table)))
    connection.execute("VACUUM (ANALYZE)")


def in_parallel(dsn: str, statement: str, parts: Sequence[dict[str, object]]) -> None:
    """One statement for each part, on a few connections at once; an interrupt leaves those that had not begun."""

    def execute(part: dict[str, object]) -> None:
        with connect(dsn, "mlb_ml:bench", autocommit=True) as connection:
            connection.execute(statement, part)

    pool = ThreadPoolExecutor(WORKERS)
    try:
        list(pool.map(execute, parts))
    except BaseException:
        # What runs ends with the database, which is about to be dropped under it.
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _drop_keys(connection: psycopg.Connection) -> list[sql.Composed]:
    """Drop primary and unique key of the odds table; gives the statements that build them again."""
    kept = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'staging.action_network_odds_historical'::regclass AND contype IN ('p', 'u')"
    ).fetchall()
    for name, _ in kept:
        connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(ODDS, sql.Identifier(name)))
    return [
        sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(ODDS, sql.Identifier(name)) + sql.SQL(definition)
        for name, definition in kept
    ]


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))
