-- incoming_lines.sql: temporary tables for the market lines of some days, their first decisions, and quotes that are
-- refused or no prices at all.
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_lines (LIKE curated.market_lines) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS refused_quotes (
    game_id INTEGER, stage TEXT, market_type TEXT, book TEXT, overround DOUBLE PRECISION
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS impossible_quotes (
    game_id INTEGER, source TEXT, source_game_id TEXT, book_id TEXT, market_type TEXT, side TEXT, odds INTEGER,
    quoted_at TIMESTAMPTZ
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS missing_closes (LIKE curated.missing_closes) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_reference_closes (LIKE curated.reference_closes) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_operator_closes (LIKE curated.operator_closes) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_openings (LIKE curated.game_openings) ON COMMIT DELETE ROWS;
TRUNCATE
    pg_temp.incoming_lines, pg_temp.incoming_openings, pg_temp.refused_quotes, pg_temp.missing_closes,
    pg_temp.impossible_quotes, pg_temp.incoming_reference_closes, pg_temp.incoming_operator_closes;
