-- The odds of other programs' table by month: it is no partitioned one, so the archive tier read all its rows for those of
-- a month. A block-range index of 536 kB (12 million rows) leads to the pages; several ranges a block range, because space
-- that a vacuum frees on old pages takes new rows.
-- depends: 0185_months_compared

DO $$
BEGIN
    -- A table that another program owns keeps its own indexes. In 4 GB writers wait 13 s for it; for a larger table
    -- `mlb-ml contract` gives the statement that lets them write.
    IF pg_has_role(
            (SELECT relowner FROM pg_class WHERE oid = 'staging.action_network_odds_historical'::REGCLASS), 'USAGE'
        )
        AND pg_relation_size('staging.action_network_odds_historical') < 4::BIGINT << 30
        AND (
            SELECT atttypid = 'TIMESTAMPTZ'::REGTYPE
            FROM pg_attribute
            WHERE attrelid = 'staging.action_network_odds_historical'::REGCLASS AND attname = 'updated_at'
        )
    THEN
        CREATE INDEX action_network_odds_historical_by_month ON staging.action_network_odds_historical
        USING brin (updated_at timestamptz_minmax_multi_ops);
    END IF;
END;
$$;
