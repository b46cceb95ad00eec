-- lock_days.sql: hold one advisory lock per day of a table until the transaction ends, in order of days.
SELECT pg_advisory_xact_lock(hashtextextended(%(table)s || chr(31) || d.day::DATE::TEXT, 0))
FROM (
    SELECT generate_series(%(first)s::DATE, %(last)s::DATE, INTERVAL '1 day') AS day
    ORDER BY 1
) AS d;
