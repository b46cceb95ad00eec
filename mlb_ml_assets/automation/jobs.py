"""The jobs, each over one kind of partition: a Dagster run cannot mix days and months.

Belongs here: which assets and checks form a job, the tag that keeps two runs of a day apart, and whether schedules and
sensors start by themselves.
Not here: when a job runs (schedules.py, odds_sensor.py), its work (assets/).
"""

import dagster as dg

from mlb_ml_assets.assets.partitions import game_days, model_months
from mlb_ml_assets.assets.sources import COLLECTIONS, collected_sources
from mlb_ml_assets.automation.season_checks import SEASON_CHECKS, sources_are_taken_in
from mlb_ml_assets.flows.promises import PROMISES
from mlb_ml_assets.resources.mlflow import end_mlflow_on_run_finished
from mlb_ml_assets.warehouse.settings import is_automation_on

# dagster.yaml allows one run at a time for each value of it. Schedules and the sensor set it; Dagster has no tag by
# partition for jobs that can run a range at once. Runs started by hand wait at the tables' advisory locks instead.
DAY_TAG = "mlb/game_date"
_GAMES = ("curated/enhanced_games", "curated/market_lines", "curated/ml_feature_vectors")
_BETS = ("curated/ml_predictions", "curated/ml_recommendations")


def schedule_status() -> dg.DefaultScheduleStatus:
    """RUNNING where automation is on."""
    return dg.DefaultScheduleStatus.RUNNING if is_automation_on() else dg.DefaultScheduleStatus.STOPPED


def sensor_status() -> dg.DefaultSensorStatus:
    """RUNNING where automation is on."""
    return dg.DefaultSensorStatus.RUNNING if is_automation_on() else dg.DefaultSensorStatus.STOPPED


def _range(*keys: str) -> dg.AssetSelection:
    """Assets without their checks: one old price must not stop a range of past days; it does stop the day's job."""
    return dg.AssetSelection.assets(*keys).without_checks()


def _checks(runs_with: str) -> list[dg.AssetCheckKey]:
    return [
        dg.AssetCheckKey(dg.AssetKey(promise.asset.split("/")), promise.name)
        for promise in PROMISES
        if promise.runs_with == runs_with
    ]


_INTAKE = next(iter(sources_are_taken_in.check_keys))
_OF_SEASON = [key for check in SEASON_CHECKS for key in check.check_keys if key != _INTAKE]
_WATCHED = [*_checks("watch"), _INTAKE]
_EXAMINED = [*_checks("examine"), *_OF_SEASON]


def _select(keys: list[dg.AssetCheckKey]) -> dg.AssetSelection:
    return dg.AssetSelection.checks(*keys)


prepare = dg.define_asset_job(
    "prepare",
    selection=_range(*_GAMES),
    partitions_def=game_days,
    description="Games, prices and features of days.",
)
train = dg.define_asset_job(
    "train",
    selection=dg.AssetSelection.assets("game_model"),
    partitions_def=model_months,
    hooks={end_mlflow_on_run_finished},
    description="Models of months, in MLflow.",
)
promote = dg.define_asset_job(
    "promote",
    selection=dg.AssetSelection.assets("champion"),
    description="Compares the newest model with the champion on games that are new to both, and promotes it if better.",
)
predict = dg.define_asset_job(
    "predict",
    selection=_range(*_BETS),
    partitions_def=game_days,
    description="Predictions and recommendations of days.",
)
score = dg.define_asset_job(
    "score",
    selection=_range("curated/ml_model_performance"),
    partitions_def=game_days,
    description="Settlement and performance of days.",
)
settle = dg.define_asset_job(
    "settle",
    # The night's results and closing prices arrive after the day's last slate: without them nothing can be settled.
    selection=_range("curated/enhanced_games", "curated/market_lines", "curated/ml_model_performance"),
    partitions_def=game_days,
    description="A finished day: its results and closing prices, then settlement and performance.",
)
slate = dg.define_asset_job(
    "slate",
    selection=dg.AssetSelection.assets(*_GAMES, *_BETS) - _select([*_WATCHED, *_EXAMINED]),
    partitions_def=game_days,
    description="A day from its newest quotes to its stakes: prepare and predict in one run, with checks.",
)
experiments = dg.define_asset_job(
    "experiments",
    selection=dg.AssetSelection.assets("curated/ml_experiments"),
    description="Performance to MLflow's runs, and a summary of MLflow's experiments.",
)
watch = dg.define_asset_job(
    "watch",
    selection=_select(_WATCHED),
    description="Checks only: is today covered, do sources keep their shape, are their records used?",
)
examine = dg.define_asset_job(
    "examine",
    selection=_select(_EXAMINED),
    description="Checks only, over the season: scores too good to be true, calibration, drift of inputs.",
)
upkeep = dg.define_asset_job(
    "upkeep",
    selection=dg.AssetSelection.assets("housekeeping", "curated/archived_months"),
    description="Drops old events, arrivals and MLflow's deleted runs; vacuums and measures the tables; archives "
    "closed months.",
)


def collect_jobs():
    """The job of the sources that MLB_ML_COLLECT names; none where other programs collect."""
    ours = collected_sources()
    tables = [one.staging for one in COLLECTIONS if ours & set(one.sources)]
    raw = [table for one in COLLECTIONS if ours & set(one.sources) for table in one.raw]
    if not tables:
        return []
    keys = [*(f"staging/{table}" for table in tables), *(f"raw_data/{table}" for table in raw)]
    return [
        dg.define_asset_job(
            "collect",
            selection=_range(*keys),
            partitions_def=game_days,
            # Two rounds at once would fetch each source twice.
            tags={"mlb/collect": "round"},
            description="One round of the sources that this installation collects itself (MLB_ML_COLLECT).",
        )
    ]


COLLECT_JOBS = collect_jobs()
JOBS = (prepare, train, promote, predict, score, settle, slate, experiments, watch, examine, upkeep, *COLLECT_JOBS)
