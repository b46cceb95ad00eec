-- decision_vectors.sql: which stored vector belongs to each of these decisions?
-- One row a game, stage and instant of one feature version; a vector's version ends in its stage.
-- :game_ids, :stages, :instants  arrays of equal length, the decisions; :version
SELECT v.game_id, d.stage, v.feature_cutoff_time AS as_of, v.id AS feature_vector_id
FROM UNNEST(%(game_ids)s::INTEGER[], %(stages)s::TEXT[], %(instants)s::TIMESTAMPTZ[]) AS d (game_id, stage, as_of)
JOIN curated.ml_feature_vectors AS v
    ON v.game_id = d.game_id AND v.feature_version = %(version)s || '-' || d.stage AND v.feature_cutoff_time = d.as_of;
