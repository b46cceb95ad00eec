-- standing_links.sql: which records of these days have their game already?
-- One row per linked record. %(from_day)s, %(to_day)s  official dates, both included.
SELECT i.source, i.source_game_id, i.game_id
FROM staging.source_games AS g
JOIN curated.game_identity AS i USING (source, source_game_id)
WHERE g.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1;
