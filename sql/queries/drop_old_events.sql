-- drop_old_events.sql: forget the chatter of Dagster's steps of before :before.
-- What partition status, check history and the page of a failed run rest on stays.
DELETE FROM dagster.event_logs
WHERE timestamp < %(before)s::TIMESTAMPTZ AT TIME ZONE 'UTC'
    AND (
        dagster_event_type IS NULL
        OR dagster_event_type IN (
            'ENGINE_EVENT', 'LOGS_CAPTURED', 'STEP_START', 'STEP_INPUT', 'STEP_OUTPUT', 'STEP_WORKER_STARTING',
            'STEP_WORKER_STARTED', 'RESOURCE_INIT_STARTED', 'RESOURCE_INIT_SUCCESS', 'HANDLED_OUTPUT', 'LOADED_INPUT',
            'HOOK_COMPLETED', 'HOOK_SKIPPED', 'ASSET_CHECK_EVALUATION_PLANNED'
        )
    );
