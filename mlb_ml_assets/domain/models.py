"""Model families, their stages, and the names under which their rows are stored.

Belongs here: names of models and stages, and what a stage means.
Not here: aliases and versions in MLflow (registry/), training (modeling/).
"""

from dataclasses import dataclass
from typing import Final, Literal

# `open`: the first decision that could have been made; `lineup`: 60 minutes before the scheduled first pitch.
Stage = Literal["open", "lineup"]
OPEN: Final[Stage] = "open"
LINEUP: Final[Stage] = "lineup"
STAGES: Final[tuple[Stage, ...]] = (OPEN, LINEUP)
# Version of performance rows that rest on the models of several months.
WALK_FORWARD_VERSION: Final = "walk-forward"


@dataclass(frozen=True)
class ModelFamily:
    """Models of one kind that share targets and stages.

    Attributes:
        key: the name's first part; the registered model of MLflow.
        stages: those that the family predicts.
    """

    key: str
    stages: tuple[Stage, ...]

    def name_of(self, stage: str) -> str:
        """`model_name` of the family's predictions at a stage."""
        return f"{self.key}_{stage}"

    @property
    def names(self) -> tuple[str, ...]:
        """`model_name` of every stage, in the order of `stages`."""
        return tuple(self.name_of(stage) for stage in self.stages)

    def stage_of(self, model_name: str) -> str | None:
        """The stage of one of the family's model names; None for another family's."""
        stage = model_name.removeprefix(f"{self.key}_")
        return stage if model_name in self.names else None


GAME_MODEL: Final = ModelFamily("mlb_game_model", STAGES)
