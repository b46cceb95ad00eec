"""Every live or recorded source by name: how to read its payloads, and how to ask for them where that is possible.

Belongs here: one line a source.
Not here: archives (history_bundle.py, retrosheet.py, sbro.py), which are imported whole.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from mlb_ml_assets.sources import (
    action_network,
    boltodds,
    daily_tables,
    draftkings_eventgroup,
    game_tables,
    lumify,
    mlb_stats_api,
    oddsportal,
    per_book_board,
    splitvault,
    sportsbettingdime,
    sportsbookreview,
    the_odds_api,
    unabated,
    vsin,
)
from mlb_ml_assets.sources.http import SourceClient
from mlb_ml_assets.sources.rows import Parsed, Payload

Parse = Callable[[bytes | object, datetime, str], Parsed]


class UnknownSource(LookupError):
    """No source of this name is known."""


@dataclass(frozen=True)
class Source:
    """How to read a source. `capture_time`: when a recorded payload was captured, by its own content, if it tells.

    `client` and `fetch` are None for sources of which only recorded payloads are read. `skips_final`: fetch
    takes, after client and day, the games whose final payload is not wanted again.
    """

    name: str
    parse: Parse
    client: Callable[..., SourceClient] | None = None
    fetch: Callable[..., Iterator[Payload]] | None = None
    capture_time: Callable[[Any], datetime | None] = lambda _content: None
    skips_final: bool = False


_SOURCES = (
    Source("mlb_stats_api", mlb_stats_api.parse, mlb_stats_api.client, mlb_stats_api.fetch, skips_final=True),
    Source(
        "action_network", action_network.parse, action_network.client, action_network.fetch, action_network.capture_time
    ),
    Source("sportsbettingdime", sportsbettingdime.parse, sportsbettingdime.client, sportsbettingdime.fetch),
    Source("vsin", vsin.parse, vsin.client, vsin.fetch),
    Source("the_odds_api", the_odds_api.parse, the_odds_api.client, the_odds_api.fetch, the_odds_api.capture_time),
    Source("draftkings_eventgroup", draftkings_eventgroup.parse),
    Source("boltodds", boltodds.parse, capture_time=boltodds.capture_time),
    Source("lumify", lumify.parse, capture_time=lumify.capture_time),
    Source("splitvault", splitvault.parse, capture_time=splitvault.capture_time),
    Source("unabated", unabated.parse, capture_time=unabated.capture_time),
    Source("sportsbookreview", sportsbookreview.parse),
    Source("oddsportal", oddsportal.parse, capture_time=oddsportal.capture_time),
    Source("per_book_board", per_book_board.parse),
    Source("game_tables", game_tables.parse),
    Source("daily_tables", daily_tables.parse),
)
SOURCES: Mapping[str, Source] = MappingProxyType({source.name: source for source in _SOURCES})


def source_of(name: str) -> Source:
    """The source of this name.

    Raises:
        UnknownSource: with the names that there are.
    """
    if name not in SOURCES:
        raise UnknownSource(f"no source {name!r}; there are {', '.join(SOURCES)}")
    return SOURCES[name]
