-- decision_quotes.sql: which price did each book show at each decision?
-- One row a game, stage, book, market and side. Archives give their primary price as one pseudo-book (archive = TRUE),
-- known only at its stamp; live books give what staging.quotes_at finds in captures up to :reaction before the decision,
-- down where suspended or pulled by then. Sides are the game's, also where a source has the clubs exchanged. Of two
-- listings of one game at one source each book's market is that of the listing whose price is newer: both sides of a bet
-- must be of one. Odds that another program writes are a log of changes without sightings: a price holds until it
-- changes (seen_at NULL), unless its writer had recorded nothing of any of these games for %(max_log_silence)s.
-- :game_ids, :stages, :instants, :captured_by  arrays of equal length, the decisions, and :reaction before each; :now the
-- latest capture to use; :recorded  instants at which such writers recorded prices of games that are not asked for;
-- :quotes_from, :quotes_until  the months of their quotes.
WITH decisions AS MATERIALIZED (
    SELECT d.game_id, d.stage, d.as_of
    FROM UNNEST(%(game_ids)s::INTEGER[], %(stages)s::VARCHAR[], %(instants)s::TIMESTAMPTZ[])
        AS d (game_id, stage, as_of)
),
live AS (
    SELECT d.stage, q.*,
        FIRST_VALUE(q.source_game_id) OVER (
            PARTITION BY d.game_id, d.stage, d.as_of, q.source, q.book_id, q.market_type
            ORDER BY q.quoted_at DESC, q.source_game_id DESC
        ) AS newest_listing
    FROM decisions AS d
    JOIN staging.quotes_at(
        %(game_ids)s::BIGINT[], %(instants)s::TIMESTAMPTZ[], %(captured_by)s::TIMESTAMPTZ[], %(now)s::TIMESTAMPTZ,
        %(quotes_from)s::TIMESTAMPTZ, %(quotes_until)s::TIMESTAMPTZ
    ) AS q
        ON q.game_id = d.game_id AND q.instant = d.as_of
),
logs AS MATERIALIZED (
    -- Each listing once: asked of every price, it was two of five pages that a day's decisions read.
    SELECT g.source_game_id
    FROM (SELECT DISTINCT source_game_id FROM live WHERE source = 'action_network') AS l
    CROSS JOIN LATERAL (
        SELECT source_game_id
        FROM staging.source_games
        WHERE source = 'action_network' AND source_game_id = l.source_game_id AND payload_id IS NULL
        OFFSET 0
    ) AS g
),
logged AS (
    -- Hashed, not joined: the planner takes the prices for one row, and compared those of a season with each log, 27 s.
    SELECT l.*, l.source = 'action_network' AND l.source_game_id IN (SELECT source_game_id FROM logs) AS is_log
    FROM live AS l
    WHERE l.source_game_id = l.newest_listing
),
-- As a table of its own, as in live_lines.sql.
books AS MATERIALIZED (
    SELECT source, book_id, bettable, parent_book, valid_from, valid_to FROM staging.book_catalogue
),
alive AS (
    -- The running maximum over the records of the log and the decisions, in the order of time.
    SELECT DISTINCT ON (e.as_of) e.as_of, MAX(e.captured_at) OVER (ORDER BY e.at, e.captured_at) AS recorded_at
    FROM (
        SELECT captured_at AS at, captured_at, NULL::TIMESTAMPTZ AS as_of FROM logged WHERE is_log
        UNION ALL
        SELECT r, r, NULL FROM UNNEST(%(recorded)s::TIMESTAMPTZ[]) AS r
        UNION ALL
        SELECT as_of - %(reaction)s, NULL, as_of FROM decisions
    ) AS e
)
SELECT
    l.game_id, l.stage, l.market_type, staging.side_of_game(l.side, l.reversed) AS side,
    l.source || ':' || l.book_id AS book, l.odds, l.line_value::DOUBLE PRECISION AS line_value, l.quoted_at,
    CASE WHEN NOT (l.is_log AND a.recorded_at >= a.as_of - %(max_log_silence)s) THEN l.seen_at END AS seen_at,
    l.captured_at,
    l.suspended OR l.pulled AS down,
    COALESCE(c.bettable, FALSE) AS bettable,
    FALSE AS archive,
    COALESCE(c.parent_book, l.source || ':' || l.book_id) AS operator,
    l.is_log
FROM logged AS l
LEFT JOIN alive AS a ON a.as_of = l.instant
LEFT JOIN books AS c
    ON c.source = l.source AND c.book_id = l.book_id
    AND l.instant::DATE BETWEEN c.valid_from AND c.valid_to
-- No price: in quarantine since live_lines.sql met it. What the book quoted before is superseded all the same.
WHERE ABS(l.odds) >= 100
UNION ALL
SELECT
    m.game_id, d.stage, m.market_type, v.side, m.book, v.odds, v.line_value, m.quoted_at, m.quoted_at, m.known_at,
    FALSE, TRUE, TRUE, m.book, FALSE
FROM decisions AS d
JOIN curated.market_lines AS m
    ON m.game_id = d.game_id AND m.stage = d.stage AND m.assumed AND m.known_at <= d.as_of
CROSS JOIN LATERAL (
    VALUES
        (
            CASE m.market_type WHEN %(total)s THEN 'over' ELSE 'home' END,
            m.home_or_over_odds,
            m.line_value::DOUBLE PRECISION
        ),
        (
            CASE m.market_type WHEN %(total)s THEN 'under' ELSE 'away' END,
            m.away_or_under_odds,
            CASE m.market_type WHEN %(spread)s THEN -m.line_value ELSE m.line_value END::DOUBLE PRECISION
        )
) AS v (side, odds, line_value);
