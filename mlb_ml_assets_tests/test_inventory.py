"""Everything that the code location holds, by name: what appears or disappears does so on purpose.

Belongs here: the inventory, what each entry must say of itself, Dagster's own command line over it.
Not here: what anything does (assets/, automation/).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from mlb_ml_assets.assets.table_schema import LINEAGE
from mlb_ml_assets.definitions import build_definitions
from mlb_ml_assets.warehouse.declared_columns import declared_columns

ROOT = Path(__file__).parents[1]
ASSETS = {
    "raw_data/mlb_stats_api": "raw_data",
    "raw_data/action_network_games": "raw_data",
    "raw_data/action_network_odds": "raw_data",
    "raw_data/action_network_history": "raw_data",
    "raw_data/payload_receipts": "raw_data",
    "raw_data/sbd_betting_splits": "raw_data",
    "raw_data/vsin_data": "raw_data",
    "staging/source_games": "staging",
    "staging/action_network_odds_historical": "staging",
    "staging/source_quotes": "staging",
    "staging/source_splits": "staging",
    "staging/weather_forecasts": "staging",
    "curated/enhanced_games": "curated",
    "curated/market_lines": "curated",
    "curated/ml_feature_vectors": "features",
    "game_model": "model",
    "champion": "model",
    "curated/ml_experiments": "model",
    "curated/ml_predictions": "predictions",
    "curated/ml_recommendations": "predictions",
    "curated/ml_model_performance": "performance",
    "housekeeping": "upkeep",
    "curated/archived_months": "upkeep",
}
CHECKS = {
    "curated/enhanced_games": {
        "database_fits_the_contract", "games_are_unique", "source_games_are_mapped", "nothing_is_quarantined",
    },
    "staging/source_games": {"payloads_keep_their_shape", "sources_are_taken_in"},
    "curated/market_lines": {"prices_are_sane", "prices_cover_the_day"},
    "curated/ml_feature_vectors": {"features_were_knowable", "inputs_look_like_training", "inputs_are_fresh"},
    "champion": {"challenger_was_promoted"},
    "curated/ml_predictions": {"predictions_cover_the_day", "predictions_are_in_range", "today_is_covered"},
    "curated/ml_recommendations": {"stakes_are_within_limits", "stakes_are_still_advised"},
    "curated/ml_model_performance": {"nobody_beats_the_close", "forecasts_are_calibrated", "scores_are_not_too_good"},
}  # fmt: skip
BLOCKING = {
    "database_fits_the_contract", "prices_are_sane", "features_were_knowable", "predictions_are_in_range",
    "stakes_are_within_limits",
}  # fmt: skip
JOBS = {
    "prepare", "train", "promote", "predict", "score", "settle", "slate", "experiments", "watch", "examine", "upkeep",
}  # fmt: skip
SCHEDULES = {
    "morning_score": "0 8 * * *",
    "morning_experiments": "15 8 * * *",
    "morning_slate": "30 8 * * *",
    "morning_examine": "45 8 * * *",
    "hourly_watch": "10 9-23 * * *",
    "monthly_training": "30 3 1 * *",
    "weekly_promotion": "0 9 * * 1",
    "weekly_upkeep": "0 5 * * 1",
}
SENSORS = {"new_odds", "tell_failed_runs", "tell_failed_checks"}


@pytest.fixture(scope="module")
def definitions():
    return build_definitions()


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def test_assets_and_their_groups(graph):
    """A key that changes loses its history in the UI, and every query of the event log that names it."""
    assert {key.to_user_string(): graph.get(key).group_name for key in graph.get_all_asset_keys()} == ASSETS


def test_checks_by_asset(graph):
    """A check that is defined and not handed to Definitions never runs, and nobody misses it."""
    found: dict[str, set[str]] = {}
    for key in graph.asset_check_keys:
        found.setdefault(key.asset_key.to_user_string(), set()).add(key.name)
    assert found == CHECKS


def test_which_checks_stop_a_run(graph):
    """Blocking by mistake stops a slate for a missing price; not blocking by mistake bets on a wrong one."""
    assert {key.name for key in graph.asset_check_keys if graph.get_check_spec(key).blocking} == BLOCKING


def test_jobs_schedules_and_sensors(definitions):
    """The clock of a season, as docs/operations.md lists it."""
    assert {job.name for job in definitions.jobs} == JOBS
    assert {schedule.name: schedule.cron_schedule for schedule in definitions.schedules} == SCHEDULES
    assert {schedule.execution_timezone for schedule in definitions.schedules} == {"America/New_York"}
    assert {sensor.name for sensor in definitions.sensors} == SENSORS


def test_operations_are_written_down(graph, definitions):
    """A check or schedule that the runbook does not name is found out about at night."""
    text = (ROOT / "docs" / "operations.md").read_text()
    names = {*JOBS, *SCHEDULES, *SENSORS, *(key.name for key in graph.asset_check_keys)}
    assert not {name for name in names if f"`{name}`" not in text}


def test_every_asset_says_what_it_is_and_whose(graph):
    """An asset without description or owner sends a person to the code at night."""
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert len(node.description or "") > 20, key
        assert node.owners, key
        assert node.kinds, key


def test_every_check_says_what_to_do(graph):
    """A red check that only says what is wrong sends a person to the code."""
    for key in graph.asset_check_keys:
        assert len(graph.get_check_spec(key).description or "") > 60, key


def test_no_day_of_the_season_is_left_to_a_default_status(definitions):
    """A schedule that starts by itself in every `dagster dev` bets twice; one that never starts, not at all."""
    assert all(each.default_status.value == "STOPPED" for each in (*definitions.schedules, *definitions.sensors))


def test_a_collecting_installation_has_its_rounds():
    """MLB_ML_COLLECT is read when definitions load, in the processes of the stack."""
    code = (
        "from mlb_ml_assets.definitions import defs; import json; print(json.dumps(["
        "sorted(j.name for j in defs.jobs), sorted(s.name for s in defs.schedules), "
        "[s.default_status.value for s in [*defs.schedules, *defs.sensors]]]))"
    )
    environment = {**os.environ, "MLB_ML_COLLECT": "mlb_stats_api,action_network", "MLB_ML_AUTOMATION": "on"}
    environment.pop("MLB_ML_ALERT_URLS", None)
    out = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout
    jobs, schedules, statuses = json.loads(out.splitlines()[-1])
    assert set(jobs) == {*JOBS, "collect"}
    assert set(schedules) == {*SCHEDULES, "morning_collect", "collect_rounds"}
    assert statuses.count("STOPPED") == 2  # alerts, without an address


def test_tables_show_their_columns_as_the_database_has_them(graph, database):
    """A schema typed twice is wrong once: what the UI shows is what the migrations made."""
    tables = {
        metadata["dagster/table_name"].value if hasattr(metadata["dagster/table_name"], "value") else
        metadata["dagster/table_name"]
        for metadata in (graph.get(key).metadata for key in graph.get_all_asset_keys())
        if "dagster/table_name" in metadata
    }  # fmt: skip
    assert len(tables) == len(ASSETS) - 2
    with database.connect() as connection:
        for table in sorted(tables):
            rows = connection.execute(
                "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute "
                "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                [table],
            ).fetchall()
            shown = [(column.name, _full_name(column.type), column.required) for column in declared_columns(table)]
            assert rows == shown, table


def _full_name(declared: str) -> str:
    names = {
        "varchar": "character varying", "timestamptz": "timestamp with time zone", "time": "time without time zone",
        "bigserial": "bigint", "decimal": "numeric", "char": "character",
    }  # fmt: skip
    head, _, rest = declared.partition("(")
    return names.get(head, head) + ("" if not rest else "(" + rest.replace(" ", ""))


def test_lineage_names_columns_that_exist(graph):
    """A line to a column that was renamed points nowhere, and the UI says nothing."""
    for table, columns in LINEAGE.items():
        names = {column.name for column in declared_columns(table)}
        assert set(columns) <= names
        for key, column in {dep for deps in columns.values() for dep in deps}:
            assert dg.AssetKey(key.split("/")) in graph.get_all_asset_keys()
            assert column in {found.name for found in declared_columns(key.replace("/", "."))}


def test_every_column_of_the_catalog_is_described(graph):
    """A catalog of bare names sends its reader to the code, or to a wrong guess about the unit."""
    for key in graph.get_all_asset_keys():
        schema = graph.get(key).metadata.get("dagster/column_schema")
        columns = getattr(schema, "value", schema).columns if schema is not None else ()
        assert not [column.name for column in columns if not column.description], key


def test_features_are_among_the_shown_columns(graph):
    """A feature's unit and meaning belong beside the asset that stores it."""
    schema = graph.get(dg.AssetKey(["curated", "ml_feature_vectors"])).metadata["dagster/column_schema"]
    columns = {column.name: column for column in getattr(schema, "value", schema).columns}
    assert "Elo rating" in columns["home_elo"].description
    assert columns["feature_cutoff_time"].type == "timestamptz"


@pytest.fixture(scope="module")
def dg_cli(tmp_path_factory):
    """Run Dagster's project command line in the checkout, with a home of its own."""
    home = tmp_path_factory.mktemp("dagster_home")

    def run(*arguments):
        environment = {**os.environ, "DAGSTER_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "1", "COLUMNS": "200"}
        environment |= {"MLB_ML_HOME": str(home / "home")}
        program = Path(sys.executable).with_name("dg")
        if not program.exists():
            pytest.skip("dagster-dg-cli is not installed: pip install -e .[dev]")
        return subprocess.run(
            [program, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    return run


def test_dg_checks_the_definitions(dg_cli):
    """`dg check defs` is what a contributor runs first."""
    result = dg_cli("check", "defs", "--no-check-yaml")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "loaded successfully" in (result.stdout + result.stderr)


def test_dg_lists_the_definitions(dg_cli):
    """The inventory as a machine reads it, equal to ours."""
    result = dg_cli("list", "defs", "--json")
    assert result.returncode == 0, result.stderr
    listed = json.loads(
        result.stdout[
            result.stdout.index("{") if result.stdout.lstrip().startswith("{") else result.stdout.index("[") :
        ]
    )
    text = json.dumps(listed)
    for name in {*JOBS, *SCHEDULES, *SENSORS, *ASSETS}:
        assert f'"{name}"' in text, name
