"""What the pipeline must know about a source, in one object next to its parser.

Belongs here: `SourceSpec` and `ArchiveSpec`, and the values that they are made of.
Not here: any source (one module each), the list of all of them (catalogue.py).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Literal

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.sources.http import SourceClient
from mlb_ml_assets.sources.rows import Parsed, Payload

Parse = Callable[[bytes | object, datetime, str], Parsed]
# How a source identifies a team: by code, name or nickname in any spelling, or by an id of its own.
TeamNaming = Literal["spelling", "mlb_id", "action_network_id"]
SourceKind = Literal["schedule", "odds", "splits", "weather"]

SOURCE_QUOTES = "staging.source_quotes"
SPLITS_DESCRIPTION = "Shares of tickets and money, as captured."


@dataclass(frozen=True)
class LandingTable:
    """Another program's table for raw payloads, and its columns for endpoint and content."""

    table: str
    endpoint_column: str
    content_column: str


@dataclass(frozen=True)
class Collector:
    """The assets that fetching this source materializes.

    Attributes:
        raw_tables: tables of raw_data that its payloads land in.
        staging_table: table of staging that its rows end in; sources may share one.
        description: what the staging table holds, as shown in the catalog.
    """

    raw_tables: tuple[str, ...]
    staging_table: str
    description: str


@dataclass(frozen=True)
class SourceSpec:
    """A live or recorded source.

    Attributes:
        name: the name in tables and on the command line.
        kind: what it is consulted for first.
        parse: body, capture time and endpoint to typed rows.
        client: opens its HTTP client; None where only recorded payloads are read.
        fetch: yields the payloads of a day. Takes client and day, and the games not to fetch again if `skips_final`.
        capture_time: when a recorded payload was captured, by its own content; None where the content does not say.
        quote_stamps: stamps of its quotes by book: they say when a price was set, and so only that the payload was not
            captured before.
        name_zone: the zone of instants in the names of its recordings, where these are known to carry none.
        takes_places: whether `fetch` takes the places of the parks whose games are to be forecast.
        skips_final: whether `fetch` takes the games whose final payload is stored already.
        team_naming: how its team fields identify a team.
        books: the books it is known to quote.
        landing: the shared table that its payloads also land in.
        quotes_table: the table of its price changes.
        games_table: the shared table that its games also go to.
        splits_name: its name in curated.unified_betting_splits, whose CHECK knows three.
        collector: the assets of its collection; None where the pipeline does not collect it.
    """

    name: str
    kind: SourceKind
    parse: Parse
    client: Callable[..., SourceClient] | None = None
    fetch: Callable[..., Iterator[Payload]] | None = None
    capture_time: Callable[[Any], datetime | None] = lambda _content: None
    quote_stamps: Callable[[Any], Mapping[str, Sequence[datetime]]] = lambda _content: {}
    name_zone: tzinfo | None = None
    skips_final: bool = False
    takes_places: bool = False
    team_naming: TeamNaming = "spelling"
    books: tuple[Book, ...] = ()
    landing: LandingTable | None = None
    quotes_table: str = SOURCE_QUOTES
    games_table: str | None = None
    splits_name: str | None = None
    collector: Collector | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class ArchiveSpec:
    """An archive of past seasons, imported whole.

    Attributes:
        name: the name in tables.
        is_file: whether a path is a file of this archive, by its name.
        example: what such a file is called, for messages.
        books: the books whose prices it holds.
    """

    name: str
    is_file: Callable[[Path], bool]
    example: str
    books: tuple[Book, ...] = ()
