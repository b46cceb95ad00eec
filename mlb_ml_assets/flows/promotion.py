"""The promotion of the newest model, as a step of its own: decided on the same held-out games, and recorded.

Belongs here: reading the games that decide, the decision for the command line and for the asset `champion`.
Not here: the comparison (evaluation/promotion_gate.py), the aliases (registry/aliases.py).
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.evaluation.promotion_gate import PromotionVerdict, compare
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.flows.prediction_rows import select_final_probability
from mlb_ml_assets.modeling.game_model import UnreadableModel
from mlb_ml_assets.registry.aliases import (
    CHALLENGER,
    CHAMPION,
    NoSuchModel,
    RegisteredModel,
    promote,
    read_champion_reason,
    refuse,
    version_of,
)
from mlb_ml_assets.registry.game_model_runs import load_game_model
from mlb_ml_assets.warehouse.decision_inputs import read_inputs
from mlb_ml_assets.warehouse.game_models import GameModelRow, read_model, read_serving_periods, write_champion
from mlb_ml_assets.warehouse.performance import read_outcomes


@dataclass(frozen=True)
class PromotionOutcome:
    """Whether the challenger was promoted, and why. `verdict` is None if it is champion already."""

    challenger: str
    champion_before: str | None
    promoted: bool
    reason: str
    verdict: PromotionVerdict | None

    @property
    def refused(self) -> bool:
        """Whether the challenger was compared and not promoted."""
        return not self.promoted and self.verdict is not None

    @property
    def champion(self) -> str | None:
        """The champion from now on."""
        return self.challenger if self.promoted else self.champion_before


def decide_promotion(connection: psycopg.Connection[Any], *, force: bool = False) -> PromotionOutcome:
    """Compare challenger and champion on the games since both were trained; promote, or record why not.

    Raises:
        NoSuchModel: nothing has been trained yet.
    """
    challenger, champion = version_of(CHALLENGER), synchronize_champion(connection)
    if challenger is None:
        raise NoSuchModel(
            f"there is no challenger: no model is trained. Next: {read_next_commands(connection).overall}"
        )
    before = None if champion is None else champion.model_version
    if champion is not None and champion.registered_version == challenger.registered_version:
        return PromotionOutcome(
            challenger.model_version, before, promoted=False, reason="champion already", verdict=None
        )
    verdict = compare_models(connection, challenger, champion)
    reason = f"forced; {verdict.reason}" if force and not verdict.promote else verdict.reason
    promoted = verdict.promote or force
    (promote if promoted else refuse)(challenger, reason)
    if promoted:
        write_champion(connection, challenger.model_version, reason)
    return PromotionOutcome(challenger.model_version, before, promoted, reason, verdict)


def synchronize_champion(connection: psycopg.Connection[Any]) -> RegisteredModel | None:
    """MLflow's champion, after recording it in our tables if they lack it.

    The alias and our row are written one after the other: after a promotion that was interrupted between them, days
    would be priced with the earlier champion forever, because the next comparison finds nothing left to promote.

    Raises:
        UnknownModelVersion: the alias names a version that was not trained here.
    """
    champion = version_of(CHAMPION)
    if champion is None:
        return None
    recorded = recorded_champion(connection)
    if recorded is None or recorded.model_version != champion.model_version:
        read_model(connection, champion.model_version)
        reason = read_champion_reason(champion, None if recorded is None else recorded.registered_version)
        write_champion(connection, champion.model_version, reason)
    return champion


def recorded_champion(connection: psycopg.Connection[Any]) -> GameModelRow | None:
    """The model that today is priced with, by our tables."""
    periods = read_serving_periods(connection)
    return periods[-1].champion if periods else None


def compare_models(
    connection: psycopg.Connection[Any], challenger: RegisteredModel, champion: RegisteredModel | None
) -> PromotionVerdict:
    """The verdict on the lineup-stage decisions between the later cutoff of the two and now.

    A champion of a format that this release cannot read no longer prices anything: the challenger is then judged alone.
    """
    rows = [read_model(connection, model.model_version) for model in (challenger, champion) if model]
    since = max(row.cutoff for row in rows)
    models = [load_game_model(rows[0].model_uri, rows[0].artifact_uri, rows[0].file_digests)]
    with suppress(UnreadableModel):
        models += [load_game_model(row.model_uri, row.artifact_uri, row.file_digests) for row in rows[1:]]
    frame = read_inputs(connection, since.date(), present().date())
    frame = frame[(frame["stage"] == "lineup") & (frame["as_of"] >= since)].reset_index(drop=True)
    known = read_outcomes(connection, since.date(), present().date())
    frame = frame.merge(known, on="game_id", how="inner")
    probabilities = [
        select_final_probability(model.predict(frame), "home_ml").to_numpy(dtype=np.float64) for model in models
    ]
    verdict = compare(
        frame["home_win"].to_numpy(dtype=np.float64),
        probabilities[0],
        probabilities[1] if len(probabilities) > 1 else None,
        frame["close_probability"].to_numpy(dtype=np.float64),
        pd.to_datetime(frame["game_date"]),
    )
    if champion is not None and len(models) == 1:
        return replace(verdict, reason=f"this release cannot read the champion {champion.model_version}")
    return verdict
