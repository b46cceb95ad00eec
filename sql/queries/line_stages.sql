-- line_stages.sql: at which instants are the lines of these games read?
-- One row per game of incoming_openings and stage; available_by, the latest capture that may be used, as text: infinity for a
-- close. A game that still waits for its first decision at :now has no opening line. Apart from live_lines.sql, whose
-- function is planned with the statement only where its arguments have no subquery.
-- :from_day, :to_day  official dates, both included; :reaction, :now; :cutoff_before_start.
SELECT o.game_id, i.stage, i.instant, i.available_by::TEXT AS available_by
FROM pg_temp.incoming_openings AS o
JOIN curated.resolved_games AS e ON e.id = o.game_id
LEFT JOIN curated.game_details AS d ON d.game_id = o.game_id
CROSS JOIN LATERAL (SELECT COALESCE(d.first_pitch, e.game_datetime) AS first_pitch) AS g
CROSS JOIN LATERAL (
    VALUES
        ('open', o.decided_at - %(reaction)s, o.decided_at - %(reaction)s),
        (
            'lineup', e.game_datetime - %(cutoff_before_start)s - %(reaction)s,
            e.game_datetime - %(cutoff_before_start)s - %(reaction)s
        ),
        -- A price of first pitch itself is in play.
        ('close', g.first_pitch - INTERVAL '1 microsecond', 'infinity'::TIMESTAMPTZ)
) AS i (stage, instant, available_by)
WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
    AND i.instant < g.first_pitch AND (i.stage <> 'open' OR o.decided_at <= %(now)s)
ORDER BY o.game_id, i.stage;
