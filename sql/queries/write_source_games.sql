-- write_source_games.sql: the present state of each game, as folded from all its listings.
-- Reads incoming_games, one row per game; a game that was not in this batch keeps its payload. What a run as of the past
-- left of the state is over.
INSERT INTO staging.source_games AS g (
    source, source_game_id, game_pk, game_date, season, season_type, home_team, away_team, game_number, doubleheader,
    away_rotation, scheduled_start, start_assumed, status, status_detail, park_id, venue_name, day_night, neutral_site,
    scheduled_innings, captured_at, payload_id, content_hash
)
SELECT
    source, source_game_id, game_pk, game_date, season, season_type, home_team, away_team, game_number, doubleheader,
    away_rotation, scheduled_start, start_assumed, status, status_detail, park_id, venue_name, day_night, neutral_site,
    scheduled_innings, captured_at, payload_id, content_hash
FROM incoming_games
ON CONFLICT (source, source_game_id) DO UPDATE
SET game_pk = excluded.game_pk,
    game_date = excluded.game_date,
    season = excluded.season,
    season_type = excluded.season_type,
    home_team = excluded.home_team,
    away_team = excluded.away_team,
    game_number = excluded.game_number,
    doubleheader = excluded.doubleheader,
    away_rotation = excluded.away_rotation,
    scheduled_start = excluded.scheduled_start,
    start_assumed = excluded.start_assumed,
    status = excluded.status,
    status_detail = excluded.status_detail,
    park_id = excluded.park_id,
    venue_name = excluded.venue_name,
    day_night = excluded.day_night,
    neutral_site = excluded.neutral_site,
    scheduled_innings = excluded.scheduled_innings,
    captured_at = excluded.captured_at,
    payload_id = COALESCE(excluded.payload_id, g.payload_id),
    content_hash = excluded.content_hash,
    known_through = NULL
WHERE (excluded.content_hash, excluded.captured_at) IS DISTINCT FROM (g.content_hash, g.captured_at)
    OR g.known_through IS NOT NULL;
