"""Older seasons for a copy of the demo's database, until it holds so many quotes: made by the server itself.

Belongs here: games with links and results, their quotes of three sources with observations and sightings, by months.
Not here: measuring (sizes.py), the one table of odds alone (odds_table.py).

A game has 1,200 quotes: 624 of Action Network, in the one table that other programs fill, 288 of another live source
with as many observations, 56 sightings, and 288 of an archive; the last four in a partition for each month. A season
has 2,430 games on 162 days of six months.
"""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import LiteralString

from psycopg import sql

from benchmarks.odds_table import ODDS, WORKERS, bulk_load, in_parallel
from mlb_ml_assets.commands.demo_home import use_demo_home
from mlb_ml_assets.domain.days import month_of
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings

QUOTES_OF_A_GAME = 1200
GAMES_PER_SEASON = 2430
_ODDS_OF_A_GAME = 624
_GAMES_PER_STATEMENT = 1000
_FIRST_ID = 10_000_000
_SOURCE, _ARCHIVE = "the_odds_api", "history_bundle"
# A crash while it is filled costs the copy; the figures are measured with the product's own settings.
_WHILE_FILLING = {
    "fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off",
    "maintenance_work_mem": "768MB",
}  # fmt: skip
# Seasons begin on 2 April, so that their first prices are of their first month.
_GAMES = """
INSERT INTO curated.enhanced_games (id, action_network_game_id, home_team, away_team, game_date, game_datetime, season,
    game_status, home_score, away_score)
SELECT %(id)s::INTEGER + n, %(id)s::INTEGER + n, t.clubs[1 + 2 * (n %% 15)], t.clubs[2 + 2 * (n %% 15)], day,
    day + TIME '22:30' + (n %% 15) * INTERVAL '10 minutes', EXTRACT(YEAR FROM day), 'final', 4, 3
FROM (
    SELECT ARRAY_AGG(DISTINCT home_team ORDER BY home_team) AS clubs
    FROM curated.enhanced_games
    WHERE id < %(id)s::INTEGER
) AS t
CROSS JOIN GENERATE_SERIES(0, %(games)s::INTEGER - 1) AS n
CROSS JOIN LATERAL (
    SELECT MAKE_DATE(%(last)s::INTEGER - n / %(year)s::INTEGER, 4, 2) + (n %% %(year)s::INTEGER) / 15 AS day
) AS d;
"""
_DETAILS = """
INSERT INTO curated.game_details (game_id, neutral_site, doubleheader, scheduled_innings, start_assumed, first_pitch,
    suspended, home_bats_first)
SELECT id, FALSE, 'N', 9, FALSE, game_datetime, FALSE, FALSE FROM curated.enhanced_games WHERE id >= %(id)s;
"""
_LISTINGS = """
INSERT INTO staging.source_games (source, source_game_id, game_date, season, season_type, home_team, away_team,
    scheduled_start, status, captured_at, content_hash)
SELECT s.source, e.id::TEXT, game_date, season, 'regular', home_team, away_team, game_datetime, 'final',
    game_datetime + INTERVAL '4 hours', MD5(id::TEXT) || MD5(id::TEXT)
FROM curated.enhanced_games AS e
CROSS JOIN UNNEST(%(sources)s::TEXT[]) AS s (source)
WHERE id >= %(id)s;
"""
_LINKS = """
INSERT INTO curated.game_identity (source, source_game_id, game_id, confidence, method, evidence)
SELECT s.source, e.id::TEXT, e.id, 1, 'bench', '{}'
FROM curated.enhanced_games AS e
CROSS JOIN UNNEST(%(sources)s::TEXT[]) AS s (source)
WHERE id >= %(id)s;
"""
_SPANS = """
INSERT INTO staging.quote_spans (source, source_game_id, quotes_from, quotes_until)
SELECT s.source, e.id::TEXT, DATE_TRUNC('month', e.game_datetime - INTERVAL '24 hours'),
    DATE_TRUNC('month', e.game_datetime + INTERVAL '1 hour') + INTERVAL '1 month'
FROM curated.enhanced_games AS e
CROSS JOIN UNNEST(%(divided)s::TEXT[]) AS s (source)
WHERE id >= %(id)s;
"""
_ODDS_GAMES = """
INSERT INTO staging.odds_games (external_game_id) SELECT id::TEXT FROM curated.enhanced_games WHERE id >= %(id)s;
"""
# Sides of four books with `changes` prices each, from a day before to half an hour after first pitch, in the order of
# the tables' keys; the noise is a hash, no randomness.
_PRICES = """
CROSS JOIN (VALUES ('15'), ('30'), ('68'), ('69')) AS b (book)
CROSS JOIN (
    VALUES ('moneyline', 'away', -105, NULL::NUMERIC), ('moneyline', 'home', -105, NULL), ('spread', 'away', -145, 1.5),
        ('spread', 'home', 130, -1.5), ('total', 'over', -104, 8.5), ('total', 'under', -104, 8.5)
) AS s (market_type, side, odds, line_value)
CROSS JOIN GENERATE_SERIES(1, {changes}) AS k
CROSS JOIN LATERAL (
    SELECT ABS(HASHINT4(g.id::INTEGER * 64 + b.book::INTEGER + k)) %% 1000 AS noise
) AS h
CROSS JOIN LATERAL (
    SELECT g.game_datetime - INTERVAL '24 hours' + k * (INTERVAL '1470 minutes' / {changes})
        + (h.noise %% 60) * INTERVAL '1 second' AS stamp, s.odds - h.noise %% 20 AS price
) AS p
"""


@dataclass(frozen=True)
class _Rows:
    """Rows of one table: its columns, their values, and what these come from beside a game g."""

    columns: LiteralString
    values: LiteralString
    origin: LiteralString

    def into(self, table: sql.Identifier, games: LiteralString, condition: LiteralString) -> sql.Composed:
        """The statement that inserts them, of these games and under this condition."""
        return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM ({} ORDER BY id::TEXT) AS g {} WHERE {}").format(
            table, *map(sql.SQL, (self.columns, self.values, games, self.origin, condition))
        )


_ODDS = _Rows(
    "external_game_id, sportsbook_external_id, sportsbook_name, market_type, side, odds, line_value, updated_at, "
    "data_collection_time, line_status",
    "g.id::TEXT, b.book, 'Book ' || b.book, s.market_type, s.side, p.price, s.line_value, p.stamp, "
    "p.stamp + INTERVAL '90 seconds', 'normal'",
    _PRICES.format(changes=26),
)
_DIVIDED = {
    "source_quotes": _Rows(
        "source, source_game_id, book_id, market_type, side, updated_at, odds, line_value, captured_at",
        "%(source)s, g.id::TEXT, b.book, s.market_type, s.side, p.stamp, p.price, s.line_value, p.stamp",
        _PRICES.format(changes=12),
    ),
    "quote_observations": _Rows(
        "source, source_game_id, book_id, market_type, side, updated_at, odds, line_value, captured_at, stamped, "
        "position",
        "%(source)s, g.id::TEXT, b.book, s.market_type, s.side, p.stamp, p.price, s.line_value, p.stamp, TRUE, 0",
        _PRICES.format(changes=12),
    ),
    "archive_quotes": _Rows(
        "source, source_game_id, feed, book, quote_kind, market_type, side, updated_at, odds, line_value, assumed, "
        "is_primary",
        "%(archive)s, g.id::TEXT, 'bench', b.book, 'tick', s.market_type, s.side, p.stamp, p.price, s.line_value, "
        "FALSE, TRUE",
        _PRICES.format(changes=12),
    ),
    "market_sightings": _Rows(
        "source, source_game_id, book_id, market_type, first_captured_at, last_captured_at, seen_at",
        "%(source)s, g.id::TEXT, b.book, s.market_type, p.stamp, p.stamp + INTERVAL '5 hours', p.stamp",
        """
        CROSS JOIN (VALUES ('15'), ('30'), ('68'), ('69')) AS b (book)
        CROSS JOIN (VALUES ('moneyline'), ('spread'), ('total')) AS s (market_type)
        CROSS JOIN GENERATE_SERIES(0, 3) AS k
        CROSS JOIN LATERAL (SELECT g.game_datetime - INTERVAL '24 hours' + k * INTERVAL '6 hours' AS stamp) AS p
        """,
    ),
    "game_sightings": _Rows(
        "source, source_game_id, captured_at",
        "%(source)s, g.id::TEXT, p.stamp",
        """
        CROSS JOIN GENERATE_SERIES(0, 7) AS k
        CROSS JOIN LATERAL (SELECT g.game_datetime - INTERVAL '24 hours' + k * INTERVAL '3 hours' AS stamp) AS p
        """,
    ),
}


def fill(name: str, quotes: int) -> None:
    """Make the database `name` a copy of the demo's with so many more quotes, in seasons before its first.

    Needs 250 bytes of disk a quote.
    """
    use_demo_home()
    demo = ensure_database()
    server = EmbeddedServer(demo.home)
    with _lenient(server, demo):
        with connect(demo.dsn_of("postgres"), "mlb_ml:bench", autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(demo.database))
            )
        add_seasons(demo.dsn_of(name), quotes // QUOTES_OF_A_GAME)


@contextmanager
def _lenient(server: EmbeddedServer, demo: DatabaseSettings) -> Iterator[None]:
    """The server without its durable settings while the block lasts, and restarted with them after it."""
    with connect(demo.dsn_of("postgres"), "mlb_ml:bench", autocommit=True) as connection:
        for setting, value in _WHILE_FILLING.items():
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(setting), value))
    server.stop()
    server.start()
    try:
        yield
    finally:
        with connect(demo.dsn_of("postgres"), "mlb_ml:bench", autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            connection.execute("ALTER SYSTEM RESET ALL")
        server.stop()
        server.start()


def add_seasons(dsn: str, games: int) -> None:
    """Add so many games with their quotes, latest season first, before the first season of a database."""
    with connect(dsn, "mlb_ml:bench", autocommit=True) as connection:
        ((first,),) = connection.execute("SELECT MIN(season) FROM curated.enhanced_games").fetchall()
        last_id = _FIRST_ID + games - 1
        parts = [
            {"first": start, "last": min(start + _GAMES_PER_STATEMENT - 1, last_id)}
            for start in range(_FIRST_ID, last_id + 1, _GAMES_PER_STATEMENT)
        ]
        with bulk_load(connection, games * _ODDS_OF_A_GAME):
            # No triggers: what they keep of new rows is written here.
            connection.execute("SET session_replication_role = replica")
            sources = ["action_network", _SOURCE, _ARCHIVE]
            parameters = {
                "id": _FIRST_ID, "games": games, "year": GAMES_PER_SEASON, "last": first - 1, "sources": sources,
                "divided": sources[1:],
            }  # fmt: skip
            for statement in (_GAMES, _DETAILS, _LISTINGS, _LINKS, _SPANS, _ODDS_GAMES):
                connection.execute(statement, parameters)
            connection.execute("ANALYZE curated.enhanced_games")
            games_of_part = "SELECT * FROM curated.enhanced_games WHERE id BETWEEN %(first)s AND %(last)s"
            in_parallel(dsn, _ODDS.into(ODDS, games_of_part, "TRUE").as_string(), parts)
            months = connection.execute(
                "SELECT DISTINCT DATE_TRUNC('month', game_date)::DATE FROM curated.enhanced_games WHERE id >= %s",
                (_FIRST_ID,),
            ).fetchall()
            with ThreadPoolExecutor(WORKERS) as pool:
                for table in _DIVIDED:
                    list(pool.map(partial(_fill_month, dsn, table), (month for (month,) in months)))


def _fill_month(dsn: str, table: str, month: date) -> None:
    """One month of a divided table, made beside it and attached: its index is built once, and nothing is logged."""
    part, end = sql.Identifier("staging_months", f"{table}_{month:%Y_%m}"), month_of(month).last + timedelta(days=1)
    parent = sql.Identifier("staging", table)
    # The first prices of a month's first games are of the month before, the last of its last games of the next.
    games: LiteralString = (
        "SELECT * FROM curated.enhanced_games WHERE id >= %(id)s "
        "AND game_date BETWEEN %(month)s - INTERVAL '1 day' AND %(end)s + INTERVAL '1 day'"
    )
    insert = _DIVIDED[table].into(part, games, "p.stamp >= %(month)s AND p.stamp < %(end)s")
    with connect(dsn, "mlb_ml:bench", autocommit=True) as connection, connection.transaction():
        connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL EXCLUDING INDEXES)").format(part, parent))
        connection.execute(
            insert, {"id": _FIRST_ID, "month": month, "end": end, "source": _SOURCE, "archive": _ARCHIVE}
        )
        connection.execute(
            sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
                parent, part, month.isoformat(), end.isoformat()
            )
        )


if __name__ == "__main__":
    fill(sys.argv[1], int(sys.argv[2]))
