-- unmapped_games.sql: source games that no game of ours is linked to yet.
-- One row per source and source game, by day.
-- %(source)s  one source, or NULL for all; %(from_day)s, %(to_day)s  game_date range, half open, NULL for open ends.
SELECT u.source, u.source_game_id, u.game_date, u.home_team, u.away_team, u.game_number, u.scheduled_start, u.status,
    u.reason
FROM curated.unmapped_games AS u
WHERE
    (%(source)s::TEXT IS NULL OR u.source = %(source)s)
    AND u.game_date >= COALESCE(%(from_day)s::DATE, '-infinity')
    AND u.game_date < COALESCE(%(to_day)s::DATE, 'infinity')
ORDER BY u.game_date, u.source, u.scheduled_start, u.source_game_id;
