"""No dead ends: what commands, pages and API say where there is nothing, and the command that follows from it.

Belongs here: the sentence of each in every state of a database, each named command executed.
Not here: the making of the states (conftest.py), mistakes (test_commands.py).
"""

import html
import re
import shlex
from datetime import UTC, date, datetime
from functools import partial

import pytest

from mlb_ml_assets.commands.history import fetch_archives
from mlb_ml_assets.commands.ingest import ingest_source
from mlb_ml_assets.commands.run import run_range
from mlb_ml_assets.commands.zeros import NothingProduced
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.season_archives import write_register, write_season_archives
from mlb_ml_assets.simulation.server import SourceServer
from mlb_ml_assets.sources import downloads, politeness
from mlb_ml_assets_tests.chain import _made, at, rows_of
from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.serving.conftest import client_for
from mlb_ml_assets_tests.sources.archive_server import ArchiveServer

NOW = datetime(2024, 4, 10, 17, 45, tzinfo=UTC)
BACKTEST = "backtest --from 2023-04-01 --to 2023-04-30"
TUNE = "model tune --choice estimators.win_penalty=500 --through 2023"
UNFINISHED = ("board", BACKTEST, "model show", "model promote", "model rollback", TUNE, "export ml_predictions")
FETCH = "mlb-ml history fetch --seasons 2022-2023"
GAME_DAY = "2023-04-05"
# Commands without anything to show, by state, and what they name next.
EMPTY = {
    "nothing": dict.fromkeys((*UNFINISHED, "run", "history export folder", "ingest vsin --retry-quarantine"), FETCH)
    | {
        "run --from 2022-04-01 --to 2022-05-01": "mlb-ml history fetch --seasons 2022",
        "board --date 2023-04-02": "mlb-ml history fetch --seasons 2023",
        BACKTEST: "mlb-ml history fetch --seasons 2023",
        "api-key list": "mlb-ml api-key create reader",
    },
    "odds without games": {"ingest action_network": "mlb-ml ingest mlb_stats_api --date 2024-04-10"},
    "games without features": dict.fromkeys(
        (*UNFINISHED, "history fetch --seasons 2023 --no-box-scores"), "mlb-ml run --from 2022-04-01 --to 2023-04-14"
    )
    | {
        BACKTEST: "mlb-ml run --from 2023-04-01 --to 2023-04-30",
        "run": "mlb-ml ingest mlb_stats_api --date 2024-04-10",
        "run --from 2022-11-20 --to 2022-12-31": "mlb-ml run --from 2022-04-01 --to 2023-04-14",
    },
    "one season": dict.fromkeys(("board", "model show", "model promote"), "mlb-ml history fetch --seasons 2022")
    | {"run --from 2023-04-01 --to 2023-04-14": "mlb-ml history fetch --seasons 2022"},
    "features without models": dict.fromkeys(
        (set(UNFINISHED) - {BACKTEST, TUNE}), "mlb-ml run --from 2023-04-01 --to 2024-05-09"
    ),
    "models without champion": dict.fromkeys(("model show", "model rollback"), "mlb-ml model promote")
    | {"board --date 2024-01-15": "mlb-ml board --date 2024-05-09"},
}
RUN_ALL = "mlb-ml run --from 2022-04-01 --to 2023-04-14"
# The same of pages and of the API, each with the words before the command.
PAGES = {
    "nothing": {
        "/": ("The database has no games yet", FETCH),
        "/performance": ("No season has been compared", FETCH),
        "/players?name=sim": ("No player is rated yet", FETCH),
    },
    "games without features": {
        "/?date=2024-04-10": ("no odds", "mlb-ml ingest action_network"),
        "/games/{game}": ("No prediction yet", RUN_ALL),
        "/performance": ("No season has been compared", RUN_ALL),
        "/players": ("No player is rated yet", RUN_ALL),
        "/api/v2/predict": ("has neither a prediction nor features", f"mlb-ml run --from {GAME_DAY} --to {GAME_DAY}"),
    },
    "features without models": {
        "/games/{game}": ("No prediction yet", "mlb-ml run --from 2023-04-01 --to 2024-05-09"),
        "/api/v2/predict": ("no model was trained", "mlb-ml run --from 2023-04-01 --to 2024-05-09"),
    },
}
FOLLOWED = sorted(
    {(state, command) for state, named in EMPTY.items() for command in named.values()}
    | {(state, command) for state, named in PAGES.items() for _, command in named.values()}
)


@pytest.fixture(scope="module")
def league():
    """Three seasons of two weeks; 2024 is in progress."""
    return simulate_league(SimulationConfig(first_day=date(2022, 4, 1), season_days=14, today=NOW.date()))


@pytest.fixture(scope="module")
def archives(league, tmp_path_factory):
    """What Retrosheet and the register publish of it, by path."""
    folder = tmp_path_factory.mktemp("archives")
    files = {
        f"/downloads/{path.name[:4]}/{path.name}": path.read_bytes()
        for path in write_season_archives(league, folder)
        if not path.name.startswith("2024")
    }
    return files | {
        f"/chadwickbureau/register/master/data/{path.name}": path.read_bytes()
        for path in write_register(league, folder)
    }


@pytest.fixture
def outside(league, archives, monkeypatch):
    """Every publisher and source on loopback, without waiting between requests."""
    monkeypatch.setattr(politeness, "_turns", {})
    monkeypatch.setattr(downloads, "_INTERVAL", 0.0)
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", NOW.isoformat())
    with SourceServer(league, NOW) as sources, ArchiveServer(archives) as publisher:
        names = ("RETROSHEET", "CHADWICK", "SBRO")
        for name, value in (sources.environment() | {f"MLB_ML_{name}_URL": publisher.url for name in names}).items():
            monkeypatch.setenv(name, value)
        yield


@pytest.fixture
def state(request, monkeypatch, tmp_path, mlb_ml):
    """Makes a state by its name; returns its database."""

    def make(name):
        if name in {"features without models", "models without champion"}:
            return request.getfixturevalue("prepared" if name.startswith("features") else "played")
        request.getfixturevalue("outside")
        server, template = request.getfixturevalue("database_server"), request.getfixturevalue("template_database")
        fill = partial(_fill, name)
        databases.append(_fresh(server, _made(server, name.replace(" ", "_"), template, fill), tmp_path))
        database = next(databases[-1])
        for variable, value in database.environment.items():
            monkeypatch.setenv(variable, value)
        # MLflow's client leaves the store of the last test there.
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        return database

    databases = []
    monkeypatch.chdir(tmp_path)
    yield make
    for each in databases:
        next(each, None)


def _fill(name, _database):
    with at(NOW.isoformat()):
        if name in {"games without features", "one season"}:
            fetch_archives("2023" if name == "one season" else "2022-2023", box_scores=False)
        if name == "one season":
            with pytest.raises(NothingProduced):
                run_range(date(2023, 4, 1), date(2023, 4, 14), None)
        if name == "odds without games":
            ingest_source("action_network", None, [], None, retry=False)


@pytest.mark.parametrize(("name", "typed"), [(name, typed) for name, named in EMPTY.items() for typed in sorted(named)])
def test_an_empty_state_names_the_next_command(state, mlb_ml, name, typed):
    """`history import PATH` and `run --select train` were dead ends: no such file, no game today."""
    state(name)
    outcome = mlb_ml(*shlex.split(typed))
    found = re.findall(r"Next: (mlb-ml .+?)$", outcome.stdout + outcome.stderr, flags=re.MULTILINE)
    assert found[-1:] == [EMPTY[name][typed]], outcome
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, named in PAGES.items() for path in named])
def test_an_empty_page_names_the_next_command(state, name, path):
    """Its reader has no other place to learn it from; `run --from DAY` is no command."""
    database = state(name)
    words, command = PAGES[name][path]
    with client_for(database) as client:
        if "{game}" in path or "predict" in path:
            game = _game_of(database)
        if path.startswith("/api"):
            text = client.post(path, json={"game_id": game}).json()["detail"]
            found = re.findall(r"Next: `(.+?)`", text)
        else:
            text = client.get(path.format(game=game if "{game}" in path else ""), headers={"Accept": "text/html"}).text
            found = [html.unescape(each) for each in re.findall(r"Next: <code>(.+?)</code>", text)]
    assert words in text
    assert command in found, text
    assert all((name, each) in FOLLOWED for each in found), "a sentence that nobody follows"


def _game_of(database):
    """A game of the last day that is in every state."""
    with database.connect() as connection:
        ((game,),) = rows_of(
            connection, f"SELECT max(id) FROM curated.resolved_games WHERE game_date <= '{GAME_DAY}'"
        )  # fmt: skip
    return game


@pytest.mark.parametrize(("name", "command"), FOLLOWED)
def test_the_named_command_works_on_this_database(state, mlb_ml, name, command):
    """A sentence that nobody followed named a command that failed."""
    database = state(name)
    before = _contents(database)
    outcome = mlb_ml(*shlex.split(command)[1:])
    if command.startswith("mlb-ml board"):
        assert "Slate of" in outcome.stdout
    else:
        assert _contents(database) != before, outcome


def _contents(database):
    """Rows of each layer."""
    tables = (
        "staging.source_games", "curated.market_lines", "curated.ml_feature_vectors", "curated.game_models",
        "curated.ml_predictions", "mlb_ml.api_keys", "curated.champions", "curated.enhanced_games",
    )  # fmt: skip
    with database.connect() as connection:
        return [rows_of(connection, f"SELECT count(*) FROM {table}") for table in tables]
