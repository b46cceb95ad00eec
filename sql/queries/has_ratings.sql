-- has_ratings.sql: is any player rated? One row.
SELECT EXISTS (SELECT 1 FROM curated.player_ratings) AS has_ratings;
