"""`mlb-ml model tune`: search settings on training seasons only, each trial a nested run in MLflow.

Belongs here: reading the stored frame, logging trials, printing the best.
Not here: the search (evaluation/tuning.py), changing the default configuration (modeling/config.py).
"""

from collections.abc import Mapping, Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.markets import MONEYLINE
from mlb_ml_assets.evaluation.tuning import Trial, search
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.registry.tracking import use_tracking_store
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.feature_store import read_training
from mlb_ml_assets.warehouse.month_store import month_store

_SHOWN = 10


class NothingToSearch(LookupError):
    """No stored features of finished games."""


class BadChoice(ValueError):
    """--choice cannot be read."""


def tune(choices: Sequence[str], through_season: int) -> None:
    """Score every combination on seasons up to `through_season` and log each below one MLflow run.

    Args:
        choices: like estimators.win_penalty=500,1000,2000; dotted names of modeling/config.py.
        through_season: last season that the search may see; hold later ones back for the verdict.

    Raises:
        BadChoice: a choice has another form.
        NothingToSearch: no features are stored.
        UnknownSetting: a choice names an unknown setting.
    """
    wanted = dict(_choice(text) for text in choices)
    settings = ensure_database()
    with connect(settings.dsn, application_name="mlb_ml:tune", autocommit=True) as connection:
        frame = read_training(connection, present(), store=month_store())
        if frame.empty:
            raise NothingToSearch(
                f"no features of finished games are stored. Next: {read_next_commands(connection).overall}"
            )
    frame["game_date"] = pd.to_datetime(frame["game_date"])
    trials = search(frame, wanted, through_season=through_season)
    _log(trials, wanted, through_season)
    Console().print(_table(trials))


def _choice(text: str) -> tuple[str, list[float]]:
    name, equals, values = text.partition("=")
    try:
        numbers = [float(value) for value in values.split(",")]
    except ValueError as error:
        raise BadChoice(f"--choice {text!r}: write NAME=NUMBER,NUMBER, like estimators.win_penalty=500,1000") from error
    if not equals or not name:
        raise BadChoice(f"--choice {text!r}: write NAME=NUMBER,NUMBER, like estimators.win_penalty=500,1000")
    return name, numbers


def _log(trials: Sequence[Trial], wanted: Mapping[str, Sequence[float]], through_season: int) -> None:
    import mlflow

    experiment = use_tracking_store()[MONEYLINE.target]
    tags = {"prediction_target": "tuning"}
    with mlflow.start_run(experiment_id=experiment, run_name=f"tuning through {through_season}", tags=tags):
        mlflow.log_params({f"choices of {name}": str(list(values)) for name, values in wanted.items()})
        for number, trial in enumerate(trials):
            with mlflow.start_run(experiment_id=experiment, run_name=f"trial {number}", nested=True, tags=tags):
                mlflow.log_params(trial.parameters)
                mlflow.log_metrics({name: value for name, value in trial.metrics.items() if pd.notna(value)})


def _table(trials: Sequence[Trial]) -> Table:
    shown = [name for name in trials[0].metrics if name.endswith(f"{MONEYLINE.target}_anchored_less_price")]
    table = Table(title="Best first, out of fold", title_justify="left", header_style="bold")
    for name in (*trials[0].parameters, *shown):
        table.add_column(name, justify="right")
    for trial in trials[:_SHOWN]:
        cells = [f"{value:g}" for value in trial.parameters.values()]
        table.add_row(*cells, *(f"{trial.metrics[name]:+.5f}" for name in shown))
    return table
