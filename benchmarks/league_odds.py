"""Live quotes for every game of a simulated league, made by the server from its archive's prices.

Belongs here: Action Network records of the league's games, and eight books' price changes between open and close.
Not here: the league (simulation/), games that are only numbers (odds_table.py).
"""

import time

from benchmarks.odds_table import BOOKS, GAMES_PER_STATEMENT, bulk_load, in_parallel, name_books
from mlb_ml_assets.warehouse.connection import connect

SIDES = 6
_RECORDS = """
INSERT INTO staging.source_games (source, source_game_id, game_date, season, season_type, home_team, away_team,
    game_number, doubleheader, scheduled_start, status, captured_at, content_hash)
SELECT 'action_network', (500000 + ROW_NUMBER() OVER (ORDER BY game_date, source_game_id))::TEXT, game_date, season,
    season_type, home_team, away_team, game_number, doubleheader, scheduled_start, status, captured_at, content_hash
FROM staging.source_games
WHERE source = 'history_bundle';
"""
# The archive's two prices of each side as break-even probabilities; a side's own run line, which has no opening price.
_PRICES = """
CREATE UNLOGGED TABLE mlb_ml.bench_prices AS
SELECT l.source_game_id::INTEGER AS game, e.game_datetime AS first_pitch, q.market_type, q.side,
    COALESCE(MAX(q.even) FILTER (WHERE q.quote_kind = 'open'), MAX(q.even)) AS open_even, MAX(q.even) FILTER (
        WHERE q.quote_kind = 'close') AS close_even,
    COALESCE(MAX(q.line_value) FILTER (WHERE q.quote_kind = 'open'), MAX(q.line_value)) AS open_line,
    MAX(q.line_value) FILTER (WHERE q.quote_kind = 'close') AS close_line
FROM (
    SELECT *,
        CASE WHEN odds > 0 THEN 100.0 / (100 + odds) ELSE -odds / (100.0 - odds) END::DOUBLE PRECISION AS even
    FROM staging.archive_quotes
    WHERE is_primary AND quote_kind <> 'tick'
) AS q
JOIN curated.game_identity AS a ON a.source = q.source AND a.source_game_id = q.source_game_id
JOIN curated.enhanced_games AS e ON e.id = a.game_id
JOIN curated.game_identity AS l ON l.game_id = e.id AND l.source = 'action_network'
GROUP BY 1, 2, 3, 4
HAVING MAX(q.even) FILTER (WHERE q.quote_kind = 'close') IS NOT NULL;
CREATE INDEX ON mlb_ml.bench_prices (game);
ANALYZE mlb_ml.bench_prices;
"""
# The last change is two minutes old at first pitch. Both sides of a book change at one stamp; its opinion moves by a
# hash, up on one side as much as down on the other.
_QUOTES = """
INSERT INTO staging.action_network_odds_historical (external_game_id, sportsbook_external_id, sportsbook_name,
    market_type, side, odds, line_value, updated_at, data_collection_time, line_status)
SELECT p.game::TEXT, b.book, 'Book ' || b.book, p.market_type, p.side,
    CASE WHEN n.even >= 0.5 THEN -ROUND(100 * n.even / (1 - n.even)) ELSE ROUND(100 * (1 - n.even) / n.even) END,
    CASE WHEN t.share < 0.5 THEN p.open_line ELSE p.close_line END, t.at, t.at + INTERVAL '90 seconds', 'normal'
FROM mlb_ml.bench_prices AS p
CROSS JOIN UNNEST(%(books)s::TEXT[]) AS b (book)
CROSS JOIN LATERAL (
    SELECT HASHINT4(p.game * 64 + b.book::INTEGER + LENGTH(p.market_type)) AS seed
) AS h
CROSS JOIN LATERAL GENERATE_SERIES(0, %(changes)s - 1) AS k
CROSS JOIN LATERAL (
    SELECT (k + 1)::DOUBLE PRECISION / %(changes)s AS share,
        p.first_pitch - INTERVAL '24 hours' + (k + 1) * (INTERVAL '1438 minutes' / %(changes)s)
            + (ABS(h.seed) %% 50) * INTERVAL '1 second' AS at
) AS t
CROSS JOIN LATERAL (
    SELECT p.open_even + (p.close_even - p.open_even) * t.share
        + (HASHINT4(h.seed + k) %% 100) / 12000.0 * CASE WHEN p.side IN ('home', 'over') THEN 1 ELSE -1 END AS even
) AS n
WHERE p.game BETWEEN %(first)s AND %(last)s;
"""


def add_league_records(dsn: str) -> None:
    """A record at Action Network for every game of the imported archive."""
    with connect(dsn, "mlb_ml:bench", autocommit=True) as connection:
        name_books(connection)
        connection.execute(_RECORDS)


def add_league_odds(dsn: str, rows: int) -> tuple[int, float]:
    """Quotes of all linked games, about `rows` in all; gives how many and the seconds that it took."""
    began = time.perf_counter()
    with connect(dsn, "mlb_ml:bench", autocommit=True) as connection:
        connection.execute(_PRICES)
        games, first, last = connection.execute(
            "SELECT COUNT(DISTINCT game), MIN(game), MAX(game) FROM mlb_ml.bench_prices"
        ).fetchone() or (0, 0, 0)
        changes = max(round(rows / (games * len(BOOKS) * SIDES)), 2)
        parts = [
            {"first": start, "last": start + GAMES_PER_STATEMENT - 1, "changes": changes, "books": list(BOOKS)}
            for start in range(first, last + 1, GAMES_PER_STATEMENT)
        ]
        with bulk_load(connection, rows):
            in_parallel(dsn, _QUOTES, parts)
        connection.execute("DROP TABLE mlb_ml.bench_prices")
        (count,) = connection.execute("SELECT COUNT(*) FROM staging.action_network_odds_historical").fetchone() or (0,)
    return int(count), time.perf_counter() - began
