-- advisory_lock_holder.sql: the session that holds an advisory lock of this database.
-- At most one row. A BIGINT key is shown in two halves: classid is the high one, objid the low one.
-- :key  the lock's number.
SELECT a.application_name, a.pid, COALESCE(HOST(a.client_addr), 'local') AS client_address, a.backend_start
FROM pg_locks AS l
INNER JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = CURRENT_DATABASE())
  AND (l.classid::BIGINT << 32) | l.objid::BIGINT = %(key)s
LIMIT 1;
