-- api_freshness.sql: how fresh is what the API serves? One row; NULL where there is nothing yet.
SELECT
    (SELECT MAX(p.prediction_timestamp) FROM curated.ml_predictions AS p) AS newest_prediction,
    (SELECT a.arrived_at FROM staging.quote_arrivals AS a ORDER BY a.xid DESC LIMIT 1) AS newest_quote_arrival,
    (SELECT MAX(m.cutoff) FROM curated.game_models AS m) AS newest_model_cutoff,
    EXISTS (
        SELECT 1
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'mlflow' AND c.relname = 'registered_model_aliases'
    ) AS registry_in_database;
