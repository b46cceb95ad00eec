"""Several books' prices together: spread, best price, consensus, steam, moves against the tickets.

Belongs here: from each book's quotes as of an instant to one row a game and market. For display, staleness and the
`open` stage: at 60 minutes no movement term added to the price itself (2016, n 1,589: log-loss gain 0.0000 +- .0000).
Not here: reading quotes (warehouse/quote_metrics.py), margins in other ways (pricing/).
"""

from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.markets import MONEYLINE, SPREAD, TOTAL, market_of
from mlb_ml_assets.pricing.consensus import at_main_line
from mlb_ml_assets.pricing.devig import devig_two_way

STEAM_BOOKS: Final = 3
STEAM_WINDOW: Final = timedelta(minutes=10)
# Half a point of probability: smaller moves are rounding of American odds.
LEAST_MOVE: Final = 0.005

MARKET_COLUMNS: Final = (
    "game_id", "as_of", "market_type", "books", "line_value", "consensus", "spread_across_books",
    "best_home_or_over_odds", "best_home_or_over_book", "best_away_or_under_odds", "best_away_or_under_book",
    "consensus_move", "line_move", "steam_direction", "steam_books", "steam_at", "tickets", "money",
    "handle_ticket_gap", "reverse_line_movement",
)  # fmt: skip


def market_metrics(quotes: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """One row per game, instant and market, from quotes and splits that were all known at the instant.

    Only current prices of bettable books count, both sides of one book at one line, with an overround in [0, .12].
    The market's line is the one that most books quote; of several, the one priced nearest to even.

    Args:
        quotes: rows of warehouse/quote_metrics.py, one per game, as_of, book, market_type and side.
        splits: game_id, as_of, market_type, tickets, money, gap (percent of home or over).

    Returns:
        MARKET_COLUMNS. consensus: median over books of the fair probability (Shin) of home or over, 0..1.
        spread_across_books: largest less smallest of those. consensus_move: median over books of fair now less fair at
        that book's own opening, same line; line_move: median over books of the line now less at opening, in runs
        (moneyline: NaN). steam_direction: 1 toward home or over, -1 away or under, 0 none in the last 24 hours, with
        the most books of one window and its end. reverse_line_movement: 1 where most tickets are on away or under
        while the market moved to home or over, -1 the other way about, 0 neither; NaN without tickets or move.
    """
    rows = []
    shares: dict[tuple[Any, ...], dict[str, Any]] = {
        (row["game_id"], row["as_of"], row["market_type"]): {str(name): value for name, value in row.items()}
        for row in splits.to_dict("records")
    }
    for (game, as_of, market), part in quotes.groupby(["game_id", "as_of", "market_type"], sort=True):
        key = {"game_id": game, "as_of": as_of, "market_type": market}
        rows.append(key | _market(part[part["bettable"]], str(market), shares.get((game, as_of, market), {})))
    return pd.DataFrame(rows, columns=list(MARKET_COLUMNS))


def steam(steps: pd.DataFrame, since: datetime) -> tuple[int, int, datetime | None]:
    """The latest steam move after `since`: at least 3 operators, one direction, within 10 minutes.

    Licenses of one operator in several states copy one price; they count as one book.

    Args:
        since: an instant with a zone; moves at it or before are over.
        steps: operator, at (an instant with a zone), direction (1 toward home or over, -1 away or under).

    Returns:
        (direction, operators, the instant at which the window ends); (0, 0, None) without steam.
    """
    found: tuple[int, int, datetime | None] = (0, 0, None)
    steps = steps[steps["at"] > since].sort_values("at", kind="stable")
    for direction in (1, -1):
        same = steps[steps["direction"] == direction]
        moves = list(zip(same["at"], same["operator"], strict=True))
        for end, _ in moves:
            operators = {operator for at, operator in moves if end - STEAM_WINDOW <= at <= end}
            if len(operators) >= STEAM_BOOKS and (found[2] is None or (end, len(operators)) > (found[2], found[1])):
                found = (direction, len(operators), end)
    return found


def reverse_line_movement(tickets: float, move: float) -> float:
    """1: the market moved to home or over against most tickets; -1: to away or under; 0: neither; NaN: unknown.

    Args:
        tickets: percent of tickets on home or over, 0..100.
        move: of the market toward home or over, signed.
    """
    if np.isnan(tickets) or np.isnan(move):
        return float("nan")
    return float(np.sign(move)) if (tickets - 50) * move < 0 else 0.0


def step_directions(part: pd.DataFrame, market: str) -> pd.DataFrame:
    """Changes of both sides of each book as moves of its market: operator, at, direction.

    A changed line gives the direction; at the same line, the side whose price shortened more than the other's. Both
    sides shortened equally is a wider margin, not a move.
    """
    moves = []
    rows: list[Any] = list(part[part["step_times"].notna()].itertuples())
    for row in rows:
        first = 1 if row.side == market_of(market).first_side else -1
        for at, size, line in zip(row.step_times, row.step_sizes, row.step_lines, strict=True):
            # A higher total leans to the over, and a lower run line of a side to that side.
            shift = (line if market == TOTAL.key else -line * first) if line else 0.0
            moves.append((row.operator, row.book, at, shift, 0.0 if line else size * first))
    steps = pd.DataFrame(moves, columns=["operator", "book", "at", "shift", "size"])
    steps["at"] = pd.to_datetime(steps["at"], utc=True)
    steps = steps.groupby(["operator", "book", "at"], as_index=False)[["shift", "size"]].sum()
    by_size = np.where(steps["size"].abs() > 1e-9, np.sign(steps["size"]), 0.0)
    steps["direction"] = np.where(steps["shift"] != 0, np.sign(steps["shift"]), by_size).astype(int)
    return steps[["operator", "at", "direction"]]


def _market(part: pd.DataFrame, market: str, shares: dict[str, Any]) -> dict[str, Any]:
    books = _books(part, market)
    nan = float("nan")
    row: dict[str, Any] = dict.fromkeys(MARKET_COLUMNS[3:], nan) | {"books": len(books)}
    row |= {f"best_{side}_book": None for side in ("home_or_over", "away_or_under")}
    if len(books):
        row |= {
            "line_value": books["line_value"].iloc[0],
            "consensus": books["fair"].median(),
            "spread_across_books": books["fair"].max() - books["fair"].min(),
            "consensus_move": _median(books["move"]),
            "line_move": _median(books["line_move"]),
        }
        for side in ("home_or_over", "away_or_under"):
            best = books.iloc[int(_decimal(books[f"odds_{side}"]).to_numpy().argmax())]
            row |= {f"best_{side}_odds": best[f"odds_{side}"], f"best_{side}_book": best["book"]}
    if len(part):
        since = part["as_of"].iloc[0] - timedelta(hours=24)
        direction, operators, at = steam(step_directions(part, market), since)
        row |= {"steam_direction": direction, "steam_books": operators, "steam_at": at}
    row |= {"tickets": shares.get("tickets", nan), "money": shares.get("money", nan)}
    row["handle_ticket_gap"] = shares.get("gap", nan)
    row["reverse_line_movement"] = reverse_line_movement(row["tickets"], _lean(row, market))
    return row


def _median(values: "pd.Series[float]") -> float:
    known = values.dropna()
    return float(known.median()) if len(known) else float("nan")


def _lean(row: dict[str, Any], market: str) -> float:
    """Move toward home or over: by the line where it changed, else by the fair probability."""
    line: float = row["line_move"]
    if line and not np.isnan(line):
        return line if market == TOTAL.key else -line
    move: float = row["consensus_move"]
    return 0.0 if abs(move) < LEAST_MOVE else move


def _books(part: pd.DataFrame, market: str) -> pd.DataFrame:
    """Two-sided current prices at the market's line: book, odds of both sides, fair, move, line_move."""
    part = part[part["standing"]]
    sides = part["side"] == market_of(market).first_side
    both: pd.DataFrame = part[sides].merge(part[~sides], on="book", suffixes=("_home_or_over", "_away_or_under"))
    now, opened = (both[f"{name}_home_or_over"].astype(float) for name in ("line_value", "opening_line"))
    other = both["line_value_away_or_under"].astype(float) * (-1 if market == SPREAD.key else 1)
    both["line_value"], both["line_move"] = now, now - opened
    both["fair"] = _fair(both["odds_home_or_over"], both["odds_away_or_under"])
    both["move"] = both["fair"] - _fair(both["opening_odds_home_or_over"], both["opening_odds_away_or_under"])
    both.loc[both["line_move"].fillna(0) != 0, "move"] = np.nan
    both = both.loc[both["fair"].notna() & (now.isna() if market == MONEYLINE.key else now == other)]
    return at_main_line(both, line="line_value", fair="fair")


def _fair(first: "pd.Series[Any]", second: "pd.Series[Any]") -> "pd.Series[float]":
    """Fair probability of the first side; NaN where the overround is outside [0, .12] or a side is unknown."""
    fair = devig_two_way(_decimal(first).to_numpy(), _decimal(second).to_numpy(), refused="nan")
    return pd.Series(fair, index=first.index)


def _decimal(american: "pd.Series[Any]") -> "pd.Series[float]":
    odds = american.astype(float)
    return pd.Series(np.where(odds > 0, 1 + odds / 100, 1 - 100 / odds), index=american.index)
