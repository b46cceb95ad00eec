-- No statistics of features: no statement searches or joins by one, and of a table of 49,000 rows they take nine tenths of
-- an ANALYZE, which autovacuum repeats with every tenth of the rows that a backfill adds.
-- depends: 0195_months_of_odds

DO $$
DECLARE
    feature TEXT;
BEGIN
    FOR feature IN
        SELECT a.attname
        FROM pg_attribute AS a
        WHERE a.attrelid = 'curated.game_features'::REGCLASS AND a.attnum > 0 AND NOT a.attisdropped
            AND a.atttypid = 'REAL'::REGTYPE
    LOOP
        EXECUTE format('ALTER TABLE curated.game_features ALTER COLUMN %I SET STATISTICS 0', feature);
    END LOOP;
END
$$;
