"""Which version becomes challenger.

Belongs here: the order of months, without training.
Not here: promotion (automation), the runs that log a model (test_sessions).
"""

import pytest

from mlb_ml_assets.registry import game_model_runs
from mlb_ml_assets.registry.aliases import CHALLENGER, RegisteredModel


@pytest.mark.parametrize(
    ("held", "logged", "expected"),
    [(None, "2024-04", 7), ("2024-04", "2024-05", 7), ("2024-05", "2024-05.2", 7), ("2024-05", "2024-04", 3)],
)
def test_the_newest_month_is_challenger_whichever_ended_last(monkeypatch, held, logged, expected):
    """Of months trained side by side the slowest would challenge, and an old month trained anew would be promoted."""
    aliases = {CHALLENGER: 3}
    before = held and RegisteredModel(registered_version=3, model_version=held, run_id="r", source="s")
    monkeypatch.setattr(game_model_runs, "version_of", lambda alias: before)
    monkeypatch.setattr(game_model_runs, "set_alias", aliases.__setitem__)
    game_model_runs._challenge(7, logged)
    assert aliases == {CHALLENGER: expected}
