"""The source layer of the graph: payloads in raw_data, rows in staging.

Belongs here: which tables each source fills, as daily assets where we collect and as observed ones where others do.
Not here: fetching and parsing (sources/), the path from payload to row (flows/ingest.py).
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import dagster as dg

from mlb_ml_assets.assets.partitions import days_of, game_days
from mlb_ml_assets.assets.table_schema import describe
from mlb_ml_assets.resources.postgres import PostgresResource

# Sources that this installation collects itself, comma separated. The others' tables are only observed: whoever fills
# them, the odds sensor sees the rows.
COLLECT = "MLB_ML_COLLECT"


class UnknownCollector(ValueError):
    """MLB_ML_COLLECT names a source that there is not."""


@dataclass(frozen=True)
class Collector:
    """Sources that fill the same staging table, and the raw tables that their payloads land in."""

    sources: tuple[str, ...]
    raw: tuple[str, ...]
    staging: str
    description: str


COLLECTORS = (
    Collector(
        ("mlb_stats_api",),
        ("mlb_stats_api",),
        "source_games",
        "MLB's schedule, probables, line-ups, results and box scores.",
    ),
    Collector(
        ("action_network",),
        ("action_network_games", "action_network_odds", "action_network_history"),
        "action_network_odds_historical",
        "Action Network's prices, one row a price change of one side at one book.",
    ),
    Collector(
        ("the_odds_api",),
        ("payload_receipts",),
        "source_quotes",
        "The Odds API's prices: documented, keyed, sold for this use.",
    ),
    Collector(
        ("sportsbettingdime", "vsin"),
        ("sbd_betting_splits", "vsin_data"),
        "source_splits",
        "Shares of tickets and money, as captured.",
    ),
)


def collected_sources() -> frozenset[str]:
    """The sources named by MLB_ML_COLLECT.

    Raises:
        UnknownCollector: one of them is none of ours.
    """
    known = {source for collector in COLLECTORS for source in collector.sources}
    named = frozenset(part.strip() for part in os.environ.get(COLLECT, "").split(",") if part.strip())
    if unknown := sorted(named - known):
        raise UnknownCollector(f"{COLLECT} names {', '.join(unknown)}: choose among {', '.join(sorted(known))}")
    return named


def source_assets() -> Sequence[dg.AssetsDefinition | dg.AssetSpec]:
    """Every raw and staging table, collected by us or observed."""
    ours = collected_sources()
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = []
    for collector in COLLECTORS:
        sources = tuple(source for source in collector.sources if source in ours)
        specs = _specs(collector)
        assets += [_collecting(collector, sources, specs)] if sources else specs
    return assets


def _specs(collector: Collector) -> list[dg.AssetSpec]:
    raw = [
        dg.AssetSpec(
            ["raw_data", table],
            description=f"Payloads as they came: {collector.description}",
            group_name="raw_data",
            kinds={"postgres"},
            owners=["team:data"],
            metadata=describe(f"raw_data.{table}"),
            partitions_def=game_days,
        )
        for table in collector.raw
    ]
    staging = dg.AssetSpec(
        ["staging", collector.staging],
        deps=[spec.key for spec in raw],
        description=collector.description,
        group_name="staging",
        kinds={"postgres"},
        owners=["team:data"],
        metadata=describe(f"staging.{collector.staging}"),
        partitions_def=game_days,
    )
    return [*raw, staging]


def _collecting(collector: Collector, sources: tuple[str, ...], specs: list[dg.AssetSpec]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"collect_{'_and_'.join(sources)}",
        specs=specs,
        partitions_def=game_days,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def collect(context: dg.AssetExecutionContext, postgres: PostgresResource) -> Iterator[dg.MaterializeResult]:
        from mlb_ml_assets.flows.ingest import ingest

        days = days_of(context)
        reports = []
        with postgres.connect(f"collect:{collector.staging}") as connection:
            for offset in range((days.last - days.first).days + 1):
                reports += [ingest(connection, source, days.first + timedelta(days=offset)) for source in sources]
        for report in reports:
            report.raise_if_stopped()
        metadata = {
            "payloads": sum(report.payloads for report in reports),
            "unchanged": sum(report.unchanged for report in reports),
            "games": sum(report.games for report in reports),
            "quotes": sum(report.quotes for report in reports),
            "splits": sum(report.splits for report in reports),
            "quarantined": sum(report.rejected.total() for report in reports),
            "unmapped": sum(report.unmapped.total() for report in reports),
        }
        for spec in specs:
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)

    return collect
