"""Action Network's answers: scoreboard with markets and public betting, price history of a game, book catalog.

Belongs here: /web/v2/scoreboard[/publicbetting]/mlb, /web/v2/markets/event/{id}/history, /web/v1/books, at an instant.
Not here: prices (quotes.py) and shares (splits.py) themselves, what is public when (timeline.py).

Ids are numbers on the scoreboard and text in the history, as recorded.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.markets import market_of
from mlb_ml_assets.simulation.books import BOOKS, CONSENSUS, OPENER
from mlb_ml_assets.simulation.clubs import Club
from mlb_ml_assets.simulation.quotes import MARKET_KEYS, GameQuotes, SideChange, group_by_book
from mlb_ml_assets.simulation.repricing import LeagueQuotes
from mlb_ml_assets.simulation.splits import shares
from mlb_ml_assets.simulation.timeline import (
    FINAL,
    LIVE,
    POSTPONED,
    PRE_GAME,
    SCHEDULED,
    SUSPENDED,
    Listing,
    Timeline,
)

# Histories are kept for about two weeks.
HISTORY_KEPT = timedelta(days=14)
_STATUS = {
    SCHEDULED: "scheduled",
    PRE_GAME: "scheduled",
    LIVE: "inprogress",
    SUSPENDED: "suspended",
    FINAL: "complete",
    POSTPONED: "postponed",
}


def scoreboard(
    timeline: Timeline, quotes: LeagueQuotes, day: date, now: datetime, *, books: Collection[int] | None = None
) -> dict[str, Any]:
    """The games of an Eastern day with each book's current prices; `books` None means all."""
    games = []
    for listing in timeline.listings(day - timedelta(days=1), day + timedelta(days=1), now):
        if not listing.resumes and listing.event_start.astimezone(EASTERN).date() == day:
            board = quotes.of(listing.row, postponed=listing.first_event)
            games.append(_game(timeline, board, listing, now, books))
    return {
        "league": {"id": 8, "sport": "baseball", "name": "mlb", "description": "Major League Baseball"},
        "games": games,
        "market_rules": {},
        "content_live_count": 0,
    }


def published_changes(quotes: GameQuotes, now: datetime, *, books: Collection[int] | None = None) -> list[SideChange]:
    """The price changes in a game's history at `now`; none after the source has dropped it."""
    if now - quotes.start > HISTORY_KEPT:
        return []
    return [
        change
        for change in quotes.visible(now)
        if change.book_id != OPENER.id and (books is None or change.book_id in books)
    ]


def history(quotes: GameQuotes, now: datetime, *, books: Collection[int] | None = None) -> dict[str, Any]:
    """Every price change of a game so far, by book, market and side."""
    record: dict[str, Any] = {}
    remembered = bool(published_changes(quotes, now, books=books))
    for book_id, markets in group_by_book(quotes.visible(now)).items():
        if book_id == OPENER.id or (books is not None and book_id not in books):
            continue
        event: dict[str, Any] = {}
        for market, changes in markets.items():
            outcomes: dict[tuple[str, bool], list[SideChange]] = {}
            for change in changes:
                outcomes.setdefault((change.side, change.is_live), []).append(change)
            event[market] = [
                _outcome(quotes, entries[-1], as_text=True)
                | {"history": [_entry(change) for change in entries] if remembered else []}
                for entries in outcomes.values()
            ]
        record[str(book_id)] = {"event": event}
    # A game without quotes has an empty book, not an empty answer.
    return record or {str(CONSENSUS.id): {"event": {}}}


def book_catalog() -> dict[str, Any]:
    """The books with their names and operators."""
    return {
        "books": [
            {
                "id": book.id,
                "display_name": book.name,
                "abbr": book.name[:3].upper(),
                "source_name": book.name.lower().replace(" ", "_"),
                "parent_name": book.parent,
                "meta": {"states": [], "is_legal": book not in (CONSENSUS, OPENER)},
            }
            for book in BOOKS
        ]
    }


def _entry(change: SideChange) -> dict[str, Any]:
    return {
        "odds": change.odds,
        "value": 0 if change.line is None else change.line,
        "updated_at": change.updated_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "line_status": change.status,
    }


def _outcome(quotes: GameQuotes, change: SideChange, *, as_text: bool) -> dict[str, Any]:
    place = MARKET_KEYS.index(change.market)
    market_id = quotes.event_id * 1000 + change.book_id * 4 + place
    outcome_id = market_id * 4 + market_of(change.market).sides.index(change.side) + 2 * change.is_live
    record: dict[str, Any] = {
        "outcome_id": str(outcome_id) if as_text else outcome_id,
        "market_id": str(market_id) if as_text else market_id,
        "event_type": "game",
        "event_id": quotes.event_id,
        "book_id": change.book_id,
        "type": change.market,
        "side": change.side,
        "period": "event",
        "odds": change.odds,
        "value": 0 if change.line is None else change.line,
    }
    if change.book_id != OPENER.id:
        record |= {
            "is_live": change.is_live,
            "deeplink_id": "",
            "line_status": "suspended" if change.status == "suspended" else "normal",
            "bet_info": {"tickets": {"value": 0, "percent": 0}, "money": {"value": 0, "percent": 0}},
        }
    return record


def _game(
    timeline: Timeline, quotes: GameQuotes, listing: Listing, now: datetime, books: Collection[int] | None
) -> dict[str, Any]:
    row = quotes.row
    home, away = timeline.club(row, "home"), timeline.club(row, "away")
    records = timeline.records(timeline.fact(row, "season"), now)
    score = timeline.score(row, now)
    runs = (0, 0) if score is None or listing.moved_away else score.runs
    tickets = shares(timeline, row, "moneyline", now)
    listed = [_team(club, records[timeline.fact(row, side)]) for club, side in ((home, "home"), (away, "away"))]
    return {
        "id": quotes.event_id,
        "league_id": 8,
        "status": _STATUS[listing.state],
        "real_status": _STATUS[listing.state],
        "status_display": None,
        "start_time": listing.event_start.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "away_team_id": away.action_network_id,
        "home_team_id": home.action_network_id,
        "winning_team_id": None,
        "league_name": "mlb",
        "type": "reg",
        "season": timeline.fact(row, "season"),
        "attendance": 0,
        "coverage": "full",
        "is_free": False,
        "trending": False,
        "away_rotation_number": timeline.fact(row, "away_rotation"),
        "home_rotation_number": timeline.fact(row, "home_rotation"),
        # As recorded, the order of the two is not fixed.
        "teams": listed if quotes.event_id % 4 else listed[::-1],
        "num_bets": 0 if tickets is None else tickets.count,
        "boxscore": {"total_away_points": runs[1], "total_home_points": runs[0]},
        "markets": _markets(timeline, quotes, now, books) if not listing.moved_away else {},
    }


def _team(club: Club, record: tuple[int, int]) -> dict[str, Any]:
    return {
        "id": club.action_network_id,
        "full_name": club.full_name,
        "display_name": club.nickname,
        "short_name": club.nickname,
        "location": club.market,
        "abbr": club.code,
        "conference_type": club.league,
        "division_type": club.division.upper(),
        "url_slug": club.slug,
        "standings": {"win": record[0], "loss": record[1], "ties": None, "overtime_losses": None, "draw": None},
    }


def _markets(timeline: Timeline, quotes: GameQuotes, now: datetime, books: Collection[int] | None) -> dict[str, Any]:
    record: dict[str, Any] = {}
    teams = {side: timeline.club(quotes.row, side).action_network_id for side in ("home", "away")}
    for book_id, markets in group_by_book(quotes.board(now).values()).items():
        if books is not None and book_id not in books:
            continue
        event = {}
        for market, changes in markets.items():
            outcomes = []
            for change in changes:
                outcome = _outcome(quotes, change, as_text=False)
                if change.side in teams:
                    outcome["team_id"] = teams[change.side]
                if book_id == CONSENSUS.id:
                    outcome["bet_info"] = _bet_info(timeline, quotes.row, change, now)
                outcomes.append(outcome)
            event[market] = outcomes
        record[str(book_id)] = {"event": event}
    return record


def _bet_info(timeline: Timeline, row: int, change: SideChange, now: datetime) -> dict[str, Any]:
    split = shares(timeline, row, change.market, now)
    tickets, money = (0, 0) if split is None else split.rounded()
    if split is not None and change.side in ("away", "under"):
        tickets, money = 100 - tickets, 100 - money
    return {"tickets": {"value": 0, "percent": tickets}, "money": {"value": 0, "percent": money}}
