-- api_freshness.sql: how fresh is what the API serves? One row; NULL where there is nothing yet.
SELECT
    (SELECT MAX(p.prediction_timestamp) FROM curated.ml_predictions AS p) AS newest_prediction,
    (SELECT a.arrived_at FROM staging.quote_arrivals AS a ORDER BY a.xid DESC LIMIT 1) AS newest_quote_arrival,
    (SELECT MAX(m.cutoff) FROM curated.game_models AS m) AS newest_model_cutoff;
