-- due_decisions.sql: first decisions of which days came due after :since, up to :until?
-- One row per official date: their number. They come due without a new quote, by waiting.
SELECT g.game_date, COUNT(*) AS decisions
FROM curated.game_openings AS o
JOIN curated.enhanced_games AS g ON g.id = o.game_id
WHERE o.decided_at > %(since)s AND o.decided_at <= %(until)s
GROUP BY g.game_date;
