-- training_rows.sql: what a model may learn from: features, the price they were decided at, the close, the result.
-- One row per game and stage: `open` at its first as-of instant, `lineup` at its last; games whose result was known at
-- {known_before} only. Fixed width, for binary COPY; missing is NaN. DuckDB runs the same text over the archive tier and
-- gives the same bits: numbers become double before a division, and before NaN takes the place of NULL.
-- {chosen_features}: the feature columns; {first_day}, {last_day}: official dates, both included; {feature_version}; {known_before}: an instant.
WITH chosen AS (
    SELECT DISTINCT ON (f.game_id, f.stage) f.*, g.game_date
    FROM curated.game_features AS f
    INNER JOIN curated.resolved_games AS g ON g.id = f.game_id
    WHERE g.game_date BETWEEN {first_day} AND {last_day}
        AND f.feature_version = {feature_version}
    ORDER BY f.game_id, f.stage, CASE WHEN f.stage = 'open' THEN f.as_of END, f.as_of DESC
),
lines AS (
    SELECT
        m.game_id,
        m.stage,
        max(m.fair_probability) FILTER (WHERE m.market_type = {moneyline}) AS home_probability,
        max(m.line_value) FILTER (WHERE m.market_type = {total}) AS total_line,
        max(m.fair_probability) FILTER (WHERE m.market_type = {total}) AS over_probability,
        max(m.line_value) FILTER (WHERE m.market_type = {spread}) AS spread_line,
        max(m.fair_probability) FILTER (WHERE m.market_type = {spread}) AS spread_home_probability,
        max(m.home_or_over_odds) FILTER (WHERE m.market_type = {moneyline}) AS home_odds,
        max(m.away_or_under_odds) FILTER (WHERE m.market_type = {moneyline}) AS away_odds,
        max(m.home_or_over_odds) FILTER (WHERE m.market_type = {total}) AS over_odds,
        max(m.away_or_under_odds) FILTER (WHERE m.market_type = {total}) AS under_odds,
        max(m.known_at) AS known_at,
        bool_or(m.price_stage = 'open') AS opened
    FROM curated.market_lines AS m
    INNER JOIN curated.resolved_games AS g ON g.id = m.game_id
    WHERE g.game_date BETWEEN {first_day} AND {last_day}
        AND m.known_at <= {known_before}
    GROUP BY m.game_id, m.stage
)
SELECT
    c.game_id,
    c.stage = 'lineup' AS is_lineup,
    c.as_of,
    c.known_at,
    c.game_date,
    d.doubleheader <> 'N' AS in_doubleheader,
    d.suspended,
    d.result_known_at,
    COALESCE(price.home_probability::DOUBLE PRECISION, 'NaN') AS market_home_probability,
    COALESCE(price.total_line::DOUBLE PRECISION, 'NaN') AS market_total_line,
    COALESCE(price.over_probability::DOUBLE PRECISION, 'NaN') AS market_total_over_probability,
    COALESCE(price.spread_line::DOUBLE PRECISION, 'NaN') AS market_spread_line,
    COALESCE(price.spread_home_probability::DOUBLE PRECISION, 'NaN') AS market_spread_home_probability,
    COALESCE(price.home_odds::DOUBLE PRECISION, 'NaN') AS market_home_odds,
    COALESCE(price.away_odds::DOUBLE PRECISION, 'NaN') AS market_away_odds,
    COALESCE(price.over_odds::DOUBLE PRECISION, 'NaN') AS market_over_odds,
    COALESCE(price.under_odds::DOUBLE PRECISION, 'NaN') AS market_under_odds,
    -- A live price was in effect at the decision, an archive's (and any first price) when it opened.
    COALESCE(
        EXTRACT(EPOCH FROM g.game_datetime - CASE WHEN price.opened THEN price.known_at ELSE c.as_of END)
        ::DOUBLE PRECISION / 3600,
        'NaN'
    ) AS market_hours_to_start,
    COALESCE(close.home_probability::DOUBLE PRECISION, 'NaN') AS close_home_probability,
    COALESCE(close.total_line::DOUBLE PRECISION, 'NaN') AS close_total_line,
    COALESCE(close.over_probability::DOUBLE PRECISION, 'NaN') AS close_total_over_probability,
    COALESCE(close.spread_line::DOUBLE PRECISION, 'NaN') AS close_spread_line,
    COALESCE(close.spread_home_probability::DOUBLE PRECISION, 'NaN') AS close_spread_home_probability,
    g.home_score::DOUBLE PRECISION AS home_score,
    g.away_score::DOUBLE PRECISION AS away_score,
    {chosen_features}
FROM chosen AS c
INNER JOIN curated.resolved_games AS g ON g.id = c.game_id
INNER JOIN curated.game_details AS d ON d.game_id = c.game_id AND d.result_known_at <= {known_before}
LEFT JOIN lines AS price ON price.game_id = c.game_id AND price.stage = c.price_stage
LEFT JOIN lines AS close ON close.game_id = c.game_id AND close.stage = 'close'
WHERE g.home_score IS NOT NULL AND g.away_score IS NOT NULL
ORDER BY c.game_date, c.game_id, c.stage DESC
