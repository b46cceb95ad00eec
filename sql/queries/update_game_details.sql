-- update_game_details.sql: what do the sources say of these games that curated.enhanced_games has no column for?
-- One row per game of :game_ids that has a schedule's, a game log's or an odds page's record; unchanged rows are not written.
-- Starters and umpire are the actual ones.
-- %(game_ids)s; %(now)s  what became known later is left out
WITH linked AS MATERIALIZED (
    SELECT l.game_id, l.source, l.source_game_id, l.rank, l.reversed
    FROM UNNEST(%(game_ids)s::INTEGER[]) AS t (game_id)
    JOIN staging.linked_games AS l USING (game_id)
),
lead AS (
    SELECT DISTINCT ON (l.game_id)
        l.game_id, g.park_id, g.day_night, g.neutral_site, g.doubleheader, g.scheduled_innings, g.start_assumed, g.status,
        g.scheduled_start
    FROM linked AS l
    JOIN staging.source_games AS g USING (source, source_game_id)
    -- Odds of other programs may come with no schedule: their listing then says that the game exists.
    WHERE l.rank <= 3 OR l.source = 'action_network'
    ORDER BY l.game_id, l.rank
),
reported AS MATERIALIZED (
    SELECT
        l.game_id, l.source, l.rank, l.reversed, r.known_at, r.first_pitch, r.innings, r.suspended, r.home_bats_first,
        r.home_starter_id, r.away_starter_id, r.home_score, r.away_score
    FROM linked AS l
    JOIN staging.game_results AS r USING (source, source_game_id)
    LEFT JOIN lead AS d USING (game_id)
    WHERE staging.is_score_of_game(d.status, d.scheduled_start, r.known_at)
        AND r.known_at <= %(now)s
),
result AS (
    SELECT
        r.game_id,
        (ARRAY_AGG(r.first_pitch ORDER BY r.rank, r.known_at DESC) FILTER (WHERE r.first_pitch IS NOT NULL))[1]
            AS first_pitch,
        (ARRAY_AGG(r.innings ORDER BY r.rank, r.known_at DESC) FILTER (WHERE r.innings IS NOT NULL))[1] AS innings,
        (ARRAY_AGG(r.suspended ORDER BY r.rank, r.known_at DESC))[1] AS suspended,
        BOOL_OR(r.home_bats_first) AS home_bats_first,
        (ARRAY_AGG(
            CASE WHEN r.reversed THEN r.away_starter_id ELSE r.home_starter_id END ORDER BY r.rank, r.known_at DESC
        ) FILTER (WHERE COALESCE(r.home_starter_id, r.away_starter_id) IS NOT NULL))[1] AS home_starter_id,
        (ARRAY_AGG(
            CASE WHEN r.reversed THEN r.home_starter_id ELSE r.away_starter_id END ORDER BY r.rank, r.known_at DESC
        ) FILTER (WHERE COALESCE(r.home_starter_id, r.away_starter_id) IS NOT NULL))[1] AS away_starter_id,
        BOOL_OR(r.suspended) AS was_suspended
    FROM reported AS r
    GROUP BY r.game_id
),
last_word AS (
    SELECT DISTINCT ON (r.game_id, r.source)
        r.game_id, r.rank, r.known_at,
        CASE WHEN r.reversed THEN r.away_score ELSE r.home_score END AS home_score,
        CASE WHEN r.reversed THEN r.home_score ELSE r.away_score END AS away_score
    FROM reported AS r
    ORDER BY r.game_id, r.source, r.known_at DESC
),
knowable AS (
    -- The first source that reports the believed score makes it known: a schedule that is fetched years later does not
    -- hide a season's results from its models. A suspended game's end is later than its day, which not every source
    -- says: the instant is that of the most believed one.
    SELECT DISTINCT ON (w.game_id)
        w.game_id, w.known_at AS believed_at,
        MIN(w.known_at) OVER (PARTITION BY w.game_id, w.home_score, w.away_score) AS first_at
    FROM last_word AS w
    ORDER BY w.game_id, w.rank
),
umpire AS (
    SELECT
        l.game_id,
        (ARRAY_AGG(c.umpire_id ORDER BY l.rank, c.known_at DESC) FILTER (WHERE c.umpire_id IS NOT NULL))[1] AS umpire_id
    FROM linked AS l
    JOIN staging.game_conditions AS c USING (source, source_game_id)
    WHERE c.known_at <= %(now)s
    GROUP BY l.game_id
)
INSERT INTO curated.game_details AS d (
    game_id, park_id, day_night, neutral_site, doubleheader, scheduled_innings, start_assumed, first_pitch, innings,
    suspended, home_bats_first, home_starter_id, away_starter_id, umpire_id, result_known_at
)
SELECT
    l.game_id, l.park_id, l.day_night, l.neutral_site, l.doubleheader, l.scheduled_innings, l.start_assumed,
    r.first_pitch, r.innings, COALESCE(r.suspended, FALSE) OR l.status = 'suspended',
    COALESCE(r.home_bats_first, FALSE), r.home_starter_id, r.away_starter_id, u.umpire_id,
    CASE WHEN r.was_suspended OR l.status = 'suspended' THEN k.believed_at ELSE k.first_at END
FROM lead AS l
LEFT JOIN result AS r USING (game_id)
LEFT JOIN knowable AS k USING (game_id)
LEFT JOIN umpire AS u USING (game_id)
ON CONFLICT (game_id) DO UPDATE
SET park_id = excluded.park_id,
    day_night = excluded.day_night,
    neutral_site = excluded.neutral_site,
    doubleheader = excluded.doubleheader,
    scheduled_innings = excluded.scheduled_innings,
    start_assumed = excluded.start_assumed,
    first_pitch = excluded.first_pitch,
    innings = excluded.innings,
    suspended = excluded.suspended,
    home_bats_first = excluded.home_bats_first,
    home_starter_id = excluded.home_starter_id,
    away_starter_id = excluded.away_starter_id,
    umpire_id = excluded.umpire_id,
    result_known_at = excluded.result_known_at,
    updated_at = NOW()
WHERE (
        d.park_id, d.day_night, d.neutral_site, d.doubleheader, d.scheduled_innings, d.start_assumed, d.first_pitch,
        d.innings, d.suspended, d.home_bats_first, d.home_starter_id, d.away_starter_id, d.umpire_id, d.result_known_at
    ) IS DISTINCT FROM (
        excluded.park_id, excluded.day_night, excluded.neutral_site, excluded.doubleheader, excluded.scheduled_innings,
        excluded.start_assumed, excluded.first_pitch, excluded.innings, excluded.suspended, excluded.home_bats_first,
        excluded.home_starter_id, excluded.away_starter_id, excluded.umpire_id, excluded.result_known_at
    );
