-- compact_quote_observations.sql: forget observations inside runs of equal prices, of games of old days.
-- They matter only to payloads that come in late and lie between them; the ends of each run stay.
-- %(first)s, %(last)s  the sources' own days, half open: a week's pass reads a month, not every price there ever was;
-- %(quotes_from)s, %(quotes_until)s  the months of these games' quotes.
WITH neighbours AS (
    SELECT
        o.tableoid AS part, o.ctid AS place, o.stamped, o.odds, o.line_value,
        LAG(o.odds) OVER w AS odds_before, LAG(o.line_value) OVER w AS line_before,
        LEAD(o.odds) OVER w AS odds_after, LEAD(o.line_value) OVER w AS line_after
    FROM staging.quote_observations AS o
    WHERE (o.source, o.source_game_id) IN (
        SELECT g.source, g.source_game_id
        FROM staging.source_games AS g
        WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    )
        AND o.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND o.updated_at < %(quotes_until)s::TIMESTAMPTZ
    WINDOW w AS (
        PARTITION BY o.source_game_id, o.source, o.book_id, o.market_type, o.side
        ORDER BY o.updated_at, o.captured_at, o.position
    )
)
DELETE FROM staging.quote_observations AS o
USING neighbours AS n
WHERE o.tableoid = n.part AND o.ctid = n.place
    AND o.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND o.updated_at < %(quotes_until)s::TIMESTAMPTZ
    AND NOT n.stamped
    AND n.odds = n.odds_before AND n.odds = n.odds_after
    AND n.line_value IS NOT DISTINCT FROM n.line_before
    AND n.line_value IS NOT DISTINCT FROM n.line_after;
