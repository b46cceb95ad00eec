-- newest_features_read.sql: the stored features of the newest decisions about games of a range of days, one version.
-- One row per game, stage and stage of the price: its latest as-of instant. Otherwise as game_features_read.sql.
-- {columns}: of a game as g and its features as f; {first_day}, {last_day}: official dates, both included;
-- {feature_version}; {games}: of these alone, NULL means all.
SELECT {columns}
FROM curated.resolved_games AS g
-- The keys alone first: a game that was priced six hundred times has as many rows of a hundred columns.
CROSS JOIN LATERAL (
    SELECT stage, MAX(as_of) AS as_of
    FROM curated.game_features
    WHERE game_id = g.id AND feature_version = {feature_version}
    GROUP BY stage, price_stage
    OFFSET 0
) AS n
INNER JOIN curated.game_features AS f ON f.game_id = g.id AND f.stage = n.stage AND f.as_of = n.as_of
WHERE g.game_date BETWEEN {first_day} AND {last_day}
    AND ({games}::INTEGER[] IS NULL OR g.id = ANY({games}::INTEGER[]))
