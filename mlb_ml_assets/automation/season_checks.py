"""Checks that need more than one query: numbers too good to be true, inputs that drift, sources that are not taken in.

Belongs here: which series and windows are looked at, and what a failure shows.
Not here: limits and statistics (evaluation/alarms.py, evaluation/drift.py), promises about rows (promises.py).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from mlb_ml_assets.automation.checks import checked_days, sample_table
from mlb_ml_assets.resources.postgres import PostgresResource

if TYPE_CHECKING:
    import pandas as pd
    import psycopg

    from mlb_ml_assets.evaluation.alarms import Alarm

# Above this share of what a source told in a week, something systematic is wrong: a team or park renamed, a new field.
_MOST_LEFT_OUT = 0.02
_INTAKE_DAYS = 7
# A month now against the same month of three seasons before: what a model has learnt from, at the same time of year.
_DRIFT_DAYS = 30
_DRIFT_SEASONS = 3
_FEWEST_ROWS = 150
# Rules of a season and the calendar change by their nature; a model is told them so that it need not be surprised.
_MAY_DRIFT = frozenset(
    {"season", "season_day", "league_runs", "league_home_wins", "automatic_runner", "designated_hitter", "postseason"}
)
_WIN_SERIES = {
    "blind": "blind_probability",
    "memory": "memory_probability",
    "final": "final_probability",
    "price at the decision": "market_probability",
    "close": "closing_probability",
}


@dg.asset_check(
    asset=dg.AssetKey(["curated", "ml_model_performance"]),
    name="scores_are_not_too_good",
    description="No series of ours or of the market scores better over the season than an honest forecaster could. "
    "If not: a result or an in-play price leaks into the inputs; stop betting, and compare known_at with first_pitch.",
)
def scores_are_not_too_good(context: dg.AssetCheckExecutionContext, postgres: PostgresResource) -> dg.AssetCheckResult:
    """The alarms of evaluation/alarms.py over the season so far, for our series and for the market's."""
    from mlb_ml_assets.warehouse.settlement import evaluation_rows

    day = checked_days(context.run.tags)[1]
    with postgres.connect("check:scores_are_not_too_good") as connection:
        rows = evaluation_rows(connection, date(day.year, 1, 1), day + timedelta(days=1))
    alarms = list(_alarms(rows)) if len(rows) else []
    metadata: dict[str, Any] = {
        "season": day.year,
        "games": int(rows.loc[rows["played"].astype(bool), "game_id"].nunique()) if len(rows) else 0,
        "alarms": len(alarms),
    }
    if alarms:
        metadata["what to do"] = (
            "Stop betting on these series. A close that is too good is an in-play price: compare quoted_at with "
            "first_pitch. A forecast that is too good has seen a result: mlb-ml backtest names the alarms by season."
        )
        metadata["sample"] = sample_table([alarm.to_dict() for alarm in alarms])
    return dg.AssetCheckResult(
        passed=not alarms,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(alarms)} scores are too good to be true" if alarms else "no score is too good to be true",
        metadata=metadata,
    )


def _alarms(rows: "pd.DataFrame") -> Iterator["Alarm"]:
    import numpy as np

    from mlb_ml_assets.evaluation.alarms import too_good_totals, too_good_wins

    played = rows[rows["played"].astype(bool)]
    newest = played.groupby(["model_name", "game_id"])["model_version"].transform("max") == played["model_version"]
    for model, part in played[newest].groupby("model_name"):
        stage = str(model).rsplit("_", 1)[1]
        home = part[(part["market_type"] == "moneyline") & (part["side"] == "home")]
        season = home["game_date"].dt.year.to_numpy(np.int64)
        won = (home["home_score"] > home["away_score"]).to_numpy(np.float64)
        series = {f"{stage}, {name}": home[column].to_numpy(np.float64) for name, column in _WIN_SERIES.items()}
        yield from too_good_wins(series, won, season)
        over = part[(part["market_type"] == "total") & (part["side"] == "over")]
        runs = (over["home_score"] + over["away_score"]).to_numpy(np.float64)
        lines = {f"{stage}, total line": over["line_value"].to_numpy(np.float64)}
        yield from too_good_totals(lines, runs, over["game_date"].dt.year.to_numpy(np.int64))


@dg.asset_check(
    asset=dg.AssetKey(["curated", "ml_feature_vectors"]),
    name="inputs_look_like_training",
    description="Features of the last 30 days are spread as in the same month of the seasons that models learnt from "
    "(population stability index below 1). If not: a source changed its units or went silent, or baseball "
    "changed its rules.",
)
def inputs_look_like_training(
    context: dg.AssetCheckExecutionContext, postgres: PostgresResource
) -> dg.AssetCheckResult:
    """Population stability of every feature at stage lineup, against the same weeks of up to three seasons before."""
    from mlb_ml_assets.evaluation.drift import drift_of
    from mlb_ml_assets.features.declarations import FEATURE_COLUMNS

    day = checked_days(context.run.tags)[1]
    with postgres.connect("check:inputs_look_like_training") as connection:
        now, before = recent_and_training_features(connection, day)
    if len(now) < _FEWEST_ROWS or len(before) < _FEWEST_ROWS:
        return dg.AssetCheckResult(
            passed=True,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"too few games to tell: {len(now)} now, {len(before)} in training",
            metadata={"rows now": len(now), "rows in training": len(before)},
        )
    drifts = drift_of(before, now, [name for name in FEATURE_COLUMNS if name not in _MAY_DRIFT])
    shifted = [one for one in drifts if one.shifted]
    metadata: dict[str, Any] = {
        "rows now": len(now),
        "rows in training": len(before),
        "largest index": drifts[0].index,
        "shifted features": len(shifted),
        "largest": sample_table(
            [
                {
                    "feature": one.column,
                    "index": round(one.index, 3),
                    "by chance": round(one.by_chance, 3),
                    "missing in training": f"{one.missing_before:.1%}",
                    "missing now": f"{one.missing_now:.1%}",
                }
                for one in drifts
            ]
        ),
    }
    if shifted:
        metadata["what to do"] = (
            "Missing now: a source went silent, see its checks. Spread changed: compare units and rules with last "
            "season; if baseball changed, retrain and watch calibration."
        )
    return dg.AssetCheckResult(
        passed=not shifted,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(shifted)} of {len(drifts)} features have moved" if shifted else "inputs look like training",
        metadata=metadata,
    )


def recent_and_training_features(
    connection: "psycopg.Connection[Any]", day: date
) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Features of stage lineup of the 30 days up to `day`, and of the same days of the three seasons before."""
    import pandas as pd

    from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
    from mlb_ml_assets.warehouse.feature_store import read_features

    version = current_feature_version(connection)
    first = day - timedelta(days=_DRIFT_DAYS - 1)

    def stage(begin: date, end: date) -> "pd.DataFrame":
        frame = read_features(connection, begin, end, version)
        return frame[frame["stage"] == "lineup"]

    # 52 weeks, not a date of another year: 29 February has none, and the day of the week stays.
    earlier = [timedelta(weeks=52 * back) for back in range(1, _DRIFT_SEASONS + 1)]
    parts = [stage(first - back, day - back) for back in earlier]
    return stage(first, day), pd.concat(parts, ignore_index=True)


@dg.asset_check(
    asset=dg.AssetKey(["staging", "source_games"]),
    name="sources_are_taken_in",
    description="Of what each source told in a week, at most 2 % is linked to no game or held in quarantine. If not: "
    "SELECT reason, COUNT(*) FROM raw_data.quarantine GROUP BY 1; SELECT * FROM curated.unmapped_games.",
)
def sources_are_taken_in(context: dg.AssetCheckExecutionContext, postgres: PostgresResource) -> dg.AssetCheckResult:
    """The unmapped and the quarantined share of each source, as numbers that the UI plots over time."""
    from mlb_ml_assets.warehouse.checks import source_intake

    day = checked_days(context.run.tags)[1]
    with postgres.connect("check:sources_are_taken_in") as connection:
        told = source_intake(connection, day - timedelta(days=_INTAKE_DAYS - 1), day + timedelta(days=1))
    metadata: dict[str, Any] = {}
    worst = []
    for one in told:
        unmapped = one.unmapped / one.games if one.games else 0.0
        # Sources without games of their own are counted by their records only: one in quarantine is the whole of it.
        quarantined = one.quarantined / (one.games + one.quarantined)
        metadata |= {f"unmapped share, {one.source}": unmapped, f"quarantined share, {one.source}": quarantined}
        if max(unmapped, quarantined) > _MOST_LEFT_OUT:
            worst.append({**vars(one), "unmapped share": f"{unmapped:.1%}", "quarantined share": f"{quarantined:.1%}"})
    if worst:
        metadata["sample"] = sample_table(worst)
        metadata["what to do"] = (
            "SELECT reason, detail, COUNT(*) FROM raw_data.quarantine GROUP BY 1, 2; SELECT * FROM "
            "curated.unmapped_games. A missing name goes to identity/, a changed field to sources/; then mlb-ml ingest "
            "SOURCE --retry-quarantine."
        )
    return dg.AssetCheckResult(
        passed=not worst,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"not taken in as told: {', '.join(str(one['source']) for one in worst)}" if worst else "taken in",
        metadata=metadata,
    )


SEASON_CHECKS = (scores_are_not_too_good, inputs_look_like_training, sources_are_taken_in)
