-- recommendations_to_settle.sql: the terms of the recommendations of the days, and what happened to their games.
-- One row a prediction, market and side; half-open range of official dates. Columns of the bet: its terms, as frozen at
-- the decision. Of the game: facts of the most believed source that has each. settled_: the last entry of the history;
-- current_: the row as it is. moved_to: another official date that MLB's schedule gave the game after the decision.
-- first_pitch: the last scheduled start of a game that was played, where no actual one is recorded.
-- completed_by: a final score was captured or, of an archive, its day was over. An archive's suspended game is resumed
-- on the day of its completion, not before noon (assumed).
-- %(first)s, %(last)s
WITH games AS MATERIALIZED (
    SELECT g.id, g.game_date, g.game_datetime, g.game_status, g.season_type, g.home_score, g.away_score
    FROM curated.resolved_games AS g
    WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
),
linked AS MATERIALIZED (
    SELECT l.game_id, l.source, l.source_game_id, l.rank, l.reversed
    FROM games AS g
    JOIN staging.linked_games AS l ON l.game_id = g.id
),
line_scores AS MATERIALIZED (
    SELECT DISTINCT ON (l.game_id) l.game_id, r.home_line_score, r.away_line_score
    FROM linked AS l
    JOIN staging.game_results AS r USING (source, source_game_id)
    WHERE r.home_line_score IS NOT NULL AND r.away_line_score IS NOT NULL
    ORDER BY l.game_id, l.rank, r.known_at DESC
),
completions AS MATERIALIZED (
    SELECT
        l.game_id,
        (ARRAY_AGG(r.completed_at ORDER BY l.rank, r.known_at DESC) FILTER (WHERE r.completed_at IS NOT NULL))[1]
            AS completed_at,
        MIN(r.known_at) FILTER (WHERE NOT r.assumed) AS captured_by,
        MAX(r.known_at) FILTER (WHERE r.assumed AND r.suspended) AS archived_by,
        BOOL_OR(r.forfeit) AS forfeit
    FROM linked AS l
    JOIN staging.game_results AS r USING (source, source_game_id)
    GROUP BY l.game_id
),
suspensions AS MATERIALIZED (
    SELECT
        l.game_id,
        (ARRAY_AGG(o.home_score ORDER BY l.rank, s.known_at DESC) FILTER (WHERE o.home_score IS NOT NULL))[1]
            AS home_score,
        (ARRAY_AGG(o.away_score ORDER BY l.rank, s.known_at DESC) FILTER (WHERE o.away_score IS NOT NULL))[1]
            AS away_score,
        (ARRAY_AGG(s.outs ORDER BY l.rank, s.known_at DESC) FILTER (WHERE s.outs IS NOT NULL))[1] AS outs,
        (ARRAY_AGG(s.resumes_at ORDER BY l.rank, s.known_at DESC) FILTER (WHERE s.resumes_at IS NOT NULL))[1]
            AS resumes_at
    FROM linked AS l
    JOIN staging.game_suspensions AS s USING (source, source_game_id)
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN l.reversed THEN s.away_score ELSE s.home_score END AS home_score,
            CASE WHEN l.reversed THEN s.home_score ELSE s.away_score END AS away_score
    ) AS o
    GROUP BY l.game_id
),
dates AS MATERIALIZED (
    SELECT l.game_id, h.game_date, MAX(h.captured_at) AS last_captured_at
    FROM linked AS l
    JOIN staging.game_status_history AS h USING (source, source_game_id)
    WHERE l.rank = 1
    GROUP BY l.game_id, h.game_date
)
SELECT
    r.prediction_id,
    r.game_id,
    r.stage,
    r.market_type,
    r.side,
    r.book,
    COALESCE(r.operator, c.parent_book, CASE WHEN r.archive_price THEN 'archive' ELSE r.book END) AS operator,
    r.archive_price,
    r.odds,
    r.line_value::DOUBLE PRECISION AS line_value,
    r.stake,
    COALESCE(r.terms_game_date, g.game_date) AS terms_game_date,
    COALESCE(r.terms_scheduled_start, g.game_datetime) AS terms_scheduled_start,
    r.terms_scheduled_innings,
    r.home_starter_id AS listed_home_starter_id,
    r.away_starter_id AS listed_away_starter_id,
    r.result AS current_result,
    r.unsettled_reason AS current_reason,
    h.result AS settled_result,
    h.settlement_rule AS settled_rule,
    h.profit AS settled_profit,
    r.clv_expected_value AS settled_clv,
    r.clv_reference AS current_reference,
    r.reference_probability AS settled_reference_probability,
    r.own_clv_expected_value AS settled_own_clv,
    r.own_closing_probability AS settled_own_closing_probability,
    r.own_close_age_minutes AS settled_own_close_age,
    r.no_own_close_reason AS current_own_reason,
    r.closing_probability AS settled_closing_probability,
    h.home_score AS settled_home_score,
    h.away_score AS settled_away_score,
    g.game_date,
    g.game_status AS status,
    g.season_type,
    g.home_score,
    g.away_score,
    d.innings,
    n.home_line_score AS home_line,
    n.away_line_score AS away_line,
    d.scheduled_innings,
    d.suspended,
    d.home_bats_first,
    COALESCE(d.first_pitch, CASE WHEN g.game_status = 'final' THEN g.game_datetime END) AS first_pitch,
    d.home_starter_id,
    d.away_starter_id,
    COALESCE(e.forfeit, FALSE) AS forfeit,
    e.completed_at,
    COALESCE(e.captured_by, e.archived_by) AS completed_by,
    s.home_score AS suspension_home_score,
    s.away_score AS suspension_away_score,
    s.outs / 6.0 AS suspension_innings,
    COALESCE(
        s.resumes_at,
        ((e.archived_by AT TIME ZONE %(eastern)s)::DATE - 1 + TIME '12:00') AT TIME ZONE %(eastern)s
    ) AS resumed_at,
    m.game_date AS moved_to
FROM curated.ml_recommendations AS r
JOIN games AS g ON g.id = r.game_id
JOIN curated.game_details AS d ON d.game_id = r.game_id
LEFT JOIN line_scores AS n ON n.game_id = r.game_id
LEFT JOIN completions AS e ON e.game_id = r.game_id
LEFT JOIN suspensions AS s ON s.game_id = r.game_id
LEFT JOIN staging.book_catalogue AS c
    ON c.source || ':' || c.book_id = r.book AND g.game_date BETWEEN c.valid_from AND c.valid_to
LEFT JOIN LATERAL (
    SELECT o.game_date
    FROM dates AS o
    WHERE o.game_id = r.game_id AND o.game_date <> r.terms_game_date AND o.last_captured_at > r.decided_at
    ORDER BY o.game_date
    LIMIT 1
) AS m ON r.terms = 'recorded'
LEFT JOIN LATERAL (
    SELECT x.result, x.settlement_rule, x.profit, x.home_score, x.away_score
    FROM curated.settlement_history AS x
    WHERE x.prediction_id = r.prediction_id AND x.market_type = r.market_type AND x.side = r.side
    ORDER BY x.settled_at DESC
    LIMIT 1
) AS h ON TRUE
ORDER BY g.game_date, r.game_id, r.prediction_id, r.market_type, r.side;
