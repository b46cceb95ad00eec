"""Checks that need more than one query: numbers too good to be true, inputs that drift or age, sources that lose games.

Belongs here: the checks, and what a failure shows.
Not here: what is compared with what (flows/season_checks.py), promises about rows (flows/promises.py).
"""

from typing import Any

import dagster as dg

from mlb_ml_assets.automation.checks import checked_days
from mlb_ml_assets.live.reports import sample_table
from mlb_ml_assets.resources.postgres import PostgresResource


@dg.asset_check(
    asset=dg.AssetKey(["curated", "ml_model_performance"]),
    name="scores_are_not_too_good",
    description="No series of ours or of the market scores better over the season than an honest forecaster could. "
    "If one does: a result or an in-play price leaks into the inputs; stop betting, and compare known_at with "
    "first_pitch.",
)
def scores_are_not_too_good(context: dg.AssetCheckExecutionContext, postgres: PostgresResource) -> dg.AssetCheckResult:
    """The alarms of evaluation/alarms.py over the season so far, for our series and for the market's."""
    from mlb_ml_assets.flows.season_checks import check_scores

    day = checked_days(context.run.tags)[1]
    with postgres.connect("check:scores_are_not_too_good") as connection:
        found = check_scores(connection, day)
    metadata: dict[str, Any] = {"season": day.year, "games": found.games, "alarms": len(found.alarms)}
    if found.alarms:
        metadata["what to do"] = (
            "Stop betting on these series. A close that is too good is an in-play price: compare quoted_at with "
            "first_pitch. A forecast that is too good has seen a result: mlb-ml backtest names the alarms by season."
        )
        metadata["sample"] = sample_table([alarm.to_dict() for alarm in found.alarms])
    return dg.AssetCheckResult(
        passed=not found.alarms,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(found.alarms) or 'no'} scores are too good to be true",
        metadata=metadata,
    )


@dg.asset_check(
    asset=dg.AssetKey(["curated", "ml_feature_vectors"]),
    name="inputs_look_like_training",
    description="Features of the last 30 days are distributed as in the same month of the seasons that models learned "
    "from (population stability index below 1). If not: a source changed its units or went silent, or baseball "
    "changed its rules.",
)
def inputs_look_like_training(
    context: dg.AssetCheckExecutionContext, postgres: PostgresResource
) -> dg.AssetCheckResult:
    """Population stability of every feature at stage lineup, against the same weeks of up to three seasons before."""
    from mlb_ml_assets.flows.season_checks import check_inputs

    with postgres.connect("check:inputs_look_like_training") as connection:
        found = check_inputs(connection, checked_days(context.run.tags)[1])
    metadata: dict[str, Any] = {"rows now": found.rows_now, "rows in training": found.rows_in_training}
    if not found.has_enough_rows:
        return dg.AssetCheckResult(
            passed=True,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"too few games to compare: {found.rows_now} now, {found.rows_in_training} in training",
            metadata=metadata,
        )
    metadata |= {
        "largest index": found.drifts[0].index,
        "shifted features": len(found.shifted),
        "largest": sample_table(
            [
                {
                    "feature": drift.column,
                    "index": round(drift.index, 3),
                    "by chance": round(drift.by_chance, 3),
                    "missing in training": f"{drift.missing_before:.1%}",
                    "missing now": f"{drift.missing_now:.1%}",
                }
                for drift in found.drifts
            ]
        ),
    }
    if found.shifted:
        metadata["what to do"] = (
            "Missing now: a source went silent, see its checks. Distribution changed: compare units and rules with "
            "last season; if baseball changed, retrain and watch calibration."
        )
    return dg.AssetCheckResult(
        passed=not found.shifted,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(found.shifted)} of {len(found.drifts)} features have moved"
        if found.shifted
        else "inputs look like training",
        metadata=metadata,
    )


@dg.asset_check(
    asset=dg.AssetKey(["curated", "ml_feature_vectors"]),
    name="inputs_are_fresh",
    description="No decision of the day rests on facts that are older than the limit of their group. If one does: a "
    "source went silent; until it is back nothing is staked on the games it concerns.",
)
def inputs_are_fresh(context: dg.AssetCheckExecutionContext, postgres: PostgresResource) -> dg.AssetCheckResult:
    """The age of each group of facts behind the day's decisions, as numbers that the UI plots over time."""
    from mlb_ml_assets.flows.season_checks import check_input_ages

    with postgres.connect("check:inputs_are_fresh") as connection:
        ages = check_input_ages(connection, checked_days(context.run.tags)[1])
    metadata: dict[str, Any] = {f"days, {age.group.name}": age.days for age in ages if age.days is not None}
    stale = [age for age in ages if age.is_stale]
    if stale:
        metadata["sample"] = sample_table(
            [{"facts": age.group.meaning, "days": age.days, "most": age.group.most_days} for age in stale]
        )
        metadata["what to do"] = (
            "mlb-ml ingest mlb_stats_api for the missing days (box scores are payloads of their own), closing prices "
            "from the odds collector; then materialize the day again. MLB_ML_STOP_ON_STALE_INPUTS=0 stakes anyway."
        )
    names = ", ".join(age.group.name for age in stale)
    return dg.AssetCheckResult(
        passed=not stale,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"too old to stake on: {names}" if stale else "inputs are fresh" if ages else "no decisions yet",
        metadata=metadata,
    )


@dg.asset_check(
    asset=dg.AssetKey(["staging", "source_games"]),
    name="sources_are_taken_in",
    description="At most 2% of what each source reported in a week has no link to a game or is in quarantine. If more: "
    "SELECT reason, COUNT(*) FROM raw_data.quarantine GROUP BY 1; SELECT * FROM curated.unmapped_games.",
)
def sources_are_taken_in(context: dg.AssetCheckExecutionContext, postgres: PostgresResource) -> dg.AssetCheckResult:
    """The unmapped and the quarantined share of each source, as numbers that the UI plots over time."""
    from mlb_ml_assets.flows.season_checks import check_intake

    with postgres.connect("check:sources_are_taken_in") as connection:
        shares = check_intake(connection, checked_days(context.run.tags)[1])
    metadata: dict[str, Any] = {}
    for share in shares:
        metadata[f"unmapped share, {share.intake.source}"] = share.unmapped
        metadata[f"quarantined share, {share.intake.source}"] = share.quarantined
    worst = [
        {
            **vars(share.intake),
            "unmapped share": f"{share.unmapped:.1%}",
            "quarantined share": f"{share.quarantined:.1%}",
        }
        for share in shares
        if share.is_too_large
    ]
    if worst:
        metadata["sample"] = sample_table(worst)
        metadata["what to do"] = (
            "SELECT reason, detail, COUNT(*) FROM raw_data.quarantine GROUP BY 1, 2; SELECT * FROM "
            "curated.unmapped_games. A missing name goes to identity/, a changed field to sources/; then mlb-ml ingest "
            "SOURCE --retry-quarantine."
        )
    names = ", ".join(str(row["source"]) for row in worst)
    return dg.AssetCheckResult(
        passed=not worst,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"too many records unused: {names}" if worst else "every source is used",
        metadata=metadata,
    )


SEASON_CHECKS = (scores_are_not_too_good, inputs_look_like_training, inputs_are_fresh, sources_are_taken_in)
