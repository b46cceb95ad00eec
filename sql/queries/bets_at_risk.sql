-- bets_at_risk.sql: which stakes did decisions about the games of these days advise, and is each still advised?
-- One row per game, stage, market and side: its newest stake, unless it is settled. is_withdrawn: a newer decision of the
-- stage, already valued, stakes nothing there. now_: the newest forecast of the side, of either stage.
-- :from_day, :to_day official dates, both included.
WITH games AS MATERIALIZED (
    SELECT id FROM curated.resolved_games WHERE game_date BETWEEN %(from_day)s AND %(to_day)s
),
newest AS MATERIALIZED (
    SELECT
        p.id, p.game_id, CASE p.model_name WHEN %(open_model)s THEN 'open' ELSE 'lineup' END AS stage,
        -- No EXISTS: where many decisions are expected, it is answered from all recommendations at once.
        (
            SELECT v.market_type FROM curated.ml_recommendations AS v
            WHERE v.prediction_id = p.id
            ORDER BY v.market_type
            LIMIT 1
        ) IS NOT NULL AS is_valued
    FROM games AS g
    CROSS JOIN LATERAL curated.newest_predictions(g.id, %(game_models)s::TEXT[]) AS p
),
stakes AS (
    SELECT
        r.game_id, r.stage, r.market_type, r.side, r.book, COALESCE(r.operator, r.book) AS operator, r.archive_price,
        r.odds, r.line_value, r.stake, r.decided_at, r.expected_value, r.result,
        r.prediction_id <> n.id AND n.is_valued AS is_withdrawn
    FROM newest AS n
    CROSS JOIN LATERAL (
        -- Backwards from side to side, each by one descent of the index: there may be hundreds of decisions.
        WITH RECURSIVE staked AS (
            (
                SELECT b.*
                FROM curated.ml_recommendations AS b
                WHERE b.stage = n.stage AND b.game_id = n.game_id AND b.stake > 0
                ORDER BY b.market_type DESC, b.side DESC, b.decided_at DESC, b.prediction_id DESC
                LIMIT 1
            )
            UNION ALL
            SELECT o.*
            FROM staked AS s
            CROSS JOIN LATERAL (
                SELECT b.*
                FROM curated.ml_recommendations AS b
                WHERE b.stage = n.stage AND b.game_id = n.game_id AND b.stake > 0
                    AND (b.market_type, b.side) < (s.market_type, s.side)
                ORDER BY b.market_type DESC, b.side DESC, b.decided_at DESC, b.prediction_id DESC
                LIMIT 1
            ) AS o
        )
        SELECT * FROM staked
    ) AS r
)
SELECT
    s.game_id, g.game_date, g.game_datetime AS start, g.away_team, g.home_team, s.stage, s.market_type, s.side, s.book,
    COALESCE(c.book_name, s.book) AS book_name, s.operator, s.archive_price, s.odds,
    s.line_value::DOUBLE PRECISION AS line_value, s.stake, s.decided_at, s.expected_value, s.is_withdrawn,
    n.final_probability AS now_probability, n.push_probability AS now_push,
    n.line_value::DOUBLE PRECISION AS now_line
FROM stakes AS s
CROSS JOIN LATERAL (SELECT * FROM curated.resolved_games WHERE id = s.game_id OFFSET 0) AS g
LEFT JOIN LATERAL (
    SELECT r.final_probability, r.push_probability, r.line_value
    FROM UNNEST(%(game_models)s::TEXT[]) AS m (model_name)
    CROSS JOIN LATERAL (
        SELECT p.prediction_timestamp, p.id, v.final_probability, v.push_probability, v.line_value
        FROM curated.ml_predictions AS p
        CROSS JOIN LATERAL (
            SELECT *
            FROM curated.ml_recommendations
            WHERE prediction_id = p.id AND market_type = s.market_type AND side = s.side
            OFFSET 0
        ) AS v
        WHERE p.game_id = s.game_id AND p.model_name = m.model_name
        ORDER BY p.prediction_timestamp DESC, p.id DESC
        LIMIT 1
    ) AS r
    ORDER BY r.prediction_timestamp DESC, r.id DESC
    LIMIT 1
) AS n ON TRUE
LEFT JOIN LATERAL (
    SELECT k.book_name
    FROM staging.book_catalogue AS k
    WHERE k.source || ':' || k.book_id = s.book AND g.game_date BETWEEN k.valid_from AND k.valid_to
    LIMIT 1
) AS c ON TRUE
WHERE s.result IS NULL
ORDER BY g.game_datetime, s.game_id, s.stage DESC, s.market_type, s.side;
