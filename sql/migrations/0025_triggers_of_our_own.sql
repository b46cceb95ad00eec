-- Triggers on tables that other programs write run with the rights of the role that migrates: their own roles have none
-- on staging.quote_arrivals, and their inserts failed. Nobody else may attach these functions to a table.
-- depends: 0019_column_comments

ALTER FUNCTION staging.log_action_network_inserts() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION staging.log_action_network_updates() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION staging.log_source_quotes() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION staging.log_linked_games() SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION
    staging.log_action_network_inserts(), staging.log_action_network_updates(),
    staging.log_source_quotes(), staging.log_linked_games()
FROM PUBLIC;
