"""A prediction computed for a request.

Belongs here: it equals what the pipeline stores, and nothing is written.
Not here: stored predictions (test_api.py).
"""

from mlb_ml_assets_tests.chain import played, played_template, prepared, prepared_template
from mlb_ml_assets_tests.serving.conftest import client_for

__all__ = ["played", "played_template", "prepared", "prepared_template"]
_SAME = (
    "game_id", "model_name", "model_version", "stage", "prediction_timestamp", "home_ml_probability", "home_ml_binary",
    "home_ml_confidence", "total_over_probability", "home_spread_probability", "home_spread_confidence",
)  # fmt: skip


def test_a_prediction_on_request_equals_the_stored_one(played):
    """Two code paths to one number diverge; here the stored row is deleted and requested again."""
    with played.connect() as connection, client_for(played) as client:
        (game,) = connection.execute(
            "SELECT game_id FROM curated.ml_predictions WHERE model_name = 'mlb_game_model_lineup' "
            "ORDER BY prediction_timestamp DESC LIMIT 1"
        ).fetchone()
        question = {"game_id": f"id:{game}", "include_explanation": True}
        stored = client.post("/api/v2/predict", json=question).json()
        assert stored["stored"] is True
        connection.execute("DELETE FROM curated.ml_predictions WHERE game_id = %s", (game,))
        computed = client.post("/api/v2/predict", json=question)
        assert computed.status_code == 200, computed.text
        body = computed.json()
        assert body["stored"] is False
        assert body["prediction_id"] is None
        assert {name: body[name] for name in _SAME} == {name: stored[name] for name in _SAME}
        assert body["explanation"] == stored["explanation"]
        left = connection.execute("SELECT count(*) FROM curated.ml_predictions WHERE game_id = %s", (game,)).fetchone()
        assert left == (0,)
