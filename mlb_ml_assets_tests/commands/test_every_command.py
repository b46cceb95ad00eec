"""Every command of `mlb-ml`, run once to its end.

Belongs here: that each body runs through the command line, and that none is left out.
Not here: mistakes (test_commands.py), commands that start processes (stack/), the demo (test_demo.py).
"""

import re
from datetime import date

import pytest
import typer
from typer.testing import CliRunner

from mlb_ml_assets.cli import app
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.season_archives import write_register, write_season_archives
from mlb_ml_assets.warehouse.month_removal import read_removed_months

# Started as processes, because they are ones: the whole stack, and a command that ends by leaving a league behind.
RUN_AS_PROCESSES = {
    "up": "stack/test_real_stack.py", "serve-mlflow": "deploy/", "demo": "commands/test_demo.py",
    "start": "commands/test_start.py",
}  # fmt: skip
DAY = "2024-05-09"
COMMANDS = {
    "down": ([], "nothing was running"),
    "status": ([], "not running"),
    "migrate": (["--mlflow"], "up to date"),
    "contract": ([], "enhanced_games"),
    "history fetch": (["--seasons", "2023", "--from-folder", "{archives}", "--no-box-scores"], "games"),
    "history import": (["{bundle}"], "games"),
    "history export": (["{folder}"], r"games\.csv\.gz: [\d,]+ rows"),
    "forecasts import": (["{forecasts}"], "forecaster +1  bob"),
    "export": (["game_models", "--format", "csv", "--to-folder", "{folder}"], r"game_models\.csv.*: 2 rows"),
    "ingest": (["mlb_stats_api", "--retry-quarantine"], "released"),
    "psql": (["-c", "SELECT count(*) AS games FROM curated.enhanced_games", "--csv"], "games"),
    "run": (["--from", DAY, "--to", DAY, "--select", "predict,score"], "performance rows"),
    "backtest": (["--from", "2024-05-01", "--to", DAY, "--stage", "open"], "decisions replayed"),
    "board": (["--date", DAY, "--json"], '"home_team"'),
    "archive write": ([], r"[1-9]\d* months written"),
    "archive status": ([], r"\d+ months are due. Next: mlb-ml archive write"),
    "archive verify": ([], r"\d+ files are as they were written"),
    "archive remove": ([], r"[1-9]\d* months of quotes removed"),
    "archive restore": (["{month}"], r"rows of \d tables are in PostgreSQL again"),
    "bench": (["model", "--scale", "100K", "--json"], '"figures"'),
    "model show": ([], "challenger: 2024-05"),
    "model promote": ([], "promoted 2024-05"),
    "model rollback": ([], "champion is 2024-04 again"),
    "model tune": (["--choice", "estimators.win_penalty=500", "--through", "2024"], "Best first"),
    "api-key create": (["reader"], r"\w{20,}"),
    "api-key list": ([], "reader"),
    "api-key revoke": (["{key}"], "revoked"),
}

# Twelve seconds; its mistakes, which come through the same door, are in test_commands.py.
LONG = {"bench": pytest.mark.long}


def names(command, prefix=""):
    """Names of the command's leaves, like `history export`."""
    if not hasattr(command, "commands"):
        return {prefix}
    return {name for key, each in command.commands.items() for name in names(each, f"{prefix} {key}".strip())}


def test_every_command_is_run_once():
    """A new command that nothing runs is how an export could import a module that did not exist for a month."""
    assert names(typer.main.get_command(app)) == {*COMMANDS, *RUN_AS_PROCESSES}


@pytest.fixture
def arguments_for(played, tmp_path, monkeypatch):
    """Arguments of a command, after what must be there before it."""

    def prepare(name):
        from mlb_ml_assets_tests.chain import LEAGUE

        values = {"folder": str(tmp_path / "exported")}
        if name == "history import":
            from mlb_ml_assets.simulation.demo import demo_league

            values["bundle"] = str(demo_league(tmp_path, LEAGUE, live_days=0).bundle_folder)
        if name == "history fetch":
            league = simulate_league(SimulationConfig(season_days=14, today=date(2024, 4, 15)))
            write_season_archives(league, tmp_path / "archives")
            write_register(league, tmp_path / "archives")
            values["archives"] = str(tmp_path / "archives")
        if name == "forecasts import":
            values["forecasts"] = str(tmp_path / "bob.csv")
            with played.connect() as connection:
                (game,) = connection.execute("SELECT min(id) FROM curated.enhanced_games").fetchone()
            (tmp_path / "bob.csv").write_text(f"who,game,instant,home_win\nbob,id:{game},{DAY}T12:00Z,.55\n")
        if name == "model rollback":
            promote_both()
        if name in {"archive remove", "archive restore"}:
            monkeypatch.setenv("MLB_ML_KEEP_QUOTE_MONTHS", "8")
            assert CliRunner().invoke(app, ["archive", "write"]).exit_code == 0
        if name == "archive restore":
            assert CliRunner().invoke(app, ["archive", "remove"]).exit_code == 0
            with played.connect() as connection:
                values["month"] = f"{read_removed_months(connection)[0].month:%Y-%m}"
        if name.startswith("api-key"):
            created = CliRunner().invoke(app, ["api-key", "create", "reader"])
            values["key"] = re.search(r"\w+", CliRunner().invoke(app, ["api-key", "list"]).stdout).group()
            assert created.exit_code == 0
        return [*name.split(), *(each.format(**values) for each in COMMANDS[name][0])]

    return prepare


def promote_both():
    """April, then May is champion."""
    from mlb_ml_assets.commands.promotion import promote_challenger
    from mlb_ml_assets.registry.aliases import CHALLENGER, set_alias, version_of
    from mlb_ml_assets.registry.tracking import use_tracking_store

    use_tracking_store()
    may = version_of(CHALLENGER).registered_version
    for version in (may - 1, may):
        set_alias(CHALLENGER, version)
        promote_challenger(force=True)


@pytest.mark.parametrize("name", [pytest.param(name, marks=LONG.get(name, ())) for name in COMMANDS])
def test_a_command_runs_to_its_end(name, arguments_for):
    """A body that only its own function's test reaches may still not import, take its options or print."""
    result = CliRunner().invoke(app, arguments_for(name), catch_exceptions=False)
    # `status` ends with 3 where not everything runs, as service managers do.
    assert result.exit_code == (3 if name == "status" else 0), result.output
    assert re.search(COMMANDS[name][1], result.output), result.output


def test_features_are_built_anew_beside_the_stored_ones(played):
    """Days built before the seasons behind them stopped every later run, with the name of a function as the remedy."""
    command = ["run", "--from", DAY, "--to", DAY, "--select", "prepare", "--rebuild", "seasons came later"]
    with played.connect() as connection:
        before = vectors_by_generation(connection)
        result = CliRunner().invoke(app, command, catch_exceptions=False)
        after = vectors_by_generation(connection)
    assert result.exit_code == 0, result.output
    assert "features are built as version" in result.output
    assert before.keys() == {"0"}
    assert after["0"] == before["0"]
    assert after["1"] > 0


def vectors_by_generation(connection):
    rows = connection.execute(
        "SELECT split_part(split_part(feature_version, '-', 1), '.', 2), count(*) FROM curated.ml_feature_vectors "
        "GROUP BY 1"
    )
    return dict(rows.fetchall())
