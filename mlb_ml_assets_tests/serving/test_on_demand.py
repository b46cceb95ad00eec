"""A prediction made for a request.

Belongs here: that it is what the pipeline would have stored, and that it writes nothing.
Not here: stored predictions (test_api.py).
"""

import pytest

from mlb_ml_assets_tests.chain import played, played_template, prepared, prepared_template
from mlb_ml_assets_tests.serving.conftest import client_for

__all__ = ["played", "played_template", "prepared", "prepared_template"]
_SAME = (
    "game_id", "model_name", "model_version", "stage", "prediction_timestamp", "home_ml_probability", "home_ml_binary",
    "home_ml_confidence", "total_over_probability", "home_spread_probability", "home_spread_confidence",
)  # fmt: skip


def test_a_prediction_made_on_request_is_the_one_that_would_be_stored(played):
    """Two code paths to one number differ sooner or later; here the stored row is deleted and asked for again."""
    with played.connect() as connection, client_for(played) as client:
        (game,) = connection.execute(
            "SELECT game_id FROM curated.ml_predictions WHERE model_name = 'mlb_game_model_lineup' "
            "ORDER BY prediction_timestamp DESC LIMIT 1"
        ).fetchone()
        question = {"game_id": f"id:{game}", "include_explanation": True}
        stored = client.post("/api/v1/predict", json=question).json()
        assert stored["stored"] is True
        connection.execute("DELETE FROM curated.ml_predictions WHERE game_id = %s", (game,))
        made = client.post("/api/v1/predict", json=question)
        assert made.status_code == 200, made.text
        told = made.json()
        assert told["stored"] is False
        assert told["prediction_id"] is None
        assert {name: told[name] for name in _SAME} == {name: stored[name] for name in _SAME}
        for target in ("home_ml", "total_over", "home_spread"):
            assert told["explanation"][target] == pytest.approx(stored["explanation"][target], abs=2e-6), target
        assert told["explanation"]["runs"] == pytest.approx(stored["explanation"]["runs"], abs=2e-6)
        for target, terms in stored["explanation"]["contributions"].items():
            assert told["explanation"]["contributions"][target] == pytest.approx(terms, abs=2e-6)
        left = connection.execute("SELECT count(*) FROM curated.ml_predictions WHERE game_id = %s", (game,)).fetchone()
        assert left == (0,)
