-- history_market_lines.sql: what did the market say?
-- Settings mlb_ml.history_since: games up to that date are left out; mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
SELECT
    game_id, stage, market_type, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
    quoted_at AT TIME ZONE 'UTC' AS quoted_at, known_at AT TIME ZONE 'UTC' AS known_at, assumed, price_stage
FROM curated.market_lines
WHERE known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ
    AND game_id IN (
        SELECT e.id
        FROM curated.resolved_games AS e
        WHERE e.game_date > current_setting('mlb_ml.history_since')::DATE
    );
