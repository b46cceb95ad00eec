"""How quotes, tickets and money stood at an instant.

Belongs here: reading sql/queries/quote_metrics.sql and split_shares.sql for decisions, as frames.
Does not: what several books say together (features/quote_movement.py), the price to bet at (decision_quotes.sql).
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.features.quote_movement import market_metrics
from mlb_ml_assets.warehouse.sql import query

MARKETS: Final = ("moneyline", "spread", "total")
SPLITS_COLUMNS: Final = tuple(
    f"splits_{measure}_{side}"
    for side in ("home", "spread_home", "over")
    for measure in ("tickets", "money", "money_gap")
)
_MARKETS: Final = {"home": "moneyline", "spread_home": "spread", "over": "total"}
_NUMBERS: Final = frozenset(
    ("opening_odds", "opening_line", "odds", "line_value", "closing_odds", "closing_line", "largest_move",
     "largest_line_move", "tickets", "money", "gap")
)  # fmt: skip
_MEASURES: Final = {"tickets": "tickets", "money": "money", "money_gap": "gap"}


def read_quote_metrics(
    connection: psycopg.Connection[Any], requests: pd.DataFrame, markets: Sequence[str] = MARKETS
) -> pd.DataFrame:
    """Each book's price of each side, and how it came there, as of each request.

    Args:
        connection: reads only.
        requests: game_id, as_of (UTC). Repeated pairs count once.
        markets: those of moneyline, spread and total to read.

    Returns:
        One row per game_id, as_of, book, market_type and side: operator (licences of one company share it), bettable,
        opening_odds, opening_line, opened_at; odds, line_value, quoted_at: the newest at as_of; standing: neither
        suspended nor pulled; closing_odds, closing_line: missing until first pitch has passed at as_of. changes: of
        odds or number. largest_move: largest single step of the side's break-even probability (0..1, margin included)
        at an unchanged number; largest_line_move: in runs. velocity_1h, _6h, _24h: break-even probability an hour over
        that window, NaN where no price stood at its beginning or the number changed since. minutes_since_change,
        minutes_since_seen (NaN where no payload told). step_times, step_sizes, step_lines: the changes as lists.
        Odds are American. Both sides are the game's, also where a source has the clubs the other way about.
        Quotes stamped at or after first pitch (actual where known, else scheduled) or after as_of are not looked at.
    """
    return _read(connection, "quote_metrics", requests, markets)


def read_split_shares(connection: psycopg.Connection[Any], requests: pd.DataFrame) -> pd.DataFrame:
    """Tickets and money on home or over (percent), and money less tickets, as of each request.

    Args:
        connection: reads only.
        requests: game_id, as_of (UTC).

    Returns:
        game_id, as_of, market_type, tickets, money, gap: one row where any source told, medians over its books.
    """
    return _read(connection, "split_shares", requests)


def read_market_metrics(connection: psycopg.Connection[Any], requests: pd.DataFrame) -> pd.DataFrame:
    """Consensus, spread across books, best price, steam, reverse line movement and handle-ticket gap of each market.

    Args:
        connection: reads only.
        requests: game_id, as_of (UTC).

    Returns:
        features.quote_movement.MARKET_COLUMNS, one row per game_id, as_of and market with any quote.
    """
    return market_metrics(read_quote_metrics(connection, requests), read_split_shares(connection, requests))


def splits_columns(connection: psycopg.Connection[Any], requests: pd.DataFrame) -> pd.DataFrame:
    """Tickets and money of each request, row by row, for the stored vector; NaN where unknown.

    Args:
        connection: reads only.
        requests: game_id, as_of (UTC), any index.

    Returns:
        SPLITS_COLUMNS on the index of `requests`: percent of tickets and of money on home (moneyline, run line) or
        over, and money less tickets in percentage points.
    """
    told = read_split_shares(connection, requests)
    told["as_of"] = pd.to_datetime(told["as_of"], utc=True)
    asked = pd.MultiIndex.from_arrays([requests["game_id"], pd.to_datetime(requests["as_of"], utc=True).dt.floor("us")])
    columns = {}
    for side, market in _MARKETS.items():
        part = told[told["market_type"] == market].set_index(["game_id", "as_of"])
        for measure, source in _MEASURES.items():
            known = pd.to_numeric(part[source]).astype(np.float64)
            columns[f"splits_{measure}_{side}"] = known.reindex(asked).to_numpy()
    return pd.DataFrame(columns, index=requests.index)[list(SPLITS_COLUMNS)]


def _read(
    connection: psycopg.Connection[Any], name: str, requests: pd.DataFrame, markets: Sequence[str] = MARKETS
) -> pd.DataFrame:
    parameters = {
        "markets": list(markets),
        "game_ids": requests["game_id"].tolist(),
        "instants": [stamp.to_pydatetime() for stamp in pd.to_datetime(requests["as_of"], utc=True).dt.floor("us")],
    }
    cursor = connection.execute(query(name), parameters)
    assert cursor.description is not None
    frame = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])
    # A column without one value comes as objects.
    numbers = [name for name in frame.columns if name in _NUMBERS or name.startswith(("velocity_", "minutes_"))]
    return frame.astype(dict.fromkeys(numbers, np.float64))
