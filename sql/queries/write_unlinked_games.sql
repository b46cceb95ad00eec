-- write_unlinked_games.sql: keep why each of these games of a source has no link; a reason that stays keeps its instant.
-- %(source)s, and arrays of equal length %(games)s, %(reasons)s, %(details)s
INSERT INTO curated.unlinked_games AS u (source, source_game_id, reason, detail)
SELECT %(source)s, n.game, n.reason, n.detail
FROM UNNEST(%(games)s::VARCHAR[], %(reasons)s::VARCHAR[], %(details)s::TEXT[]) AS n (game, reason, detail)
ON CONFLICT (source, source_game_id) DO UPDATE
SET reason = excluded.reason, detail = excluded.detail,
    decided_at = CASE WHEN u.reason = excluded.reason THEN u.decided_at ELSE excluded.decided_at END
WHERE (u.reason, u.detail) IS DISTINCT FROM (excluded.reason, excluded.detail);
