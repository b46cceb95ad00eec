-- game_features_read.sql: the stored features of games of a range of days, one version.
-- One row per game, stage and as-of instant, in no order; every column NOT NULL and of fixed width, for binary COPY.
-- {columns}: of a game as g and its features as f; {first_day}, {last_day}: official dates, both included;
-- {feature_version}; {games}: of these alone, NULL means all.
SELECT {columns}
FROM curated.game_features AS f
INNER JOIN curated.resolved_games AS g ON g.id = f.game_id
WHERE g.game_date BETWEEN {first_day} AND {last_day}
    AND f.feature_version = {feature_version}
    AND ({games}::INTEGER[] IS NULL OR f.game_id = ANY({games}::INTEGER[]))
