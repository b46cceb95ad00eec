"""The source layer of the graph: payloads in raw_data, rows in staging.

Belongs here: which tables each source fills, as daily assets if we collect it, else as observed ones.
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
from mlb_ml_assets.sources.catalogue import SOURCES
from mlb_ml_assets.sources.spec import SourceSpec

# Sources that this installation collects itself, comma separated. Tables of the others are only observed: the odds
# sensor sees rows of any program.
COLLECT = "MLB_ML_COLLECT"


class UnknownCollector(ValueError):
    """MLB_ML_COLLECT names a source that does not exist."""


@dataclass(frozen=True)
class Collection:
    """Sources that fill the same staging table, and the raw tables that their payloads land in."""

    sources: tuple[str, ...]
    raw: tuple[str, ...]
    staging: str
    description: str


def _collections() -> tuple[Collection, ...]:
    by_table: dict[str, list[SourceSpec]] = {}
    for spec in SOURCES.values():
        if spec.collector is not None:
            by_table.setdefault(spec.collector.staging_table, []).append(spec)
    return tuple(
        Collection(
            sources=tuple(spec.name for spec in specs),
            raw=tuple(raw for spec in specs if spec.collector for raw in spec.collector.raw_tables),
            staging=table,
            description=next(spec.collector.description for spec in specs if spec.collector),
        )
        for table, specs in by_table.items()
    )


COLLECTIONS = _collections()


def collected_sources() -> frozenset[str]:
    """The sources named by MLB_ML_COLLECT.

    Raises:
        UnknownCollector: it names an unknown source.
    """
    known = {source for collection in COLLECTIONS for source in collection.sources}
    named = frozenset(part.strip() for part in os.environ.get(COLLECT, "").split(",") if part.strip())
    if unknown := sorted(named - known):
        raise UnknownCollector(f"{COLLECT} names {', '.join(unknown)}: choose among {', '.join(sorted(known))}")
    return named


def source_assets() -> Sequence[dg.AssetsDefinition | dg.AssetSpec]:
    """Every raw and staging table, collected or observed."""
    ours = collected_sources()
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = []
    for collection in COLLECTIONS:
        sources = tuple(source for source in collection.sources if source in ours)
        specs = _specs(collection)
        assets += [_collecting(collection, sources, specs)] if sources else specs
    return assets


def _specs(collection: Collection) -> list[dg.AssetSpec]:
    raw = [
        dg.AssetSpec(
            ["raw_data", table],
            description=f"Payloads as received: {collection.description}",
            group_name="raw_data",
            kinds={"postgres"},
            owners=["team:data"],
            metadata=describe(f"raw_data.{table}"),
            partitions_def=game_days,
        )
        for table in collection.raw
    ]
    staging = dg.AssetSpec(
        ["staging", collection.staging],
        deps=[spec.key for spec in raw],
        description=collection.description,
        group_name="staging",
        kinds={"postgres"},
        owners=["team:data"],
        metadata=describe(f"staging.{collection.staging}"),
        partitions_def=game_days,
    )
    return [*raw, staging]


def _collecting(collection: Collection, sources: tuple[str, ...], specs: list[dg.AssetSpec]) -> dg.AssetsDefinition:
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
        with postgres.connect(f"collect:{collection.staging}") as connection:
            for offset in range((days.last - days.first).days + 1):
                reports += [ingest(connection, source, days.first + timedelta(days=offset)) for source in sources]
        for report in reports:
            report.raise_if_stopped()
        metadata = {
            "payloads": sum(report.payloads for report in reports),
            "unchanged": sum(report.unchanged for report in reports),
            "games": sum(report.written.games for report in reports),
            "quotes": sum(report.written.quotes for report in reports),
            "splits": sum(report.written.splits for report in reports),
            "forecasts": sum(report.written.forecasts for report in reports),
            "quarantined": sum(report.rejected.total() for report in reports),
            "unmapped": sum(report.unmapped.total() for report in reports),
        }
        for spec in specs:
            yield dg.MaterializeResult(asset_key=spec.key, metadata=metadata)

    return collect
