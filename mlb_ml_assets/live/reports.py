"""What pricings did, as events of Dagster without a run.

Belongs here: materializations and check results for the UI, stored by a thread after the commit.
Not here: pricing (pricing.py), the checks of asset runs (automation/checks.py).
"""

import sys
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg

from mlb_ml_assets.domain.clock import today

if TYPE_CHECKING:
    from mlb_ml_assets.flows.promises import Promise
    from mlb_ml_assets.live.pricing import Checked, Pricing
    from mlb_ml_assets.warehouse.checks import Violations

ODDS = dg.AssetKey(["staging", "action_network_odds_historical"])
# Fifteen events take 20 to 70 ms of a thread and 20 KB for ever. Prices may move every second; the UI need not.
SECONDS_BETWEEN = 15.0
_SAMPLE = 10


def describe_violations(
    promise: "Promise", violations: "Violations", days: tuple[date, date]
) -> tuple[str, dict[str, Any]]:
    """Description and metadata of a check's result for the UI: the count, a sample, and what to do."""
    metadata: dict[str, Any] = {"days": f"{days[0]} to {days[1]}", "offenders": violations.count}
    if not violations.count:
        return promise.promise, metadata
    metadata |= {"what to do": promise.remedy, "sample": sample_table(violations.rows)}
    count = "1 violation" if violations.count == 1 else f"{violations.count} violations"
    return f"{count}: {promise.promise}", metadata


def sample_table(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """The first rows as a table for the UI, everything as text."""
    return dg.TableMetadataValue(
        records=[
            dg.TableRecord({name: "" if value is None else str(value) for name, value in row.items()})
            for row in rows[:_SAMPLE]
        ],
        schema=dg.TableSchema(columns=[dg.TableColumn(name) for name in rows[0]]),
    )


class Reporter:
    """Stores the events of pricings from a thread of its own, at most every `seconds_between`.

    Several pricings of a day become one materialization of each table, with the report of the last and the number of
    pricings, and one result of each check: the newest. What Dagster does not take is tried again with the next.
    """

    def __init__(self, instance: dg.DagsterInstance, seconds_between: float = SECONDS_BETWEEN) -> None:
        self._instance = instance
        self._seconds_between = seconds_between
        self._pricings: list[Pricing] = []
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="dagster events", daemon=True)
        self._thread.start()

    def add(self, pricing: "Pricing") -> None:
        """Report a pricing soon; returns at once."""
        with self._changed:
            self._pricings.append(pricing)
            self._changed.notify()

    def close(self) -> None:
        """Store what is left, and end the thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pricings or self._is_closed)
                taken, self._pricings = self._pricings, []
                is_last = self._is_closed
            try:
                for event in events_of(taken):
                    self._instance.report_runless_asset_event(event)
            except Exception as error:  # noqa: BLE001
                # Stakes are stored; only the UI is behind. Whatever Dagster's storage raises must not end the thread.
                sys.stderr.write(f"Dagster did not take {len(taken)} reports: {error}\n")
                with self._changed:
                    self._pricings[:0] = taken
            if is_last:
                return
            deadline = time.monotonic() + self._seconds_between
            with self._changed:
                self._changed.wait_for(lambda: self._is_closed, timeout=max(deadline - time.monotonic(), 0))


def events_of(pricings: Sequence["Pricing"]) -> list[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """The events of some pricings: for each day and table one materialization, for each check the newest result."""
    materialized: dict[tuple[date, dg.AssetKey], dg.AssetMaterialization] = {}
    evaluated: dict[tuple[date, str], dg.AssetCheckEvaluation] = {}
    quotes: dict[date, int] = {}
    times: dict[tuple[date, str], int] = {}
    for pricing in pricings:
        quotes[pricing.day] = quotes.get(pricing.day, 0) + pricing.quotes
        for asset, report in pricing.reports.items():
            key, place = dg.AssetKey(asset.split("/")), (pricing.day, asset)
            times[place] = times.get(place, 0) + 1
            metadata = {
                **report,
                "pricings": times[place],
                "games": "every game" if pricing.is_full else "games that moved",
                "milliseconds": round(pricing.milliseconds.get(asset, 0.0), 1),
            }
            materialized[pricing.day, key] = dg.AssetMaterialization(
                key, partition=pricing.day.isoformat(), metadata=metadata
            )
        for check in pricing.checks:
            evaluated[pricing.day, check.promise.name] = _evaluation(check, pricing.day)
    arrived = [
        dg.AssetMaterialization(ODDS, partition=day.isoformat(), metadata={"new quotes": count})
        for day, count in quotes.items()
        if count and day <= today()
    ]
    return [*arrived, *materialized.values(), *evaluated.values()]


def _evaluation(check: "Checked", day: date) -> dg.AssetCheckEvaluation:
    description, metadata = describe_violations(check.promise, check.violations, (day, day))
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(check.promise.asset.split("/")),
        check_name=check.promise.name,
        passed=not check.violations.count,
        severity=dg.AssetCheckSeverity.ERROR if check.promise.blocking else dg.AssetCheckSeverity.WARN,
        description=description,
        metadata={
            name: dg.MetadataValue.text(value) if isinstance(value, str) else value for name, value in metadata.items()
        },
    )
