"""The registry of features: each declared once, with everything derived from the declarations.

Belongs here: the declaration type, name lists, column types, the docs page, the hash of a vector.
Not here: the declarations (declarations.py), formulas, storage.
"""

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from mlb_ml_assets.domain.input_ages import INPUT_GROUPS, SEASON_BEGINS, SEASON_ENDS
from mlb_ml_assets.domain.models import STAGES

# Increase it when a definition or constant changes: only vectors of one version are comparable with each other.
FEATURE_VERSION: Final = "6"

Group = Literal["temporal", "market", "team", "derived"]
BearsOn = Literal["own", "opposing", "both", "none"]
Shrinkage = Literal["runs", "player", "team"]
KNOWN_AT_RULES: Final[Mapping[str, str]] = {
    "schedule": "with the schedule, before the season",
    "results": "06:00 Eastern the day after each game",
    "announced": "when announced: with the opening price in archives, as captured live",
    "lineup": "when the lineup is announced: first pitch - 3 h in archives, as captured live",
    "weather": "forecasts as captured; without one what was observed, at first pitch - 3 h, in archives",
    "close": "a past game's close, with its result at 06:00 Eastern the day after",
}


@dataclass(frozen=True)
class Feature:
    """One number per game and stage.

    Args:
        name: column name; features of one side exist twice, with prefix home_ and away_.
        meaning: what it measures and its sign.
        unit: of the stored number.
        sources: frames of the history it is computed from, or the module that passes it in.
        first_season: first season with values in the archives.
        known_at: key of KNOWN_AT_RULES.
        stages: where it has values; elsewhere it is NaN.
        group: which JSONB column of curated.ml_feature_vectors holds it.
        per_side: whether it exists once for each side.
        win_stages: stages at which the difference of its sides helps to predict the winner; measured on 2013-18:
            the others together cost .0004 nats.
        win_shrinkage: how strongly its coefficient is shrunk in models of the winner: `runs` (already in runs, hardly),
            `player`, or `team` (most).
        bears_on: whose runs it bears on: `own` (what a side does at bat), `opposing` (how it keeps the other from
            scoring), `both`, or `none`.
    """

    name: str
    meaning: str
    unit: str
    sources: tuple[str, ...]
    known_at: str = "results"
    first_season: int = 2009
    stages: tuple[str, ...] = STAGES
    group: Group = "team"
    per_side: bool = True
    win_stages: tuple[str, ...] = ()
    win_shrinkage: Shrinkage = "team"
    bears_on: BearsOn = "none"

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in the features frame."""
        return (f"home_{self.name}", f"away_{self.name}") if self.per_side else (self.name,)


def columns_of(features: Iterable[Feature]) -> tuple[str, ...]:
    """All columns in order."""
    return tuple(column for feature in features for column in feature.columns)


def stage_columns(features: Iterable[Feature], stage: str) -> tuple[str, ...]:
    """The columns that can hold a value at a stage."""
    return columns_of(feature for feature in features if stage in feature.stages)


def groups_of(features: Iterable[Feature]) -> dict[Group, tuple[str, ...]]:
    """Columns by JSONB group."""
    grouped: dict[Group, list[str]] = {"temporal": [], "market": [], "team": [], "derived": []}
    for feature in features:
        grouped[feature.group].extend(feature.columns)
    return {group: tuple(columns) for group, columns in grouped.items()}


def vector_hash(game_id: int, cutoff: datetime, version: str, columns: Sequence[str], values: Sequence[float]) -> str:
    """SHA-256 of one stored vector: game, cutoff, version, column names and the values as stored (32 bit).

    Raises:
        ValueError: names and values differ in number, or the cutoff has no time zone.
    """
    if len(columns) != len(values):
        raise ValueError(f"{len(columns)} columns, {len(values)} values")
    if cutoff.tzinfo is None:
        raise ValueError(f"cutoff without a time zone: {cutoff}")
    head = f"{game_id}|{cutoff.timestamp():.6f}|{version}|{','.join(columns)}|"
    return hashlib.sha256(head.encode() + struct.pack(f"<{len(values)}f", *values)).hexdigest()


def _day(month_and_day: tuple[int, int]) -> str:
    return f"{date(2000, *month_and_day):%-d %B}"


def feature_page(features: Iterable[Feature]) -> str:
    """The docs page: one table row per feature."""
    lines = [
        "# Features",
        "",
        (
            f"Version {FEATURE_VERSION}. A feature marked *each side* exists as `home_…` and `away_…`. Missing is NaN. "
            "What each block is worth is in [the model](model.md#what-each-block-is-worth)."
        ),
        "",
        "| feature | each side | meaning | unit | from | known at | stages | since |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{feature.name}` | {'yes' if feature.per_side else ''} | {feature.meaning} | {feature.unit} "
        f"| {', '.join(feature.sources)} | {KNOWN_AT_RULES[feature.known_at]} | {', '.join(feature.stages)} "
        f"| {feature.first_season} |"
        for feature in features
    ]
    lines += [
        "",
        "## Ages",
        "",
        (
            "With each vector goes the age of the facts behind it (`curated.game_features`): days of the season, "
            f"{_day(SEASON_BEGINS)} to {_day(SEASON_ENDS)}, from the newest fact known at the cutoff to the last day "
            "whose facts could be known; of the club with the older ones. 0 or 1 is usual, missing means that there "
            "has never been a fact. An older group widens the forecast's uncertainty, and past its limit nothing is "
            "staked (`docs/operations.md`)."
        ),
        "",
        "| age | facts | most days |",
        "|---|---|---|",
    ]
    lines += [f"| `{group.column}` | {group.meaning} | {group.most_days} |" for group in INPUT_GROUPS]
    return "\n".join(lines) + "\n"
