"""The league's sources in place of the outside ones.

Belongs here: the variables that let this process and those that it starts fetch from a server of the simulation.
Not here: the server (simulation/server.py), a league that was played (chain.py).
"""

import pytest

from mlb_ml_assets.simulation.server import SourceServer


def fetch_from(server: SourceServer, patch: pytest.MonkeyPatch) -> None:
    """Have every source fetched from this server as long as the patch lasts."""
    for name, value in server.environment().items():
        patch.setenv(name, value)
