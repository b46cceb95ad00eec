"""GameModel: both stages of one training month, to fit, predict, explain, save and load.

Belongs here: the public interface of modeling/ and its file format (JSON and npz, nothing executable).
Not here: what happens inside a stage (stage_model.py), MLflow (registry/).
"""

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.models import GAME_MODEL, STAGES
from mlb_ml_assets.modeling.config import ModelConfig, UnknownSetting
from mlb_ml_assets.modeling.design import StageInputs, learnable, require
from mlb_ml_assets.modeling.explanation import Terms, explain_stage, importance_of
from mlb_ml_assets.modeling.linear import NotEnoughGames
from mlb_ml_assets.modeling.out_of_fold import out_of_fold
from mlb_ml_assets.modeling.stage_model import StageModel

FORMAT = f"{GAME_MODEL.key}/5"
_RETRAIN = (
    "Nothing can be priced with it: train its month again, `mlb-ml run --from D --to D --select train` with D a day of "
    "the month, then `mlb-ml model promote`"
)


class UnreadableModel(ValueError):
    """A folder that does not hold a game model of this format."""


def columns_of_stages() -> dict[str, dict[str, list[str]]]:
    """The inputs of each linear model by stage, in order; coefficients are meaningless without them."""
    # An empty row yields every column name.
    empty = pd.DataFrame({"season": [0]})
    return {stage: {name: list(names) for name, names in StageInputs.of(empty, stage).names()} for stage in STAGES}


class GameModel:
    """The game model of one cutoff.

    Attributes:
        config: all constants.
        stages: fitted models by stage; a stage without training rows is absent.
        facts: training data by stage: rows, finished games, season and number of the moneylines that the anchor's
            curve of time was learned from, first and last game date.
    """

    def __init__(self, config: ModelConfig | None = None) -> None:
        self.config = config or ModelConfig()
        self.stages: dict[str, StageModel] = {}
        self.facts: dict[str, Any] = {}

    def fit(self, training: pd.DataFrame) -> Self:
        """Fit both stages on rows whose results were known at the cutoff.

        Args:
            training: feature, market_, close_ and outcome columns, and `stage`, of rows known at the cutoff.

        Raises:
            NotEnoughGames: no stage has enough finished games.
        """
        require(training, ("stage", "season", "home_win", "home_score", "away_score"))
        for stage in STAGES:
            rows = training[(training.stage == stage).to_numpy() & learnable(training)]
            if rows.home_win.notna().sum() >= self.config.least_training_games:
                inputs = StageInputs.of(rows, stage)
                self.fit_stage(inputs, out_of_fold(inputs, self.config))
        if not self.stages:
            finished = int(training.home_win.notna().sum())
            raise NotEnoughGames(f"{finished} finished rows, {self.config.least_training_games} per stage are needed")
        return self

    def fit_stage(self, inputs: StageInputs, made: pd.DataFrame) -> Self:
        """Fit one stage on rows and their out-of-fold predictions, in the same order."""
        # The model is reused so that Newton's method starts from last month's coefficients.
        held = self.stages.get(inputs.stage, StageModel(inputs.stage, self.config))
        self.stages[inputs.stage] = held.fit(inputs, made)
        self.facts[inputs.stage] = {
            "rows": len(inputs),
            "games": int(inputs.facts.home_win.notna().sum()),
            "seasons": [int(inputs.facts.season.min()), int(inputs.facts.season.max())],
            # None and 0: without stamped prices the anchor's weight falls as if news came at an even rate.
            "curve_season": self.stages[inputs.stage].win_anchor.curve_season_,
            "stamped_prices": self.stages[inputs.stage].win_anchor.stamped_prices_,
            **_dates(inputs.facts),
        }
        return self

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Probabilities and expectations for each row, in the frame's order and with its index.

        Args:
            frame: game_id, stage, season, features and, where a price was quoted, the market_ columns. Optional:
                market_hours_to_start, hours from the quote to first pitch (in archives: from the opening).

        Returns:
            game_id, stage and, in 0..1:
            `{blind,memory,anchored}_{home_ml,total_over,home_spread}` (total and spread given no push; NaN without a
            price for anchored, without a past close for memory, without a line for total_over);
            `push_total_over`, `push_home_spread`; `{target}_low`, `{target}_high`, the interval that contains the
            closing fair probability with `interval_coverage`; `expected_close_{target}` and `_sd`; and in runs:
            `expected_home_runs`, `expected_away_runs`, `expected_total`, `{variant}_expected_total`,
            `expected_close_total_number` and `_sd`. `anchor_weight` is the weight on (memory - price).
            `total_line`, `spread_line` are the lines priced (-1.5 where `spread_line_quoted` is False).
            `home_rate`, `away_rate`, `home_dispersion`, `away_dispersion` define the joint distribution.
            `playable` is False where scheduled_innings is neither 7 nor 9; such rows and rows of an unfitted stage
            are NaN.
        """
        require(frame, ("stage", "season"))
        return self._gathered(frame, [model.predict(rows) for model, rows in self._by_stage(frame)])

    def predict_and_explain(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Terms]]:
        """`predict` and the terms of `explain` for the same rows, whose matrices and expectations are made once."""
        require(frame, ("game_id", "stage", "season"))
        predicted: list[pd.DataFrame] = []
        explained: list[Terms] = []
        for model, rows in self._by_stage(frame):
            inputs = StageInputs.of(rows, model.stage)
            expected = model.expect(inputs)
            predicted.append(model.predict(rows, expected))
            explained += explain_stage(model, rows, inputs, expected)
        return self._gathered(frame, predicted), explained

    def _by_stage(self, frame: pd.DataFrame) -> list[tuple[StageModel, pd.DataFrame]]:
        """The fitted stages that the frame has rows of, with these."""
        parts = [(model, frame[frame.stage == stage]) for stage, model in self.stages.items()]
        return [(model, rows) for model, rows in parts if len(rows)]

    def _gathered(self, frame: pd.DataFrame, parts: list[pd.DataFrame]) -> pd.DataFrame:
        """Predictions by stage in the frame's order, beside the columns that name its rows."""
        out = pd.concat(parts).reindex(frame.index) if parts else pd.DataFrame(index=frame.index)
        kept = [name for name in ("game_id", "stage") if name in frame.columns]
        return pd.concat([frame[kept], out], axis=1)

    def explain(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Decompose the anchored (else memory, else blind) win logit and total line of each row into exact terms.

        Returns:
            Long frame: row (its label in the index of `frame`), target (home_ml in logits, total_over in runs), term,
            contribution, explained, game_id, stage; the contributions of a row and target sum to `explained`.
        """
        require(frame, ("game_id", "stage", "season"))
        terms = pd.concat([terms.to_frame() for terms in self.predict_and_explain(frame)[1]], ignore_index=True)
        return terms.join(frame[["game_id", "stage"]], on="row")

    def feature_importance(self) -> pd.DataFrame:
        """|standardized coefficient| by stage, model and feature."""
        return pd.concat([importance_of(model) for model in self.stages.values()], ignore_index=True)

    def save(self, folder: Path) -> None:
        """Write model.json (configuration, facts) and arrays.npz into `folder`, created if needed."""
        folder.mkdir(parents=True, exist_ok=True)
        about = {
            "format": FORMAT,
            "config": self.config.to_dict(),
            "facts": self.facts,
            "stages": list(self.stages),
            "columns": columns_of_stages(),
        }
        (folder / "model.json").write_text(json.dumps(about, indent=1, sort_keys=True))
        arrays: dict[str, NDArray[np.float64]] = {
            f"{stage}/{key}": array for stage, model in self.stages.items() for key, array in model.arrays().items()
        }
        with (folder / "arrays.npz").open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, folder: Path) -> "GameModel":
        """Read files written by `save`; nothing in them is executed.

        Raises:
            UnreadableModel: the format or the columns differ from this release's, or a file is missing.
        """
        about_file = folder / "model.json"
        if not about_file.is_file():
            raise UnreadableModel(f"{folder} contains no model.json")
        about = json.loads(about_file.read_text())
        if about.get("format") != FORMAT:
            raise UnreadableModel(
                f"{about_file} has format {about.get('format')!r}, this release reads {FORMAT!r}. {_RETRAIN}"
            )
        for stage, columns in columns_of_stages().items():
            if about["columns"].get(stage) != columns:
                raise UnreadableModel(
                    f"{about_file}: stage {stage} was trained on other columns than this release builds. {_RETRAIN}"
                )
        try:
            model = cls(ModelConfig.from_dict(about["config"]))
        except UnknownSetting as error:
            raise UnreadableModel(f"{about_file}: {error}. {_RETRAIN}") from error
        model.facts = about["facts"]
        with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
            for stage in about["stages"]:
                prefix = f"{stage}/"
                held = {key[len(prefix) :]: arrays[key] for key in arrays.files if key.startswith(prefix)}
                model.stages[stage] = StageModel(stage, model.config).load_arrays(held)
        return model


def _dates(rows: pd.DataFrame) -> dict[str, str]:
    if "game_date" not in rows.columns:
        return {}
    return {"first_date": str(rows.game_date.min())[:10], "last_date": str(rows.game_date.max())[:10]}
