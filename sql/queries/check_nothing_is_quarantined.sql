-- check_nothing_is_quarantined.sql: which records of the days are held back, and why?
SELECT source, reason, detail, source_game_id, quarantined_at
FROM raw_data.quarantine
WHERE released_at IS NULL
    AND game_date >= %(first)s AND game_date < %(last)s
ORDER BY quarantined_at DESC;
