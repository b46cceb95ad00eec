-- merge_feature_vectors.sql: store the vectors that pg_temp.incoming_vectors holds, and say which rows they are.
-- One row per incoming vector: game, cutoff, version, id, hash as stored. A vector once stored is never rewritten:
-- predictions refer to it. The source flags say whether a source had linked the game by then; none counts twice.
WITH sources AS (
    SELECT
        game_id,
        bool_or(source = 'action_network') AS action_network,
        bool_or(source = 'vsin') AS vsin,
        bool_or(source = 'sportsbettingdime') AS sbd,
        bool_or(source = 'mlb_stats_api') AS mlb_stats_api
    FROM curated.game_identity
    WHERE game_id IN (SELECT game_id FROM pg_temp.incoming_vectors)
    GROUP BY game_id
),
written AS (
    INSERT INTO curated.ml_feature_vectors (
        game_id, feature_cutoff_time, feature_version, feature_hash, temporal_features, market_features, team_features,
        betting_splits_features, derived_features, feature_completeness_score, missing_feature_count,
        total_feature_count, data_source_coverage, action_network_data, vsin_data, sbd_data, mlb_stats_api_data
    )
    SELECT
        v.game_id, v.feature_cutoff_time, v.feature_version, v.feature_hash, v.temporal_features, v.market_features,
        v.team_features, v.betting_splits_features, v.derived_features, v.feature_completeness_score,
        v.missing_feature_count, v.total_feature_count,
        COALESCE(s.action_network::INT + s.vsin::INT + s.sbd::INT + s.mlb_stats_api::INT, 0),
        COALESCE(s.action_network, FALSE), COALESCE(s.vsin, FALSE), COALESCE(s.sbd, FALSE),
        COALESCE(s.mlb_stats_api, FALSE)
    FROM pg_temp.incoming_vectors AS v
    LEFT JOIN sources AS s ON s.game_id = v.game_id
    ON CONFLICT (game_id, feature_version, feature_cutoff_time) DO NOTHING
    RETURNING id, game_id, feature_cutoff_time, feature_version, feature_hash
)
SELECT w.game_id, w.feature_cutoff_time, w.feature_version, w.id, w.feature_hash, TRUE AS fresh
FROM written AS w
UNION ALL
SELECT t.game_id, t.feature_cutoff_time, t.feature_version, t.id, t.feature_hash, FALSE
FROM curated.ml_feature_vectors AS t
INNER JOIN pg_temp.incoming_vectors AS v
    ON (t.game_id, t.feature_version, t.feature_cutoff_time) = (v.game_id, v.feature_version, v.feature_cutoff_time);
