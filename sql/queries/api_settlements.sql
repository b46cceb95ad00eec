-- api_settlements.sql: on which terms was each bet on a game made, by which rule was it settled, and what came before?
-- One row a priced side of the newest prediction of a stage that was recommended; :only_bets leaves those with a stake.
-- history: settlements oldest first, each with its cause.
-- %(game_id)s, %(only_bets)s
WITH newest AS (
    SELECT DISTINCT ON (r.stage) r.prediction_id
    FROM curated.ml_recommendations AS r
    JOIN curated.ml_predictions AS p ON p.id = r.prediction_id
    WHERE r.game_id = %(game_id)s
    ORDER BY r.stage, p.prediction_timestamp DESC, p.id DESC
)
SELECT
    r.prediction_id, r.stage, r.market_type, r.side, r.book, COALESCE(c.book_name, r.book) AS book_name, r.operator,
    r.odds, r.line_value, r.stake, r.decided_at, r.terms, r.terms_game_date AS game_date,
    r.terms_scheduled_start AS scheduled_start, r.terms_scheduled_innings AS scheduled_innings,
    r.terms_home_bats_first AS home_bats_first, h.full_name AS home_starter, a.full_name AS away_starter, r.rule_set,
    u.source AS rule_source, u.assumed AS rule_assumed, r.result, NULLIF(SPLIT_PART(r.settlement_rule, '/', 2), '') AS clause,
    r.settlement_rule, r.profit, r.settled_at, r.unsettled_reason, COALESCE(s.history, '[]'::JSONB) AS history
FROM newest AS n
-- Fences: without statistics the bets of all games are read, and all games.
CROSS JOIN LATERAL (SELECT * FROM curated.ml_recommendations WHERE prediction_id = n.prediction_id OFFSET 0) AS r
CROSS JOIN LATERAL (SELECT game_date FROM curated.enhanced_games WHERE id = r.game_id OFFSET 0) AS g
LEFT JOIN staging.people AS h ON h.player_id = r.home_starter_id
LEFT JOIN staging.people AS a ON a.player_id = r.away_starter_id
LEFT JOIN LATERAL (
    SELECT k.book_name
    FROM staging.book_catalogue AS k
    WHERE k.source || ':' || k.book_id = r.book AND g.game_date BETWEEN k.valid_from AND k.valid_to
    LIMIT 1
) AS c ON TRUE
LEFT JOIN LATERAL (
    SELECT t.source, t.assumed
    FROM curated.settlement_rules AS t
    WHERE t.rule_id = r.rule_set AND t.market_type = r.market_type AND t.period = 'game'
        AND t.operator IN (r.operator, '*') AND r.terms_game_date BETWEEN t.valid_from AND t.valid_to
    ORDER BY t.operator = '*'
    LIMIT 1
) AS u ON TRUE
LEFT JOIN LATERAL (
    SELECT
        JSONB_AGG(
            JSONB_BUILD_OBJECT(
                'settled_at', x.settled_at, 'result', x.result, 'settlement_rule', x.settlement_rule,
                'home_score', x.home_score, 'away_score', x.away_score, 'profit', x.profit, 'cause', x.cause
            )
            ORDER BY x.settled_at
        ) AS history
    FROM curated.settlement_history AS x
    WHERE (x.prediction_id, x.market_type, x.side) = (r.prediction_id, r.market_type, r.side)
) AS s ON TRUE
WHERE r.odds IS NOT NULL AND (r.stake > 0 OR NOT %(only_bets)s)
ORDER BY r.stage DESC, r.market_type, r.side;
