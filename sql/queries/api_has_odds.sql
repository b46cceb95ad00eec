-- api_has_odds.sql: does this database hold any price of a game? One row.
SELECT EXISTS (SELECT 1 FROM curated.market_lines) AS has_odds;
