"""The exact contribution of each feature to a game's win logit and total.

Belongs here: the additive terms through anchor and memory down to features, and importance over a whole model.
Not here: approximations such as sampled Shapley values; every model here is linear.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.modeling.anchor import INPUTS, Anchor, hours_to_start
from mlb_ml_assets.modeling.design import (
    StageInputs,
    closing_line_prior,
    closing_total_prior,
    column,
    innings_share,
    market_total,
)
from mlb_ml_assets.modeling.out_of_fold import total_inputs, win_inputs
from mlb_ml_assets.modeling.stage_model import Expectation, StageModel

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """The exact additive terms of one target for n rows of one stage.

    Attributes:
        rows: the n labels of the rows in the index of their frame.
        target: home_ml, in logits, or total_over, in runs.
        names: of the k terms.
        contributions: (n, k); the contributions of a row sum to `explained`, (n,).
    """

    rows: NDArray[np.generic]
    target: str
    names: tuple[str, ...]
    contributions: Floats
    explained: Floats

    def to_frame(self) -> pd.DataFrame:
        """One line a row and term: row, target, term, contribution, explained."""
        count = len(self.names)
        return pd.DataFrame(
            {
                "row": np.repeat(self.rows, count),
                "target": self.target,
                "term": np.tile(np.array(self.names, dtype=object), len(self.rows)),
                "contribution": self.contributions.ravel(),
                "explained": np.repeat(self.explained, count),
            }
        )


def explain_stage(model: StageModel, frame: pd.DataFrame, inputs: StageInputs, expected: Expectation) -> list[Terms]:
    """The terms of rows of one stage by target (see GameModel.explain), of which these are inputs and expectation."""
    return [explain(model, inputs, expected, frame) for explain in (_explain_win, _explain_total)]


def importance_of(model: StageModel) -> pd.DataFrame:
    """|coefficient on standardized features| of every linear model of a stage, sorted within each model."""
    # An empty row yields every column name.
    inputs = StageInputs.of(pd.DataFrame({"season": [2018]}), model.stage)
    named = [
        ("blind_win", inputs.win.names, model.baseball.win_importance()),
        ("blind_runs", inputs.home_runs.names, np.abs(model.baseball.runs.coef_)),
        ("memory_win", inputs.memory_win.names, np.abs(model.memory.win.coef_)),
        ("memory_total", inputs.memory_total.names, np.abs(model.memory.total.coef_)),
    ]
    parts = [
        pd.DataFrame({"stage": model.stage, "model": name, "feature": names, "importance": importance})
        for name, names, importance in named
    ]
    return pd.concat(parts, ignore_index=True).sort_values(
        ["stage", "model", "importance"], ascending=[True, True, False], ignore_index=True
    )


def _through_anchor(anchor: Anchor, inputs: Floats, hours: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Factors of the memory and the blind model, (n,) each; terms of the features; the remainder (n,).

    The remainder contains the intercept, the expected move from past moves, and the price's own terms.
    """
    decay_weight = anchor.decay_weight(hours)
    slopes = anchor.moves.slope_of_inputs()
    known = np.isfinite(inputs)
    memory, blind = slopes[0] * decay_weight * known[:, 0], slopes[1] * decay_weight * known[:, 1]
    filled = np.where(known, inputs, 0.0)
    features = decay_weight[:, None] * anchor.moves.contributions(inputs)[:, len(INPUTS) :]
    rest = decay_weight * anchor.moves.decision_function(inputs) - memory * filled[:, 0] - blind * filled[:, 1]
    return memory, blind, features, rest - features.sum(axis=1)


def _explain_win(model: StageModel, inputs: StageInputs, expected: Expectation, frame: pd.DataFrame) -> Terms:
    remembered, _ = closing_line_prior(frame, model.stage)
    price = column(frame, "market_home_logit")
    priced, known = np.isfinite(price), np.isfinite(remembered)
    anchored = win_inputs(expected.logit["memory"], expected.logit["blind"], inputs).values
    memory, blind, news, rest = _through_anchor(model.win_anchor, anchored, hours_to_start(frame))
    # Without a price memory alone is explained; without a past close, the blind model.
    memory = np.where(priced, memory, known.astype(float))
    blind = np.where(priced, blind, (~known).astype(float))
    memory_terms = model.memory.win.contributions(inputs.memory_win.values)
    blind_terms, blind_constant = model.baseball.win_contributions(inputs.win.values)
    names = list(inputs.memory_win.names)
    features = memory[:, None] * memory_terms
    features[:, : blind_terms.shape[1]] += blind[:, None] * blind_terms
    features[:, : blind_terms.shape[1]] += np.where(priced[:, None], news, 0.0)
    held_price = np.where(priced, price, 0.0)
    left = np.where(priced, 1.0 - memory - blind, 0.0)
    constants = memory * model.memory.win.intercept_ + blind * blind_constant
    terms = np.column_stack(
        [
            left * held_price,
            memory * np.where(known, remembered, 0.0),
            features,
            constants + np.where(priced, rest, 0.0),
        ]
    )
    best = np.where(known, expected.logit["memory"], expected.logit["blind"])
    best = np.where(priced, expected.logit["anchored"], best)
    named = ("market_price", "market_memory", *names, "constant")
    return Terms(frame.index.to_numpy(), "home_ml", named, terms, best)


def _explain_total(model: StageModel, inputs: StageInputs, expected: Expectation, frame: pd.DataFrame) -> Terms:
    share, hours = innings_share(frame), hours_to_start(frame)
    runs_per_probability = model.config.memory.runs_per_over_probability
    price = market_total(frame, "market_", runs_per_probability)
    remembered, _ = closing_total_prior(frame)
    priced, known = np.isfinite(price), np.isfinite(remembered)
    anchored = total_inputs(expected.number["memory"], expected.number["blind"], inputs, runs_per_probability).values
    memory, blind, news, rest = _through_anchor(model.total_anchor, anchored, hours)
    memory = np.where(priced, memory, known.astype(float))
    blind = np.where(priced, blind, (~known).astype(float))
    matrix = inputs.memory_total
    features = (memory * share)[:, None] * model.memory.total.contributions(matrix.values)
    features += np.where(priced[:, None], news * share[:, None], 0.0)
    held_price = np.where(priced, price, 0.0)
    left = np.where(priced, 1.0 - memory - blind, 0.0)
    terms = np.column_stack(
        [
            left * held_price,
            memory * np.where(known, remembered, 0.0),
            features,
            # The run model is log-linear: its sum enters as one term.
            blind * expected.number["blind"],
            memory * share * model.memory.total.intercept_ + np.where(priced, rest * share, 0.0),
        ]
    )
    best = np.where(known, expected.number["memory"], expected.number["blind"])
    best = np.where(priced, expected.number["anchored"], best)
    named = ("market_price", "market_memory", *matrix.names, "baseball_runs", "constant")
    return Terms(frame.index.to_numpy(), "total_over", named, terms, best)
