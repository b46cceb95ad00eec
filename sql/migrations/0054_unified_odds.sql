-- staging.betting_odds_unified, a second table of odds in the newest generation of the earlier system. It is looked for
-- when it is read, so that its owner can alter or drop it, and a database without it has nothing to read.
-- depends: 0053_resolved_games

ALTER TABLE staging.odds_games ADD COLUMN game_date DATE;
COMMENT ON COLUMN staging.odds_games.game_date IS 'Day of the game, a day in America/New_York, where a table of odds names it; NULL where it does not.';

CREATE FUNCTION staging.has_unified_odds() RETURNS BOOLEAN LANGUAGE SQL STABLE AS $$
SELECT COUNT(*) = 17
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = TO_REGCLASS('staging.betting_odds_unified') AND NOT a.attisdropped AND a.attname IN (
    'data_source', 'external_game_id', 'mlb_stats_api_game_id', 'home_team', 'away_team', 'game_date',
    'game_start_time', 'sportsbook_external_id', 'sportsbook_name', 'home_moneyline_odds', 'away_moneyline_odds',
    'spread_line', 'home_spread_odds', 'away_spread_odds', 'total_line', 'over_odds', 'under_odds'
)
$$;
COMMENT ON FUNCTION staging.has_unified_odds IS 'Whether staging.betting_odds_unified exists with the columns that are read.';

CREATE FUNCTION staging.unified_odds(from_day DATE, to_day DATE) RETURNS TABLE (
    external_game_id VARCHAR, mlb_stats_api_game_id VARCHAR, home_team VARCHAR, away_team VARCHAR,
    game_start_time TIMESTAMPTZ, book_id VARCHAR, book_name VARCHAR, market_type VARCHAR, side VARCHAR, odds INTEGER,
    line_value NUMERIC, quoted_at TIMESTAMPTZ, collected_at TIMESTAMPTZ
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT staging.has_unified_odds() THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE $q$
        SELECT u.external_game_id, u.mlb_stats_api_game_id, u.home_team, u.away_team, u.game_start_time,
            COALESCE(u.sportsbook_external_id, u.sportsbook_name), u.sportsbook_name,
            p.market_type::VARCHAR, p.side::VARCHAR, p.odds, p.line_value,
            COALESCE(u.odds_timestamp, u.collected_at), u.collected_at
        FROM staging.betting_odds_unified AS u
        CROSS JOIN LATERAL (
            VALUES
                ('moneyline', 'home', u.home_moneyline_odds, NULL::NUMERIC),
                ('moneyline', 'away', u.away_moneyline_odds, NULL),
                ('spread', 'home', u.home_spread_odds, u.spread_line),
                ('spread', 'away', u.away_spread_odds, -u.spread_line),
                ('total', 'over', u.over_odds, u.total_line),
                ('total', 'under', u.under_odds, u.total_line)
        ) AS p (market_type, side, odds, line_value)
        WHERE u.data_source = 'action_network'
            AND COALESCE(u.game_date, (u.game_start_time AT TIME ZONE 'America/New_York')::DATE) BETWEEN $1 AND $2
            AND p.odds IS NOT NULL
    $q$ USING from_day, to_day;
END
$$;
COMMENT ON FUNCTION staging.unified_odds IS 'Prices of Action Network in staging.betting_odds_unified, one row a side; none where there is no such table.';

CREATE FUNCTION staging.log_unified_inserts() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update)
    SELECT 'action_network', external_game_id, COUNT(*), MAX(COALESCE(odds_timestamp, collected_at, NOW()))
    FROM arrived
    WHERE data_source = 'action_network'
    GROUP BY external_game_id;
    INSERT INTO staging.odds_games AS o (external_game_id, game_date)
    SELECT external_game_id, MAX(COALESCE((game_start_time AT TIME ZONE 'America/New_York')::DATE, game_date))
    FROM arrived
    WHERE data_source = 'action_network'
    GROUP BY external_game_id
    ON CONFLICT (external_game_id) DO UPDATE SET game_date = excluded.game_date
    WHERE o.game_date IS DISTINCT FROM excluded.game_date AND excluded.game_date IS NOT NULL;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION staging.log_unified_inserts() FROM PUBLIC;

DO $$
BEGIN
    IF staging.has_unified_odds() THEN
        CREATE TRIGGER mlb_ml_log_inserts
            AFTER INSERT ON staging.betting_odds_unified
            REFERENCING NEW TABLE AS arrived
            FOR EACH STATEMENT EXECUTE FUNCTION staging.log_unified_inserts();
        INSERT INTO staging.odds_games AS o (external_game_id, game_date)
        SELECT u.external_game_id, MAX(COALESCE((u.game_start_time AT TIME ZONE 'America/New_York')::DATE, u.game_date))
        FROM staging.betting_odds_unified AS u
        WHERE u.data_source = 'action_network'
        GROUP BY u.external_game_id
        ON CONFLICT (external_game_id) DO UPDATE SET game_date = excluded.game_date;
    END IF;
END
$$;
