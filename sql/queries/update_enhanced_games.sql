-- update_enhanced_games.sql: what do all sources together say of these games?
-- One row: how many games changed, of :game_ids. Rows that would not change are not written. Per field the most believed
-- source that has it counts, its latest version first. A row is ours where a schedule or game log made it ('authority').
-- In rows of other programs only NULLs are filled; what we know better goes to curated.game_corrections.
-- data_quality_score: share of eight questions answered yes: start recorded; park known; both starters announced; both
--   lineups; weather or a closed roof; any price; a result where the game is over; nothing noted.
-- mlb_correlation_confidence: confidence of the link that brought the gamePk; 0 without one, .5 where it is in doubt.
-- source_coverage_score: linked sources / 4 (schedule, box scores, odds, splits are at best four), at most 1.
-- Starters are those announced. Their ERA is of starts this season known before first pitch; 100 and more does not fit.
-- %(game_ids)s; %(now)s  what became known later is left out
WITH touched AS MATERIALIZED (
    SELECT UNNEST(%(game_ids)s::INTEGER[]) AS game_id
),
linked AS MATERIALIZED (
    SELECT l.game_id, l.source, l.source_game_id, l.rank, l.reversed, l.confidence, l.game_pk
    FROM touched AS t
    JOIN staging.linked_games AS l USING (game_id)
),
sources AS MATERIALIZED (
    SELECT
        game_id,
        COUNT(DISTINCT source) AS sources,
        JSONB_AGG(DISTINCT source) AS names,
        (ARRAY_AGG(game_pk ORDER BY rank) FILTER (WHERE game_pk IS NOT NULL))[1] AS game_pk,
        (ARRAY_AGG(confidence ORDER BY rank) FILTER (WHERE game_pk IS NOT NULL))[1] AS confidence
    FROM linked
    GROUP BY game_id
),
lead AS MATERIALIZED (
    SELECT DISTINCT ON (l.game_id) l.game_id, g.*
    FROM linked AS l
    JOIN staging.source_games AS g USING (source, source_game_id)
    WHERE l.rank <= 3
    ORDER BY l.game_id, l.rank
),
listed AS MATERIALIZED (
    -- A game without a schedule: its row may have the date of the start in UTC, and other codes for the clubs.
    SELECT DISTINCT ON (l.game_id) l.game_id, g.game_date, g.home_team, g.away_team
    FROM linked AS l
    JOIN staging.source_games AS g USING (source, source_game_id)
    WHERE l.source = 'action_network'
    ORDER BY l.game_id, l.source_game_id
),
doubted AS MATERIALIZED (
    SELECT game_id FROM lead WHERE status_detail LIKE 'gamePk%%'
),
result AS MATERIALIZED (
    SELECT DISTINCT ON (l.game_id)
        l.game_id,
        CASE WHEN l.reversed THEN r.away_score ELSE r.home_score END AS home_score,
        CASE WHEN l.reversed THEN r.home_score ELSE r.away_score END AS away_score
    FROM linked AS l
    JOIN staging.game_results AS r USING (source, source_game_id)
    LEFT JOIN lead AS d USING (game_id)
    WHERE staging.is_score_of_game(d.status, d.scheduled_start, r.known_at)
        AND r.known_at <= %(now)s
    ORDER BY l.game_id, l.rank, r.known_at DESC
),
weather AS MATERIALIZED (
    SELECT
        l.game_id,
        (ARRAY_AGG(c.temperature_fahrenheit ORDER BY l.rank, c.known_at DESC)
            FILTER (WHERE c.temperature_fahrenheit IS NOT NULL))[1] AS temperature,
        (ARRAY_AGG(c.wind_speed_mph ORDER BY l.rank, c.known_at DESC)
            FILTER (WHERE c.wind_speed_mph IS NOT NULL))[1] AS wind_speed,
        (ARRAY_AGG(c.wind_direction ORDER BY l.rank, c.known_at DESC)
            FILTER (WHERE c.wind_direction IS NOT NULL))[1] AS wind_direction,
        (ARRAY_AGG(c.sky ORDER BY l.rank, c.known_at DESC) FILTER (WHERE c.sky IS NOT NULL))[1] AS sky,
        BOOL_OR(c.roof_closed) AS roof_closed
    FROM linked AS l
    JOIN staging.game_conditions AS c USING (source, source_game_id)
    WHERE c.known_at <= %(now)s
    GROUP BY l.game_id
),
announced AS MATERIALIZED (
    SELECT DISTINCT ON (l.game_id, h.home)
        l.game_id, h.home, p.player_id, COALESCE(n.full_name, p.player_name) AS name, n.throws
    FROM linked AS l
    JOIN staging.probable_starters AS p USING (source, source_game_id)
    CROSS JOIN LATERAL (SELECT (p.side = 'home') <> l.reversed AS home) AS h
    LEFT JOIN staging.people AS n USING (player_id)
    WHERE p.known_at <= %(now)s
    ORDER BY l.game_id, h.home, l.rank, p.known_at DESC
),
starters AS MATERIALIZED (
    SELECT a.game_id, a.home, a.player_id, a.name, a.throws, era.average
    FROM announced AS a
    LEFT JOIN lead AS l USING (game_id)
    LEFT JOIN LATERAL (
        SELECT ROUND(27.0 * SUM(s.earned_runs) / NULLIF(SUM(s.outs), 0), 2) AS average
        FROM staging.starter_lines AS s
        WHERE s.player_id = a.player_id
            AND s.known_at >= MAKE_DATE(l.season, 1, 1)
            AND s.known_at < l.scheduled_start
    ) AS era ON TRUE
),
nines AS MATERIALIZED (
    SELECT l.game_id, COUNT(DISTINCT n.side) AS sides
    FROM linked AS l
    JOIN staging.lineups AS n USING (source, source_game_id)
    WHERE n.known_at <= %(now)s
    GROUP BY l.game_id
),
priced AS MATERIALIZED (
    SELECT DISTINCT l.game_id
    FROM linked AS l
    -- In the order of the keys, which only the index has: an EXISTS reads the table in hope of an early row.
    WHERE (
            SELECT q.feed FROM staging.archive_quotes AS q
            WHERE q.source_game_id = l.source_game_id AND q.source = l.source
                AND q.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND q.updated_at < %(quotes_until)s::TIMESTAMPTZ
            ORDER BY q.feed
            LIMIT 1
        ) IS NOT NULL
        OR (
            SELECT q.book_id FROM staging.source_quotes AS q
            WHERE q.source_game_id = l.source_game_id AND q.source = l.source
                AND q.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND q.updated_at < %(quotes_until)s::TIMESTAMPTZ
            ORDER BY q.book_id
            LIMIT 1
        ) IS NOT NULL
        OR (l.source = 'action_network' AND (
            SELECT q.sportsbook_external_id FROM staging.action_network_odds_historical AS q
            WHERE q.external_game_id = l.source_game_id
            ORDER BY q.sportsbook_external_id
            LIMIT 1
        ) IS NOT NULL)
        -- Its quotes may be in the archive tier alone.
        OR (SELECT m.stage FROM curated.market_lines AS m WHERE m.game_id = l.game_id ORDER BY m.stage LIMIT 1) IS NOT NULL
),
facts AS MATERIALIZED (
    SELECT
        e.id,
        l.source IS NOT NULL AS has_lead,
        COALESCE(s.game_pk::VARCHAR(50), e.mlb_stats_api_game_id) AS mlb_stats_api_game_id,
        COALESCE(l.home_team, o.home_team, e.home_team) AS home_team,
        COALESCE(l.away_team, o.away_team, e.away_team) AS away_team,
        COALESCE(l.game_date, o.game_date, e.game_date) AS game_date,
        COALESCE(l.scheduled_start, e.game_datetime) AS game_datetime,
        COALESCE(l.season, e.season) AS season,
        COALESCE(l.season_type, e.season_type) AS season_type,
        COALESCE(l.game_number, e.game_number)::INTEGER AS game_number,
        COALESCE(l.venue_name, e.venue_name) AS venue_name,
        CASE WHEN w.temperature BETWEEN -20 AND 120 THEN w.temperature ELSE e.temperature_fahrenheit END AS temperature,
        CASE WHEN w.wind_speed BETWEEN 0 AND 100 THEN w.wind_speed ELSE e.wind_speed_mph END AS wind_speed,
        CASE WHEN LENGTH(w.wind_direction) <= 10 THEN w.wind_direction ELSE e.wind_direction END AS wind_direction,
        COALESCE(w.sky, e.weather_condition) AS sky,
        COALESCE(r.home_score, CASE WHEN l.source IS NULL THEN e.home_score END) AS home_score,
        COALESCE(r.away_score, CASE WHEN l.source IS NULL THEN e.away_score END) AS away_score,
        CASE
            WHEN l.source IS NULL THEN e.game_status
            WHEN l.status = 'final' AND r.game_id IS NULL AND l.scheduled_start > %(now)s THEN 'scheduled'
            WHEN l.status = 'final' AND r.game_id IS NULL THEN 'live'
            ELSE l.status
        END AS game_status,
        COALESCE(h.name, e.home_pitcher_name) AS home_pitcher_name,
        COALESCE(a.name, e.away_pitcher_name) AS away_pitcher_name,
        CASE WHEN h.average < 100 THEN h.average WHEN h.game_id IS NULL THEN e.home_pitcher_era END AS home_era,
        CASE WHEN a.average < 100 THEN a.average WHEN a.game_id IS NULL THEN e.away_pitcher_era END AS away_era,
        CASE WHEN h.throws IN ('L', 'R') THEN h.throws WHEN h.game_id IS NULL THEN e.home_pitcher_throws END AS home_throws,
        CASE WHEN a.throws IN ('L', 'R') THEN a.throws WHEN a.game_id IS NULL THEN e.away_pitcher_throws END AS away_throws,
        ARRAY_REMOVE(
            ARRAY[
                CASE WHEN d.game_id IS NOT NULL THEN 'gamePk perhaps exchanged within the doubleheader' END,
                CASE WHEN h.average >= 100 THEN 'home starter''s ERA ' || h.average || ' does not fit' END,
                CASE WHEN a.average >= 100 THEN 'away starter''s ERA ' || a.average || ' does not fit' END,
                CASE WHEN h.throws = 'B' THEN 'home starter throws with both hands' END,
                CASE WHEN a.throws = 'B' THEN 'away starter throws with both hands' END,
                CASE WHEN LENGTH(w.wind_direction) > 10 THEN 'wind direction ' || w.wind_direction || ' does not fit' END,
                CASE WHEN w.temperature NOT BETWEEN -20 AND 120 THEN 'temperature ' || w.temperature || ' refused' END,
                CASE WHEN w.wind_speed NOT BETWEEN 0 AND 100 THEN 'wind speed ' || w.wind_speed || ' refused' END,
                CASE WHEN l.status = 'final' AND r.game_id IS NULL THEN 'final without a score' END
            ],
            NULL
        ) AS notes,
        COALESCE(s.names, '[]'::JSONB) AS names,
        NOT COALESCE(l.start_assumed, TRUE) AS start_recorded,
        l.park_id IS NOT NULL AS park_known,
        h.player_id IS NOT NULL AND a.player_id IS NOT NULL AS starters_known,
        COALESCE(n.sides, 0) = 2 AS lineups_known,
        w.temperature IS NOT NULL OR COALESCE(w.roof_closed, FALSE) AS weather_known,
        p.game_id IS NOT NULL AS price_known,
        COALESCE(l.status <> 'final', TRUE) OR r.game_id IS NOT NULL AS result_known,
        CASE WHEN s.game_pk IS NULL THEN 0 WHEN d.game_id IS NOT NULL THEN 0.5 ELSE s.confidence END AS confidence,
        LEAST(1, COALESCE(s.sources, 0) / 4.0) AS coverage
    FROM touched AS t
    JOIN curated.enhanced_games AS e ON e.id = t.game_id
    LEFT JOIN sources AS s USING (game_id)
    LEFT JOIN lead AS l USING (game_id)
    LEFT JOIN listed AS o USING (game_id)
    LEFT JOIN doubted AS d USING (game_id)
    LEFT JOIN result AS r USING (game_id)
    LEFT JOIN weather AS w USING (game_id)
    LEFT JOIN starters AS h ON h.game_id = t.game_id AND h.home
    LEFT JOIN starters AS a ON a.game_id = t.game_id AND NOT a.home
    LEFT JOIN nines AS n ON n.game_id = t.game_id
    LEFT JOIN priced AS p ON p.game_id = t.game_id
),
new_rows AS (
    SELECT
        f.id, f.mlb_stats_api_game_id, f.home_team, f.away_team, hn.full_name AS home_name, an.full_name AS away_name,
        f.game_date, (f.game_datetime AT TIME ZONE %(eastern)s)::TIME AS game_time, f.game_datetime, f.season,
        f.season_type, f.game_number, f.venue_name, k.city, k.state, k.timezone, f.temperature, f.wind_speed,
        f.wind_direction, f.sky, f.home_score, f.away_score,
        CASE
            WHEN f.game_status <> 'final' OR f.home_score = f.away_score THEN NULL
            WHEN f.home_score > f.away_score THEN f.home_team
            ELSE f.away_team
        END AS winning_team,
        f.game_status, f.home_pitcher_name, f.away_pitcher_name, f.home_era, f.away_era, f.home_throws, f.away_throws,
        JSONB_BUILD_OBJECT('sources', f.names)
            || CASE WHEN f.notes = '{}' THEN '{}' ELSE JSONB_BUILD_OBJECT('notes', TO_JSONB(f.notes)) END AS metadata,
        ROUND(
            (
                f.start_recorded::INT + f.park_known::INT + f.starters_known::INT + f.lineups_known::INT
                + f.weather_known::INT + f.price_known::INT + f.result_known::INT + (f.notes = '{}')::INT
            ) / 8.0, 2
        ) AS quality,
        ROUND(f.confidence, 2) AS confidence,
        ROUND(f.coverage, 2) AS coverage,
        EXISTS (
            SELECT 1 FROM curated.game_identity AS i WHERE i.game_id = f.id AND i.method = 'authority'
        ) AS is_ours
    FROM facts AS f
    LEFT JOIN game_names AS hn ON hn.code = f.home_team AND f.game_date BETWEEN hn.valid_from AND hn.valid_to
    LEFT JOIN game_names AS an ON an.code = f.away_team AND f.game_date BETWEEN an.valid_from AND an.valid_to
    LEFT JOIN lead AS l ON l.game_id = f.id
    LEFT JOIN game_places AS k ON k.park_id = l.park_id
),
-- The gamePk and Action Network's id are filled in where no other row has them, so that other programs find the game.
-- An id that a link now gives to another game leaves a row of ours.
ids AS (
    SELECT
        n.id,
        CASE
            WHEN NOT EXISTS (
                SELECT 1 FROM curated.enhanced_games AS o WHERE o.mlb_stats_api_game_id = n.mlb_stats_api_game_id
            ) THEN n.mlb_stats_api_game_id
        END AS game_pk,
        COALESCE(
            (
                SELECT MIN(i.source_game_id)::INTEGER
                FROM curated.game_identity AS i
                WHERE i.game_id = n.id AND i.source = 'action_network' AND i.source_game_id ~ '^[0-9]{1,9}$'
                    AND i.confidence >= 0.9
                    AND NOT EXISTS (
                        SELECT 1
                        FROM curated.enhanced_games AS o
                        WHERE o.action_network_game_id = i.source_game_id::INTEGER AND o.id <> n.id
                    )
                HAVING COUNT(*) = 1
            ),
            (
                SELECT e.action_network_game_id
                FROM curated.enhanced_games AS e
                WHERE e.id = n.id AND NOT EXISTS (
                    SELECT 1
                    FROM curated.game_identity AS i
                    WHERE i.source = 'action_network' AND i.source_game_id = e.action_network_game_id::VARCHAR(100)
                        AND i.game_id <> n.id
                )
            )
        ) AS action_network_game_id
    FROM new_rows AS n
),
own_rows AS (
    UPDATE curated.enhanced_games AS e
    SET mlb_stats_api_game_id = n.mlb_stats_api_game_id,
        action_network_game_id = k.action_network_game_id,
        home_team = n.home_team,
        away_team = n.away_team,
        home_team_full_name = COALESCE(n.home_name, e.home_team_full_name),
        away_team_full_name = COALESCE(n.away_name, e.away_team_full_name),
        game_date = n.game_date,
        game_time = n.game_time,
        game_datetime = n.game_datetime,
        season = n.season,
        season_type = n.season_type,
        game_type = n.season_type,
        game_number = n.game_number,
        venue_name = n.venue_name,
        venue_city = COALESCE(n.city, e.venue_city),
        venue_state = COALESCE(n.state, e.venue_state),
        venue_timezone = COALESCE(n.timezone, e.venue_timezone),
        temperature_fahrenheit = n.temperature,
        wind_speed_mph = n.wind_speed,
        wind_direction = n.wind_direction,
        weather_condition = n.sky,
        home_score = n.home_score,
        away_score = n.away_score,
        winning_team = n.winning_team,
        game_status = n.game_status,
        home_pitcher_name = n.home_pitcher_name,
        away_pitcher_name = n.away_pitcher_name,
        home_pitcher_era = n.home_era,
        away_pitcher_era = n.away_era,
        home_pitcher_throws = n.home_throws,
        away_pitcher_throws = n.away_throws,
        ml_metadata = COALESCE(e.ml_metadata, '{}') - 'notes' || n.metadata,
        data_quality_score = n.quality,
        mlb_correlation_confidence = n.confidence,
        source_coverage_score = n.coverage,
        updated_at = NOW()
    FROM new_rows AS n
    JOIN ids AS k USING (id)
    WHERE e.id = n.id AND n.is_ours
        AND (
            e.mlb_stats_api_game_id, e.action_network_game_id, e.home_team, e.away_team, e.home_team_full_name, e.away_team_full_name, e.game_date,
            e.game_time, e.game_datetime, e.season, e.season_type, e.game_type, e.game_number, e.venue_name, e.venue_city,
            e.venue_state, e.venue_timezone, e.temperature_fahrenheit, e.wind_speed_mph, e.wind_direction,
            e.weather_condition, e.home_score, e.away_score, e.winning_team, e.game_status, e.home_pitcher_name,
            e.away_pitcher_name, e.home_pitcher_era, e.away_pitcher_era, e.home_pitcher_throws, e.away_pitcher_throws,
            e.ml_metadata, e.data_quality_score, e.mlb_correlation_confidence, e.source_coverage_score
        ) IS DISTINCT FROM (
            n.mlb_stats_api_game_id, k.action_network_game_id, n.home_team, n.away_team, COALESCE(n.home_name, e.home_team_full_name),
            COALESCE(n.away_name, e.away_team_full_name), n.game_date, n.game_time, n.game_datetime, n.season, n.season_type,
            n.season_type, n.game_number, n.venue_name, COALESCE(n.city, e.venue_city), COALESCE(n.state, e.venue_state),
            COALESCE(n.timezone, e.venue_timezone), n.temperature, n.wind_speed, n.wind_direction, n.sky, n.home_score,
            n.away_score, n.winning_team, n.game_status, n.home_pitcher_name, n.away_pitcher_name, n.home_era, n.away_era,
            n.home_throws, n.away_throws, COALESCE(e.ml_metadata, '{}') - 'notes' || n.metadata, n.quality, n.confidence,
            n.coverage
        )
    RETURNING e.id
),
-- A row of another program keeps every value that it has.
adopted_rows AS (
    UPDATE curated.enhanced_games AS e
    SET mlb_stats_api_game_id = COALESCE(e.mlb_stats_api_game_id, k.game_pk),
        action_network_game_id = COALESCE(e.action_network_game_id, k.action_network_game_id),
        venue_name = COALESCE(e.venue_name, n.venue_name),
        venue_city = COALESCE(e.venue_city, n.city),
        venue_state = COALESCE(e.venue_state, n.state),
        venue_timezone = COALESCE(e.venue_timezone, n.timezone),
        temperature_fahrenheit = COALESCE(e.temperature_fahrenheit, n.temperature),
        wind_speed_mph = COALESCE(e.wind_speed_mph, n.wind_speed),
        wind_direction = COALESCE(e.wind_direction, n.wind_direction),
        weather_condition = COALESCE(e.weather_condition, n.sky),
        home_pitcher_name = COALESCE(e.home_pitcher_name, n.home_pitcher_name),
        away_pitcher_name = COALESCE(e.away_pitcher_name, n.away_pitcher_name),
        home_pitcher_era = COALESCE(e.home_pitcher_era, n.home_era),
        away_pitcher_era = COALESCE(e.away_pitcher_era, n.away_era),
        home_pitcher_throws = COALESCE(e.home_pitcher_throws, n.home_throws),
        away_pitcher_throws = COALESCE(e.away_pitcher_throws, n.away_throws),
        home_team_full_name = COALESCE(e.home_team_full_name, n.home_name),
        away_team_full_name = COALESCE(e.away_team_full_name, n.away_name),
        game_time = COALESCE(e.game_time, n.game_time),
        season_type = COALESCE(e.season_type, n.season_type),
        game_type = COALESCE(e.game_type, n.season_type),
        game_number = COALESCE(e.game_number, n.game_number)
    FROM new_rows AS n
    JOIN ids AS k USING (id)
    WHERE e.id = n.id AND NOT n.is_ours
        AND (
            e.mlb_stats_api_game_id, e.action_network_game_id, e.venue_name, e.venue_city, e.venue_state, e.venue_timezone, e.temperature_fahrenheit, e.wind_speed_mph,
            e.wind_direction, e.weather_condition, e.home_pitcher_name, e.away_pitcher_name, e.home_pitcher_era,
            e.away_pitcher_era, e.home_pitcher_throws, e.away_pitcher_throws, e.home_team_full_name,
            e.away_team_full_name, e.game_time, e.season_type, e.game_type, e.game_number
        ) IS DISTINCT FROM (
            COALESCE(e.mlb_stats_api_game_id, k.game_pk), COALESCE(e.action_network_game_id, k.action_network_game_id),
            COALESCE(e.venue_name, n.venue_name), COALESCE(e.venue_city, n.city), COALESCE(e.venue_state, n.state),
            COALESCE(e.venue_timezone, n.timezone), COALESCE(e.temperature_fahrenheit, n.temperature),
            COALESCE(e.wind_speed_mph, n.wind_speed), COALESCE(e.wind_direction, n.wind_direction),
            COALESCE(e.weather_condition, n.sky), COALESCE(e.home_pitcher_name, n.home_pitcher_name),
            COALESCE(e.away_pitcher_name, n.away_pitcher_name), COALESCE(e.home_pitcher_era, n.home_era),
            COALESCE(e.away_pitcher_era, n.away_era), COALESCE(e.home_pitcher_throws, n.home_throws),
            COALESCE(e.away_pitcher_throws, n.away_throws), COALESCE(e.home_team_full_name, n.home_name),
            COALESCE(e.away_team_full_name, n.away_name), COALESCE(e.game_time, n.game_time),
            COALESCE(e.season_type, n.season_type), COALESCE(e.game_type, n.season_type),
            COALESCE(e.game_number, n.game_number)
        )
    RETURNING e.id
),
corrections AS (
    SELECT
        n.id, n.home_team, n.away_team, n.game_date, n.game_datetime, n.season, n.season_type, n.game_number,
        n.game_status, n.home_score, n.away_score,
        (
            e.home_team, e.away_team, e.game_date, e.game_datetime, e.season, COALESCE(e.season_type, n.season_type),
            COALESCE(e.game_number, n.game_number), e.game_status, e.home_score, e.away_score
        ) IS DISTINCT FROM (
            n.home_team, n.away_team, n.game_date, n.game_datetime, n.season, n.season_type, n.game_number,
            n.game_status, n.home_score, n.away_score
        ) AS is_needed
    FROM new_rows AS n
    JOIN curated.enhanced_games AS e ON e.id = n.id
    WHERE NOT n.is_ours
),
dropped AS (
    DELETE FROM curated.game_corrections AS c
    USING corrections AS n
    WHERE c.game_id = n.id AND NOT n.is_needed
    RETURNING c.game_id
),
corrected AS (
    INSERT INTO curated.game_corrections AS c (
        game_id, home_team, away_team, game_date, game_datetime, season, season_type, game_number, game_status,
        home_score, away_score
    )
    SELECT
        id, home_team, away_team, game_date, game_datetime, season, season_type, game_number, game_status, home_score,
        away_score
    FROM corrections
    WHERE is_needed
    ON CONFLICT (game_id) DO UPDATE
    SET home_team = excluded.home_team,
        away_team = excluded.away_team,
        game_date = excluded.game_date,
        game_datetime = excluded.game_datetime,
        season = excluded.season,
        season_type = excluded.season_type,
        game_number = excluded.game_number,
        game_status = excluded.game_status,
        home_score = excluded.home_score,
        away_score = excluded.away_score,
        updated_at = NOW()
    WHERE (
            c.home_team, c.away_team, c.game_date, c.game_datetime, c.season, c.season_type, c.game_number,
            c.game_status, c.home_score, c.away_score
        ) IS DISTINCT FROM (
            excluded.home_team, excluded.away_team, excluded.game_date, excluded.game_datetime, excluded.season,
            excluded.season_type, excluded.game_number, excluded.game_status, excluded.home_score, excluded.away_score
        )
    RETURNING c.game_id
)
SELECT COUNT(*)::INTEGER AS games_updated
FROM (
    SELECT id FROM own_rows UNION SELECT id FROM adopted_rows UNION SELECT game_id FROM corrected
    UNION SELECT game_id FROM dropped
) AS changed;
