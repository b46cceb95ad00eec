"""The Odds API's answer: every coming game with each book's moneyline, run line and total.

Belongs here: /v4/sports/baseball_mlb/odds (American odds), at an instant.
Not here: prices themselves (quotes.py), what is public when (timeline.py).
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.markets import market_of
from mlb_ml_assets.simulation.books import BOOKS, Book
from mlb_ml_assets.simulation.mlb_parts import utc
from mlb_ml_assets.simulation.quotes import QuoteKey, SideChange
from mlb_ml_assets.simulation.repricing import LeagueQuotes
from mlb_ml_assets.simulation.timeline import FINAL, LIVE, Listing, Timeline

_KEYS = {"moneyline": "h2h", "spread": "spreads", "total": "totals"}
_TITLES = {
    "williamhill_us": "Caesars",
    "draftkings": "DraftKings",
    "fanduel": "FanDuel",
    "betrivers": "BetRivers",
    "betmgm": "BetMGM",
    "pinnacle": "Pinnacle",
}


def odds_board(
    timeline: Timeline, quotes: LeagueQuotes, now: datetime, *, stamp: datetime | None = None
) -> list[dict[str, Any]]:
    """Games of today and tomorrow (Eastern) that are not over; those under way with their prices in play.

    `stamp` is the vendor's own idea of now, from which its last_update counts; `now` where absent.
    """
    today = now.astimezone(EASTERN).date()
    events = []
    for listing in timeline.listings(today, today + timedelta(days=1), now):
        if listing.moved_away or listing.resumes or listing.state == FINAL:
            continue
        event = _event(timeline, quotes, listing, now, stamp or now)
        if event["bookmakers"]:
            events.append(event)
    return events


def _event(
    timeline: Timeline, quotes: LeagueQuotes, listing: Listing, now: datetime, stamp: datetime
) -> dict[str, Any]:
    row = listing.row
    board = quotes.of(row, postponed=listing.first_event)
    names = {side: timeline.club(row, side).full_name for side in ("home", "away")}
    shown = board.board(now)
    bookmakers = [
        bookmaker
        for book in BOOKS
        if book.odds_api_key is not None
        and (bookmaker := _bookmaker(book, names, shown, stamp, in_play=listing.state == LIVE)) is not None
    ]
    # As recorded, the start drifts by a minute from poll to poll.
    drift = timedelta(minutes=(now.minute // 20 + row) % 2)
    return {
        "id": hashlib.md5(f"event {board.event_id}".encode(), usedforsecurity=False).hexdigest(),
        "sport_key": "baseball_mlb",
        "sport_title": "MLB",
        "commence_time": utc(listing.event_start + drift),
        "home_team": names["home"],
        "away_team": names["away"],
        "bookmakers": bookmakers,
    }


def _bookmaker(
    book: Book, names: dict[str, str], shown: dict[QuoteKey, SideChange], now: datetime, *, in_play: bool
) -> dict[str, Any] | None:
    # Each book was last looked at within the last minute or so; that, not the change, is the stamp.
    seen = utc(now - timedelta(seconds=11 + (book.id * 7) % 60))
    markets = []
    for market, key in _KEYS.items():
        changes = [shown.get((book.id, market, side, in_play)) for side in market_of(market).sides]
        outcomes = [
            {
                "name": names.get(change.side, change.side.title()),
                "price": change.odds,
                **({} if change.line is None else {"point": change.line}),
            }
            for change in changes
            if change is not None and change.status != "suspended"
        ]
        if len(outcomes) == len(changes):
            markets.append({"key": key, "last_update": seen, "outcomes": outcomes})
    if not markets or book.odds_api_key is None:
        return None
    return {"key": book.odds_api_key, "title": _TITLES[book.odds_api_key], "last_update": seen, "markets": markets}
