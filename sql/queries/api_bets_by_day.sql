-- api_bets_by_day.sql: what was staked and won, day by day, with the closing line value of those bets?
-- One row a day. Stakes, profit and drawn values are fractions of bankroll; clv_sum is of EV per unit at the close,
-- own_clv_sum at the close of each bet's own book.
-- :stage; :from_day, :to_day half open.
SELECT
    g.game_date AS date,
    COUNT(*) AS bets,
    COUNT(*) FILTER (WHERE r.result IN ('win', 'half_win')) AS won,
    COUNT(*) FILTER (WHERE r.result IN ('loss', 'half_loss')) AS lost,
    COUNT(*) FILTER (WHERE r.result IN ('push', 'void')) AS returned,
    COUNT(*) FILTER (WHERE r.result IS NULL) AS open,
    SUM(r.stake) AS staked,
    COALESCE(SUM(r.stake) FILTER (WHERE r.result IS NOT NULL), 0) AS settled_stake,
    COALESCE(SUM(r.profit), 0) AS profit,
    SUM(r.stake * r.expected_value) AS expected_profit,
    COUNT(r.clv_expected_value) AS with_close,
    COUNT(*) FILTER (WHERE r.clv_reference = 'sharp') AS with_sharp_close,
    COALESCE(SUM(r.clv_expected_value), 0) AS clv_sum,
    COUNT(r.own_clv_expected_value) AS with_own_close,
    COALESCE(SUM(r.own_clv_expected_value), 0) AS own_clv_sum,
    COUNT(*) FILTER (WHERE r.clv_expected_value > 0) AS clv_positive,
    BOOL_OR(r.archive_price) AS archive_price
FROM curated.ml_recommendations AS r
JOIN curated.resolved_games AS g ON g.id = r.game_id
WHERE r.stake > 0
    AND r.stage = %(stage)s
    AND g.game_date >= %(from_day)s AND g.game_date < %(to_day)s
    AND NOT EXISTS (
        SELECT 1
        FROM curated.ml_predictions AS later
        JOIN curated.ml_predictions AS own ON own.id = r.prediction_id
        WHERE later.game_id = r.game_id
            AND later.model_name = own.model_name
            AND (later.prediction_timestamp, later.id) > (own.prediction_timestamp, own.id)
    )
GROUP BY g.game_date
ORDER BY g.game_date;
