"""Checks that need more than one query: scores too good to be true, inputs that drift or age, sources that lose games.

Belongs here: which series, windows and limits are examined, and the findings.
Not here: statistics (evaluation/alarms.py, evaluation/drift.py), promises about rows (promises.py), Dagster's results.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from mlb_ml_assets.domain.input_ages import INPUT_GROUPS, InputAge
from mlb_ml_assets.domain.markets import MONEYLINE, TOTAL
from mlb_ml_assets.domain.models import GAME_MODEL, LINEUP

if TYPE_CHECKING:
    import pandas as pd
    import psycopg

    from mlb_ml_assets.evaluation.alarms import Alarm
    from mlb_ml_assets.evaluation.drift import Drift
    from mlb_ml_assets.warehouse.checks import Intake

# Above this share of a source's week, the fault is systematic: a team or park renamed, a new field.
MAX_LEFT_OUT: Final = 0.02
_INTAKE_DAYS: Final = 7
# A month now against the same month of three earlier seasons: what a model has learned from, at the same time of year.
_DRIFT_DAYS: Final = 30
_DRIFT_SEASONS: Final = 3
MIN_DRIFT_ROWS: Final = 150
# Rules of a season and the calendar change by their nature; the model receives them as features for that reason.
_MAY_DRIFT: Final = frozenset(
    {"season", "season_day", "league_runs", "league_home_wins", "automatic_runner", "designated_hitter", "postseason"}
)
_WIN_SERIES: Final = {
    "blind": "blind_probability",
    "memory": "memory_probability",
    "final": "final_probability",
    "price at the decision": "market_probability",
    "close": "closing_probability",
}


@dataclass(frozen=True)
class SeasonScores:
    """The alarms over a season's played games, of our series and of the market's."""

    games: int
    alarms: "list[Alarm]"


def check_scores(connection: "psycopg.Connection[Any]", day: date) -> SeasonScores:
    """The scores of the season up to and including `day` that no honest forecaster could reach."""
    from mlb_ml_assets.warehouse.settlement import read_evaluation_rows

    rows = read_evaluation_rows(connection, date(day.year, 1, 1), day + timedelta(days=1))
    if rows.empty:
        return SeasonScores(0, [])
    games = int(rows.loc[rows["played"].astype(bool), "game_id"].nunique())
    return SeasonScores(games, list(find_alarms(rows)))


def find_alarms(rows: "pd.DataFrame") -> Iterator["Alarm"]:
    """The alarms of evaluation/alarms.py over evaluation rows, by stage and series."""
    import numpy as np

    from mlb_ml_assets.evaluation.alarms import too_good_totals, too_good_wins

    played = rows[rows["played"].astype(bool)]
    newest = played.groupby(["model_name", "game_id"])["model_version"].transform("max") == played["model_version"]
    for model, part in played[newest].groupby("model_name"):
        stage = GAME_MODEL.stage_of(str(model))
        home = part[(part["market_type"] == MONEYLINE.key) & (part["side"] == MONEYLINE.first_side)]
        season = home["game_date"].dt.year.to_numpy(np.int64)
        won = (home["home_score"] > home["away_score"]).to_numpy(np.float64)
        series = {f"{stage}, {name}": home[column].to_numpy(np.float64) for name, column in _WIN_SERIES.items()}
        yield from too_good_wins(series, won, season)
        over = part[(part["market_type"] == TOTAL.key) & (part["side"] == TOTAL.first_side)]
        runs = (over["home_score"] + over["away_score"]).to_numpy(np.float64)
        lines = {f"{stage}, total line": over["line_value"].to_numpy(np.float64)}
        yield from too_good_totals(lines, runs, over["game_date"].dt.year.to_numpy(np.int64))


@dataclass(frozen=True)
class InputDrift:
    """Rows compared and the drift of each feature, largest first; no drifts where there are too few rows."""

    rows_now: int
    rows_in_training: int
    drifts: "list[Drift]"

    @property
    def has_enough_rows(self) -> bool:
        """Whether both sides have the rows that an index needs."""
        return min(self.rows_now, self.rows_in_training) >= MIN_DRIFT_ROWS

    @property
    def shifted(self) -> "list[Drift]":
        """The features that moved."""
        return [drift for drift in self.drifts if drift.shifted]


def check_inputs(connection: "psycopg.Connection[Any]", day: date) -> InputDrift:
    """Population stability of every feature at stage lineup, the month up to `day` against up to three seasons."""
    from mlb_ml_assets.evaluation.drift import drift_of
    from mlb_ml_assets.features.declarations import FEATURE_COLUMNS

    now, before = recent_and_training_features(connection, day)
    found = InputDrift(len(now), len(before), [])
    if not found.has_enough_rows:
        return found
    names = [name for name in FEATURE_COLUMNS if name not in _MAY_DRIFT]
    return InputDrift(len(now), len(before), list(drift_of(before, now, names)))


def recent_and_training_features(
    connection: "psycopg.Connection[Any]", day: date
) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Features of stage lineup of the 30 days up to `day`, and of the same days of the three seasons before."""
    import pandas as pd

    from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
    from mlb_ml_assets.warehouse.feature_store import read_features

    version = current_feature_version(connection)
    first = day - timedelta(days=_DRIFT_DAYS - 1)

    def read_stage(begin: date, end: date) -> "pd.DataFrame":
        frame = read_features(connection, begin, end, version)
        return frame[frame["stage"] == LINEUP]

    # 52 weeks, not a date of another year: 29 February has none, and the day of the week stays.
    earlier = [timedelta(weeks=52 * back) for back in range(1, _DRIFT_SEASONS + 1)]
    parts = [read_stage(first - back, day - back) for back in earlier]
    return read_stage(first, day), pd.concat(parts, ignore_index=True)


def check_input_ages(connection: "psycopg.Connection[Any]", day: date) -> list[InputAge]:
    """The age of each group of facts behind the newest decisions about a day's games; empty without decisions."""
    from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
    from mlb_ml_assets.warehouse.feature_store import read_features

    features = read_features(connection, day, day, current_feature_version(connection))
    if features.empty:
        return []
    newest = features[features["as_of"] == features.groupby(["game_id", "stage"])["as_of"].transform("max")]
    oldest = newest[[group.column for group in INPUT_GROUPS]].max()
    return [
        InputAge(group, None if oldest.isna()[group.column] else float(oldest[group.column])) for group in INPUT_GROUPS
    ]


@dataclass(frozen=True)
class SourceShare:
    """A source's week: the share of its games without a link and of its records in quarantine."""

    intake: "Intake"
    unmapped: float
    quarantined: float

    @property
    def is_too_large(self) -> bool:
        """Whether either share is above the limit."""
        return max(self.unmapped, self.quarantined) > MAX_LEFT_OUT


def check_intake(connection: "psycopg.Connection[Any]", day: date) -> list[SourceShare]:
    """Of what each source reported in the week up to `day`, the shares that were not used."""
    from mlb_ml_assets.warehouse.checks import read_intake

    intakes = read_intake(connection, day - timedelta(days=_INTAKE_DAYS - 1), day + timedelta(days=1))
    return [
        SourceShare(
            intake,
            unmapped=intake.unmapped / intake.games if intake.games else 0.0,
            # Sources without games of their own are counted by their records only: one in quarantine is all of it.
            quarantined=intake.quarantined / (intake.games + intake.quarantined),
        )
        for intake in intakes
    ]
