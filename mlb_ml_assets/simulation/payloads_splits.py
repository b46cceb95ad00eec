"""SportsBettingDime's feed and VSIN's page: prices and public betting, one as JSON, one as HTML.

Belongs here: /wp-json/adpt/v1/mlb-odds and /betting-splits/ in its layout since spring 2026, at an instant.
Not here: prices (quotes.py) and shares (splits.py) themselves, what is public when (timeline.py).
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from html import escape
from typing import Any

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.markets import market_of
from mlb_ml_assets.simulation.books import RETAIL, Book
from mlb_ml_assets.simulation.clubs import Club
from mlb_ml_assets.simulation.quotes import MARKET_KEYS, QuoteKey, SideChange
from mlb_ml_assets.simulation.repricing import LeagueQuotes
from mlb_ml_assets.simulation.splits import shares
from mlb_ml_assets.simulation.timeline import FINAL, LIVE, Listing, Timeline

_DIME_CODES = {"ARI": "AZ"}
_DIME_NAMES = {68: "DraftKings", 69: "FanDuel", 71: "BetRivers", 75: "MGM", 123: "WilliamHillNewJersey"}
# A book in the feed without any price, as recorded.
_SILENT_BOOK = ("sr:book:28901", "Bet365.US.NJ")
_VSIN_CROWDS = {"DK": (1, 68), "CIRCA": (2, 3)}
_LEAGUE_NAMES = {"AL": "American League", "NL": "National League"}
_DIME_STATUS = {LIVE: "live", FINAL: "closed"}


def dime_feed(timeline: Timeline, quotes: LeagueQuotes, now: datetime) -> dict[str, Any]:
    """SportsBettingDime's current board: today's and tomorrow's games (Eastern)."""
    today = now.astimezone(EASTERN).date()
    games = [
        _dime_game(timeline, quotes, listing, now)
        for listing in timeline.listings(today, today + timedelta(days=1), now)
        if not listing.moved_away and not listing.resumes
    ]
    return {"filter_keys": ["American League - East", "National League - East"], "data": games}


def _dime_game(timeline: Timeline, quotes: LeagueQuotes, listing: Listing, now: datetime) -> dict[str, Any]:
    row = listing.row
    board = quotes.of(row, postponed=listing.first_event)
    shown, opening = board.board(now), board.opening_board()
    competitors = {}
    for side in ("home", "away"):
        club = timeline.club(row, side)
        code = _DIME_CODES.get(club.code, club.code)
        competitors[side] = {
            "id": hashlib.md5(club.code.encode(), usedforsecurity=False).hexdigest(),
            "name": club.nickname,
            "country": "USA",
            "abbreviation": code,
            "qualifier": side,
            "rotation_number": timeline.fact(row, f"{side}_rotation"),
            "market": club.market,
            "abbr": code,
        }
    home = timeline.club(row, "home")
    return {
        "id": f"sr:match:{timeline.fact(row, 'game_pk') + 60_000_000}",
        "tournamentId": "sr:tournament:109",
        "status": _DIME_STATUS.get(listing.state, "not_started"),
        "scheduled": listing.event_start.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "competitors": competitors,
        "league": "mlb",
        "markets": {market: {"books": _dime_books(market, shown, opening)} for market in MARKET_KEYS},
        "bettingSplits": {
            market: split for market in MARKET_KEYS if (split := _dime_split(timeline, row, market, now)) is not None
        },
        "filter_key": {f"{_LEAGUE_NAMES[home.league]} - {home.division}": True},
    }


def _dime_books(
    market: str, shown: Mapping[QuoteKey, SideChange], opening: Mapping[QuoteKey, SideChange]
) -> list[dict[str, Any]]:
    books = [{"id": _SILENT_BOOK[0], "name": _SILENT_BOOK[1], **_dime_prices(market, {}, {})}]
    for book in RETAIL:
        if book.dime_id is None:
            continue
        now_shown = {side: change for side in market_of(market).sides if (change := _price(shown, book, market, side))}
        opened = {
            side: change for side in market_of(market).sides if (change := opening.get((book.id, market, side, False)))
        }
        if now_shown:
            books.append(
                {
                    "id": book.dime_id,
                    "name": _DIME_NAMES[book.id],
                    **_dime_prices(market, now_shown, opened),
                }
            )
    return books


def _price(shown: Mapping[QuoteKey, SideChange], book: Book, market: str, side: str) -> SideChange | None:
    change = shown.get((book.id, market, side, False))
    return None if change is None or change.status == "suspended" else change


def _dime_prices(market: str, shown: Mapping[str, SideChange], opened: Mapping[str, SideChange]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for side in market_of(market).sides:
        change, first = shown.get(side), opened.get(side)
        on_spread = market == "spread" and change is not None
        record[side] = {
            "odds": f"{change.odds:+d}" if change else "",
            "opening_odds": f"{first.odds:+d}" if change and first else "",
            "spread": f"{change.line:+.1f}" if on_spread and change else "",
            "opening_spread": f"{first.line:+.1f}" if on_spread and first else 0,
            "best": False,
        }
    if market == "total":
        line = next((change.line for change in shown.values()), None)
        first_line = next((change.line for change in opened.values()), None)
        record["total"] = "" if line is None else f"{line:g}"
        record["opening_total"] = 0 if first_line is None or line is None else first_line
    return record


def _dime_split(timeline: Timeline, row: int, market: str, now: datetime) -> dict[str, Any] | None:
    # Splits are renewed once an hour.
    stamp = now.replace(minute=10, second=41, microsecond=686000)
    stamp = stamp if stamp <= now else stamp - timedelta(hours=1)
    split = shares(timeline, row, market, stamp)
    if split is None:
        return None
    first, second = market_of(market).sides
    tickets, money = round(split.tickets, 2), round(split.money, 2)
    return {
        "updated": stamp.strftime("%Y-%m-%dT%H:%M:%S.686Z"),
        first: {"betsPercentage": tickets, "stakePercentage": money},
        second: {"betsPercentage": round(100 - tickets, 2), "stakePercentage": round(100 - money, 2)},
    }


def vsin_page(timeline: Timeline, quotes: LeagueQuotes, day: date, now: datetime, *, source: str = "DK") -> str:
    """VSIN's page of one feed (DK or CIRCA) and Eastern day: two rows a game, away first; handle before bets."""
    crowd, book_id = _VSIN_CROWDS[source]
    rows = []
    for listing in timeline.listings(day, day, now):
        if listing.moved_away or listing.resumes:
            continue
        code = f"{day:%Y%m%d}MLB{timeline.fact(listing.row, 'away_rotation'):05d}"
        mark = {LIVE: " sp-game-live", FINAL: " sp-game-final"}.get(listing.state, "")
        shown = quotes.of(listing.row, postponed=listing.first_event).board(now)
        rows += [
            _vsin_row(timeline, listing.row, side, (code, mark), shown, (crowd, book_id, now))
            for side in ("away", "home")
        ]
    label = f"MLB - {day:%A, %B} {day.day}"
    heads = "".join(
        f'<th class="sp-col-first">{line}</th><th>Handle</th><th>Bets</th>' for line in ("Spread", "Total", "Money")
    )
    return (
        "<!DOCTYPE html><html><head><title>Betting Splits</title></head><body>"
        f'<table class="sp-table"><thead><tr><th class="sp-sport-name" colspan="11">{label}</th></tr>'
        f"<tr><th></th><th>Team</th>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></body></html>"
    )


def _vsin_row(
    timeline: Timeline,
    row: int,
    side: str,
    tag: tuple[str, str],
    shown: Mapping[QuoteKey, SideChange],
    feed: tuple[int, int, datetime],
) -> str:
    (code, mark), (crowd, book_id, now) = tag, feed
    club = timeline.club(row, side)
    cells = [
        f'<td class="sp-cell-action"><button class="sp-act-history" data-gamecode="{code}">&#8634;</button></td>',
        _vsin_team(club),
    ]
    for market, ours in (("spread", side), ("total", "over" if side == "away" else "under"), ("moneyline", side)):
        change = shown.get((book_id, market, ours, False))
        line = "-" if change is None else _vsin_line(market, change)
        split = shares(timeline, row, market, now, crowd=crowd)
        money = tickets = ""
        if split is not None:
            whole = split.rounded()
            turned = whole if ours in ("home", "over") else (100 - whole[0], 100 - whole[1])
            tickets, money = f"{turned[0]}%", f"{turned[1]}%"
        arrow = ' <span class="sp-arrow-up">&#9650;</span>' if money and row % 3 == 0 else ""
        cells.append(
            f'<td class="sp-col-first"><span class="sp-badge sp-badge-line">{line}</span></td>'
            f'<td><span class="sp-badge">{money}{arrow}</span></td><td><span class="sp-badge">{tickets}</span></td>'
        )
    return f'<tr class="sp-row{mark}">{"".join(cells)}</tr>'


def _vsin_line(market: str, change: SideChange) -> str:
    if market == "moneyline":
        return f"{change.odds:+d}"
    if market == "spread":
        return f"{change.line:+.1f}"
    return f"{change.line:g}"


def _vsin_team(club: Club) -> str:
    name, slug = escape(club.full_name), escape(club.slug)
    return f'<td class="sp-cell-team"><a class="sp-team-link" href="/mlb/teams/{slug}">{name}</a></td>'
