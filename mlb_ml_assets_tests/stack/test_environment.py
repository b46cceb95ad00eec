"""The .env file.

Belongs here: what of it reaches the environment.
Not here: what the variables mean.
"""

import os

from mlb_ml_assets.stack.environment import load_env_file


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    """A one-off POSTGRES_DB=… before a command must not be undone by a file that it does not show."""
    (tmp_path / ".env").write_text("# comment\nPOSTGRES_DB=from_file\nPOSTGRES_PASSWORD='a b#c'\nEMPTY\n")
    monkeypatch.setattr(os, "environ", {"POSTGRES_DB": "from_shell"})
    assert load_env_file(tmp_path) == ["POSTGRES_PASSWORD"]
    assert os.environ == {"POSTGRES_DB": "from_shell", "POSTGRES_PASSWORD": "a b#c"}
    assert load_env_file(tmp_path / "nowhere") == []
