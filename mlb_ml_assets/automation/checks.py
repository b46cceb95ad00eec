"""Asset checks: one query each, whose rows are the offenders.

Belongs here: which promise is checked on which asset, how bad a breach is, and what to do about it.
Does not: the queries (sql/queries/check_*.sql), statistics over whole seasons (alarms.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from mlb_ml_assets.assets.partitions import EASTERN
from mlb_ml_assets.clock import present
from mlb_ml_assets.resources.postgres import PostgresResource
from mlb_ml_assets.warehouse.checks import Offenders, find_offenders

_SAMPLE = 10


@dataclass(frozen=True)
class Promise:
    """One promise about the rows of a day.

    Attributes:
        asset: key of the asset that must keep it.
        name: of the check, and of its query: sql/queries/check_<name>.sql, parameters :first and :last (days).
        promise: what holds.
        remedy: what to do where it does not.
        blocking: whether a breach stops what is downstream in the same run, because it would reach a bet.
    """

    asset: str
    name: str
    promise: str
    remedy: str
    blocking: bool


PROMISES = (
    Promise(
        "curated/enhanced_games",
        "games_are_unique",
        "each game of the day stands once: by gamePk, and by teams and game number",
        "Look at curated.game_identity for the games named; re-materialize the day after correcting the source.",
        blocking=True,
    ),
    Promise(
        "curated/enhanced_games",
        "source_games_are_mapped",
        "every game that a source told us of is linked to a game",
        "SELECT * FROM curated.unmapped_games: a missing team name goes to identity/teams.py; others map by themselves "
        "when MLB's schedule arrives.",
        blocking=False,
    ),
    Promise(
        "curated/enhanced_games",
        "nothing_is_quarantined",
        "no record of the day is in quarantine",
        "SELECT reason, detail FROM raw_data.quarantine; after a parser fix: mlb-ml ingest SOURCE --retry-quarantine.",
        blocking=False,
    ),
    Promise(
        "curated/market_lines",
        "prices_are_sane",
        "prices of the two sides fit together, and no price has moved by more than 1.5 logits since the open",
        "In-play prices taken as pre-game are the commonest cause: compare quoted_at with the first pitch.",
        blocking=True,
    ),
    Promise(
        "curated/market_lines",
        "prices_cover_the_day",
        "every game of the day that starts within 12 hours has a moneyline",
        "Is the odds collector running? SELECT max(arrived_at) FROM staging.quote_arrivals.",
        blocking=False,
    ),
    Promise(
        "curated/ml_feature_vectors",
        "features_were_knowable",
        "no vector's inputs were known after its cutoff, and no cutoff lies within an hour of the start",
        "A leak: stop betting, find the source whose known_at is wrong (git blame identity/known_at.py).",
        blocking=True,
    ),
    Promise(
        "curated/ml_predictions",
        "predictions_cover_the_day",
        "every game of the day whose cutoff has passed has an open and a lineup prediction",
        "Re-materialize the day from curated/ml_feature_vectors on; if there is no model, materialize game_model.",
        blocking=False,
    ),
    Promise(
        "curated/ml_predictions",
        "predictions_are_in_range",
        "probabilities lie in 2..98 % and no prediction is stamped after its game's cutoff",
        "Look at the features of the games named: a model extrapolates, or a source changed its units.",
        blocking=True,
    ),
    Promise(
        "curated/ml_recommendations",
        "stakes_are_within_limits",
        "stakes of a slate stay within the caps, and no stake rests on a quote from after its decision",
        "Do not place these bets; look at kelly_steps of the rows named.",
        blocking=False,
    ),
)


def checked_days(tags: Mapping[str, str]) -> tuple[date, date]:
    """The official dates that a run is about: its partition or range, else today."""
    first = tags.get("dagster/partition") or tags.get("dagster/asset_partition_range_start")
    last = tags.get("dagster/partition") or tags.get("dagster/asset_partition_range_end")
    if first is None or last is None:
        today = present().astimezone(ZoneInfo(EASTERN)).date()
        return today, today
    return date.fromisoformat(first), date.fromisoformat(last)


def check_result(promise: Promise, offenders: Offenders, days: tuple[date, date]) -> dg.AssetCheckResult:
    """The result for the UI: the count, a sample, and what to do."""
    metadata: dict[str, Any] = {"days": f"{days[0]} to {days[1]}", "offenders": offenders.count}
    if offenders.count:
        metadata["what to do"] = promise.remedy
        metadata["sample"] = dg.TableMetadataValue(
            records=[
                dg.TableRecord({name: str(value) for name, value in row.items()}) for row in offenders.rows[:_SAMPLE]
            ],
            schema=dg.TableSchema(columns=[dg.TableColumn(name) for name in offenders.rows[0]]),
        )
    return dg.AssetCheckResult(
        passed=offenders.count == 0,
        severity=dg.AssetCheckSeverity.ERROR if promise.blocking else dg.AssetCheckSeverity.WARN,
        description=promise.promise if offenders.count == 0 else f"not so for {offenders.count}: {promise.promise}",
        metadata=metadata,
    )


def _check(promise: Promise) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(promise.asset.split("/")),
        name=promise.name,
        description=f"{promise.promise[0].upper()}{promise.promise[1:]}. If not: {promise.remedy}",
        blocking=promise.blocking,
    )
    def check(context: dg.AssetCheckExecutionContext, postgres: PostgresResource) -> dg.AssetCheckResult:
        days = checked_days(context.run.tags)
        with postgres.connect(f"check:{promise.name}") as connection:
            offenders = find_offenders(connection, promise.name, days[0], days[1] + timedelta(days=1))
        return check_result(promise, offenders, days)

    return check


@dg.asset_check(
    asset=dg.AssetKey(["curated", "enhanced_games"]),
    name="database_fits_the_contract",
    description="The adopted tables have the columns, types, keys and checks that the pipeline writes by.",
    blocking=True,
)
def database_fits_the_contract(
    context: dg.AssetCheckExecutionContext, postgres: PostgresResource
) -> dg.AssetCheckResult:
    """`mlb-ml contract`, as a check: wrong tables must not be written to."""
    from mlb_ml_assets.warehouse.contract import check_contract

    del context
    with postgres.connect("check:contract") as connection:
        report = check_contract(connection)
    return dg.AssetCheckResult(
        passed=not report.blocking,
        metadata={"report": dg.MetadataValue.md(f"```\n{report.render()}\n```"), "what to do": "mlb-ml contract"},
    )


CHECKS = (database_fits_the_contract, *(_check(promise) for promise in PROMISES))
