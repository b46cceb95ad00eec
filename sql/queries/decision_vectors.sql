-- decision_vectors.sql: which stored vector belongs to each decision of the days?
-- One row a game, stage and instant of one feature version; a vector's version ends in its stage.
-- :games alone; NULL means all.
SELECT v.game_id, SPLIT_PART(v.feature_version, '-', 2) AS stage, v.feature_cutoff_time AS as_of,
    v.id AS feature_vector_id
FROM curated.ml_feature_vectors AS v
JOIN curated.resolved_games AS g ON g.id = v.game_id
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND v.feature_version IN (%(version)s || '-open', %(version)s || '-lineup')
    AND (%(games)s::INTEGER[] IS NULL OR v.game_id = ANY(%(games)s::INTEGER[]));
