-- game_features_merge.sql: take over the features of {incoming}, and say how many changed.
-- One row: inserted, updated. Equal rows are not touched, so that running again writes nothing.
-- {incoming}: rows of STORED and the feature columns; {features}, {excluded}, {stored}: these, plain and of either side;
-- :feature_version.
WITH written AS (
    INSERT INTO curated.game_features AS t (game_id, stage, as_of, known_at, price_stage, feature_version, {features})
    SELECT
        game_id,
        CASE WHEN is_lineup THEN 'lineup' ELSE 'open' END,
        as_of,
        known_at,
        CASE WHEN priced_at_lineup THEN 'lineup' ELSE 'open' END,
        %(feature_version)s,
        {features}
    FROM {incoming}
    ON CONFLICT (game_id, stage, as_of) DO UPDATE
    SET (known_at, price_stage, feature_version, {features})
        = (excluded.known_at, excluded.price_stage, excluded.feature_version, {excluded})
    WHERE (t.known_at, t.price_stage, t.feature_version, {stored})
        IS DISTINCT FROM (excluded.known_at, excluded.price_stage, excluded.feature_version, {excluded})
    RETURNING (t.xmax = 0) AS fresh
)
SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM written;
