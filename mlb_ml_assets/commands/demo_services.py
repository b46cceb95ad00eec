"""The services of `mlb-ml up`; beside those of the demo the league that its sources are collected from.

Belongs here: the league's service, and the environment that points the others to it.
Not here: every other service (stack/service_list.py), what the league answers (simulation/).
"""

import sys

from mlb_ml_assets.stack.environment import environment, project_environment
from mlb_ml_assets.stack.processes import LOOPBACK
from mlb_ml_assets.stack.service_list import Service, answers, declared_services, read_port
from mlb_ml_assets.warehouse.settings import DatabaseSettings, is_demo_home

_PORT_VARIABLE = "MLB_ML_LEAGUE_PORT"


def declare_services(settings: DatabaseSettings) -> list[Service]:
    """The services to run for a database, in starting order."""
    if not is_demo_home(settings.home):
        return declared_services(settings)
    # A second of import that the project's own stack does not need.
    from mlb_ml_assets.simulation.league_server import league_environment

    port = read_port(_PORT_VARIABLE, 8001)
    address = f"http://{LOOPBACK}:{port}"
    league = Service(
        name="league",
        command=(sys.executable, "-m", "mlb_ml_assets.simulation.league_server", str(settings.home), str(port)),
        environment=project_environment(settings),
        ready=lambda: answers(f"{address}/api/v1/teams"),
        address=f"{address} (the simulated league's sources)",
        port=port,
        port_variable=_PORT_VARIABLE,
    )
    with environment(league_environment(address)):
        return [league, *declared_services(settings)]
