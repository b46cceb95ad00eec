-- incoming_line_counts.sql: how many lines came, by stage and market, and how many quotes were refused?
-- One row per name of a count.
SELECT stage || ' ' || market_type AS name, COUNT(*) AS count
FROM pg_temp.incoming_lines
GROUP BY stage, market_type
UNION ALL
SELECT 'refused ' || market_type || ': overround outside 0 to .12', COUNT(*)
FROM pg_temp.refused_quotes
GROUP BY market_type
ORDER BY 1;
