"""Asset checks: one query each, whose rows are the violations.

Belongs here: the checks of each asset's promises, the days that a run covers.
Not here: the promises (flows/promises.py), the queries (sql/queries/check_*.sql), what a failure shows
(live/reports.py), statistics over seasons (season_checks.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from mlb_ml_assets.assets.run_partitions import read_partitions
from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.clock import today as eastern_today
from mlb_ml_assets.flows.promises import PROMISES, Promise
from mlb_ml_assets.live.reports import describe_violations
from mlb_ml_assets.resources.postgres import PostgresResource

if TYPE_CHECKING:
    from mlb_ml_assets.warehouse.checks import Violations


def checked_days(tags: Mapping[str, str]) -> tuple[date, date]:
    """The official dates that a run covers: its partition or range, else today."""
    partitions = read_partitions(tags)
    if partitions is None:
        today = eastern_today()
        return today, today
    first, last = partitions
    return date.fromisoformat(first), date.fromisoformat(last)


def check_result(promise: Promise, violations: "Violations", days: tuple[date, date]) -> dg.AssetCheckResult:
    """The result for the UI: the count, a sample, and what to do."""
    description, metadata = describe_violations(promise, violations, days)
    return dg.AssetCheckResult(
        asset_key=_key(promise),
        check_name=promise.name,
        passed=not violations.count,
        severity=dg.AssetCheckSeverity.ERROR if promise.blocking else dg.AssetCheckSeverity.WARN,
        description=description,
        metadata=metadata,
    )


def _checks(promises: Sequence[Promise]) -> dg.AssetChecksDefinition:
    """The promises of one asset that one job checks, as one step: a step costs more than most of the queries."""
    first = promises[0]
    specs = [
        dg.AssetCheckSpec(
            promise.name,
            asset=_key(promise),
            description=f"{promise.promise[0].upper()}{promise.promise[1:]}. If violated: {promise.remedy}",
            blocking=promise.blocking,
        )
        for promise in promises
    ]

    @dg.multi_asset_check(name=f"{first.runs_with}_{first.asset.replace('/', '_')}", specs=specs, can_subset=True)
    def checks(context: dg.AssetCheckExecutionContext, postgres: PostgresResource) -> Iterator[dg.AssetCheckResult]:
        from mlb_ml_assets.warehouse.checks import find_violations

        days = checked_days(context.run.tags)
        selected = {key.name for key in context.selected_asset_check_keys}
        with postgres.connect(f"checks:{first.asset}") as connection:
            for promise in promises:
                if promise.name in selected:
                    found = find_violations(connection, promise.name, days[0], days[1] + timedelta(days=1), present())
                    yield check_result(promise, found, days)

    return checks


def _key(promise: Promise) -> dg.AssetKey:
    return dg.AssetKey(promise.asset.split("/"))


@dg.asset_check(
    asset=dg.AssetKey(["curated", "enhanced_games"]),
    name="database_fits_the_contract",
    description="The adopted tables have the columns, types, keys and constraints that the pipeline needs.",
    blocking=True,
)
def database_fits_the_contract(
    context: dg.AssetCheckExecutionContext, postgres: PostgresResource
) -> dg.AssetCheckResult:
    """`mlb-ml contract` as a check; only a table that a slate needs stops it, as it stops `mlb-ml run`."""
    from mlb_ml_assets.warehouse.contract import check_contract

    del context
    with postgres.connect("check:contract") as connection:
        report = check_contract(connection)
    return dg.AssetCheckResult(
        passed=report.fits,
        severity=dg.AssetCheckSeverity.WARN if report.can_price else dg.AssetCheckSeverity.ERROR,
        metadata={"report": dg.MetadataValue.md(f"```\n{report.render()}\n```"), "what to do": "mlb-ml contract"},
    )


def _by_step() -> Iterator[list[Promise]]:
    steps: dict[tuple[str, str], list[Promise]] = {}
    for promise in PROMISES:
        steps.setdefault((promise.asset, promise.runs_with), []).append(promise)
    yield from steps.values()


DAY_CHECKS = (database_fits_the_contract, *(_checks(promises) for promises in _by_step()))
