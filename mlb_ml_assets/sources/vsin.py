"""VSIN's betting-splits pages: the layout since spring 2026 (a row a team) and the one before (a row a game).

Belongs here: both layouts. Which percentage is handle and which is bets is read from the table's header, and a page
without those labels is refused: recorded pages and other readers disagree about their order.
Not here: guessing a column, a first pitch (the page has only a date), numbers of games that have begun.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from lxml import etree, html

from mlb_ml_assets.domain.books import book_table
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.http import SourceClient
from mlb_ml_assets.sources.reading import BadField, NotReadable
from mlb_ml_assets.sources.rows import Parsed, Payload, reading_payload
from mlb_ml_assets.sources.spec import SPLITS_DESCRIPTION, Collector, LandingTable, SourceSpec
from mlb_ml_assets.sources.vsin_tables import add_old_table, add_team_rows, columns_of, words

SOURCE = "vsin"
URL = "https://data.vsin.com"
PATH = "/betting-splits/"
FEEDS = ("DK", "CIRCA")
FEED_IN_ENDPOINT = re.compile(r"(?:source|view)=(\w+)", re.IGNORECASE)
BOOK_OF_FEED = {
    "dk": "DK",
    "draftkings": "DK",
    "circa": "CIRCA",
    "fanduel": "FANDUEL",
    "mgm": "MGM",
    "caesars": "CAESARS",
}


def client(**options: Any) -> SourceClient:
    """A client for this source; MLB_ML_VSIN_URL points it elsewhere."""
    return SourceClient(SOURCE, URL, **options)


def fetch(source: SourceClient, day: date | None = None) -> Iterator[Payload]:
    """Today's and tomorrow's page of each feed: "today" turns at midnight UTC, before the West Coast has played."""
    del day
    for feed in FEEDS:
        for view in ("today", "tomorrow"):
            yield source.get(PATH, {"source": feed, "view": view, "sport": "MLB"})


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games, splits and moneylines of one page.

    Raises:
        PayloadShapeError: no splits table, a cut page, or a header that does not label handle and bets.
    """
    with reading_payload(SOURCE):
        if not isinstance(body, bytes):
            raise BadField("page", type(body).__name__, "not a page")
        page = _page(body)
        parsed = Parsed(SOURCE, captured_at)
        current = page.xpath("//table[contains(concat(' ', normalize-space(@class), ' '), ' sp-table ')]")
        old = page.xpath("//table[contains(concat(' ', normalize-space(@class), ' '), ' freezetable ')]")
        if not current and not old:
            raise BadField(
                "table", words(page.find(".//title")) if page.find(".//title") is not None else "", "no splits"
            )
        book, records = _book(endpoint), 0
        for table in current:
            rows = table.xpath(".//tr[contains(concat(' ', normalize-space(@class), ' '), ' sp-row ')]")
            records += len(rows)
            if rows:
                add_team_rows(parsed, book, rows, columns_of(table))
        for table in old:
            records += add_old_table(parsed, book, table)
        parsed.sight_two_sided()
        return parsed.checked(records)


def _page(body: bytes) -> Any:
    body = reading.utf8(body)
    text = body.lstrip()
    if text[:1] != b"<":
        raise NotReadable(f"no page: begins {body[:40]!r}")
    lowered = body.lower()
    # An HTML reader mends a cut page by inventing its end: "8" of "82%" would be a number.
    if lowered.count(b"<table") != lowered.count(b"</table"):
        raise NotReadable("a page cut within a table")
    try:
        return html.fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise NotReadable(f"no page: {str(error)[:100]}") from error


def _book(endpoint: str) -> str:
    """The book whose bets are split, by the address: source= on new pages, view= on old ones, whose default was DK."""
    for found in FEED_IN_ENDPOINT.findall(endpoint):
        if found.lower() in BOOK_OF_FEED:
            return BOOK_OF_FEED[found.lower()]
    if not endpoint or "/mlb/betting-splits" in endpoint:
        return "DK"
    raise BadField("source", endpoint[:100], "does not say whose splits these are")


SPEC = SourceSpec(
    SOURCE,
    "splits",
    parse,
    client,
    fetch,
    books=book_table("""
DK | DraftKings | book | draftkings
CIRCA | Circa | book | circa
"""),
    landing=LandingTable("raw_data.vsin_data", "source_feed", "raw_response"),
    splits_name="vsin",
    collector=Collector(("vsin_data",), "source_splits", SPLITS_DESCRIPTION),
)
