"""Every source by name.

Belongs here: one line per source and per archive.
Not here: what is known about a source (`SPEC` in its own module).
"""

from collections.abc import Mapping
from types import MappingProxyType

from mlb_ml_assets.sources import (
    action_network,
    boltodds,
    bundle_players,
    daily_tables,
    draftkings_eventgroup,
    game_tables,
    history_bundle,
    lumify,
    mlb_stats_api,
    national_weather_service,
    oddsportal,
    open_meteo,
    per_book_board,
    retrosheet,
    sbro,
    splitvault,
    sportsbettingdime,
    sportsbookreview,
    the_odds_api,
    unabated,
    vsin,
)
from mlb_ml_assets.sources.reading import SourceError
from mlb_ml_assets.sources.spec import ArchiveSpec, SourceSpec

_SOURCES = (
    mlb_stats_api.SPEC,
    action_network.SPEC,
    sportsbettingdime.SPEC,
    vsin.SPEC,
    the_odds_api.SPEC,
    draftkings_eventgroup.SPEC,
    boltodds.SPEC,
    lumify.SPEC,
    splitvault.SPEC,
    unabated.SPEC,
    sportsbookreview.SPEC,
    oddsportal.SPEC,
    per_book_board.SPEC,
    game_tables.SPEC,
    daily_tables.SPEC,
    national_weather_service.SPEC,
    open_meteo.SPEC,
    open_meteo.PREVIOUS_SPEC,
)
SOURCES: Mapping[str, SourceSpec] = MappingProxyType({source.name: source for source in _SOURCES})
ARCHIVES: tuple[ArchiveSpec, ...] = (history_bundle.SPEC, bundle_players.SPEC, retrosheet.SPEC, sbro.SPEC)


class UnknownSource(SourceError, LookupError):
    """No source has this name."""


def source_of(name: str) -> SourceSpec:
    """The source with this name.

    Raises:
        UnknownSource: with the names that exist.
    """
    if name not in SOURCES:
        raise UnknownSource(f"source {name!r} does not exist: use one of {', '.join(SOURCES)}")
    return SOURCES[name]
