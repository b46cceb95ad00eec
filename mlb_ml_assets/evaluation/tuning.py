"""Search over configurations on training seasons only.

Belongs here: candidates, their season-by-season scores, and records ready for nested experiment runs.
Not here: touch the last seasons held back by the caller, log anywhere (registry/), change the default (config.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.domain.models import STAGES
from mlb_ml_assets.evaluation.clustered import paired
from mlb_ml_assets.evaluation.scores import NothingToScore, explained, log_loss
from mlb_ml_assets.modeling.config import ModelConfig, UnknownSetting
from mlb_ml_assets.modeling.design import StageInputs, column, innings_share, learnable, market_total
from mlb_ml_assets.modeling.out_of_fold import moved_logit, moved_number, out_of_fold
from mlb_ml_assets.modeling.run_model import RunModel
from mlb_ml_assets.modeling.stage_model import VARIANTS


@dataclass(frozen=True)
class Trial:
    """One configuration's scores out of fold; `parameters` holds only what was varied."""

    parameters: dict[str, float]
    metrics: dict[str, float]
    config: ModelConfig


def varied(base: ModelConfig, choices: Mapping[str, Sequence[float]]) -> Iterable[tuple[dict[str, float], ModelConfig]]:
    """Every combination of `choices`, dotted names such as estimators.win_penalty, on top of `base`.

    Raises:
        UnknownSetting: a name that no setting has.
    """
    for values in product(*choices.values()):
        picked = dict(zip(choices, values, strict=True))
        config = base
        for name, value in picked.items():
            config = _with(config, name.split("."), value, name)
        yield picked, config


def _with(part: Any, path: list[str], value: float, name: str) -> Any:
    if not hasattr(part, path[0]):
        raise UnknownSetting(f"{name} is not a setting")
    inner = value if len(path) == 1 else _with(getattr(part, path[0]), path[1:], value, name)
    return replace(part, **{path[0]: inner})


def score(frame: pd.DataFrame, stage: str, config: ModelConfig, from_season: int) -> dict[str, float]:
    """Out-of-fold scores of one configuration on one stage, from `from_season` on, without doubleheaders.

    Differences of log loss to the decision price, R² of the predicted moves, squared error of totals less the market's.

    Raises:
        NothingToScore: no season to score after the first ones.
    """
    rows = frame[(frame.stage == stage).to_numpy() & learnable(frame)].reset_index(drop=True)
    made = out_of_fold(StageInputs.of(rows, stage), config)
    kept = ((rows.season >= from_season) & (rows.doubleheader == "N")).to_numpy()
    if not kept.any() or not made.blind_logit[kept].notna().any():
        raise NothingToScore(f"no out-of-fold season from {from_season} on")
    won, days = column(rows, "home_win"), rows.game_date.to_numpy()
    price = column(rows, "market_home_logit")
    share = innings_share(rows)
    runs = column(rows, "home_score") + column(rows, "away_score")
    moved, shifted = moved_logit(rows), moved_number(rows, config.memory.runs_per_over_probability)
    market = log_loss(expit(price), won)
    out: dict[str, float] = {}
    for name in VARIANTS:
        loss = log_loss(expit(made[f"{name}_logit"]), won)
        out[f"home_ml_{name}_less_price"] = paired(loss[kept], market[kept], days[kept]).mean
    expected = made.anchored_logit.to_numpy() - price
    out["home_ml_move_r2"] = explained(moved[kept], expected[kept])
    anchored = made.anchored_number.to_numpy() / share
    start = market_total(rows, "market_", config.memory.runs_per_over_probability) / share
    out["total_over_move_r2"] = explained(shifted[kept], (anchored - start)[kept])
    neutral = RunModel(config.runs)
    errors = (runs / share - neutral.mean_from_number(anchored, np.ones(len(rows)))) ** 2
    reference = (runs / share - neutral.mean_from_number(start, np.ones(len(rows)))) ** 2
    out["total_over_squared_error_less_price"] = paired(errors[kept], reference[kept], days[kept]).mean
    return out


def search(
    frame: pd.DataFrame,
    choices: Mapping[str, Sequence[float]],
    *,
    through_season: int,
    from_season: int = 2012,
    base: ModelConfig | None = None,
    stages: Sequence[str] = STAGES,
) -> list[Trial]:
    """Score every combination on seasons up to `through_season`; later rows are cut off before anything is fitted.

    Returns:
        Trials, best first by the mean over stages of the anchored win loss less the price's.
    """
    training = frame[frame.season <= through_season]
    trials = []
    for parameters, config in varied(base or ModelConfig(), choices):
        metrics = {
            f"{stage}_{name}": value
            for stage in stages
            for name, value in score(training, stage, config, from_season).items()
        }
        trials.append(Trial(parameters, metrics, config))
    ranked = [np.mean([trial.metrics[f"{stage}_home_ml_anchored_less_price"] for stage in stages]) for trial in trials]
    return [trials[place] for place in np.argsort(ranked, kind="stable")]
