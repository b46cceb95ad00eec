"""Quotes, tickets and money as of an instant.

Belongs here: reading sql/queries/quote_metrics.sql and split_shares.sql for decisions, as frames.
Not here: the consensus of several books (features/quote_movement.py), the price to bet at (decision_quotes.sql).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pandas as pd
import psycopg
from numpy.typing import NDArray
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.markets import MARKET_KEYS, MONEYLINE, SPREAD, TOTAL
from mlb_ml_assets.features.quote_movement import market_metrics
from mlb_ml_assets.features.quote_path import QuotePaths, path_metrics
from mlb_ml_assets.warehouse.queries import read_frame, statement
from mlb_ml_assets.warehouse.quote_months import months_of_games
from mlb_ml_assets.warehouse.row_codec import decode_arrays

SPLITS_COLUMNS: Final = tuple(
    f"splits_{measure}_{side}"
    for side in ("home", "spread_home", "over")
    for measure in ("tickets", "money", "money_gap")
)
_MARKETS: Final = {"home": MONEYLINE.key, "spread_home": SPREAD.key, "over": TOTAL.key}
_ARRAYS: Final = {
    "stamps": "timestamptz",
    "odds": "integer",
    "line_values": "double precision",
    "open_for_bets": "boolean",
}
_MEASURES: Final = {"tickets": "tickets", "money": "money", "money_gap": "gap"}


def read_quote_metrics(
    connection: psycopg.Connection[Any], requests: pd.DataFrame, markets: Sequence[str] = MARKET_KEYS
) -> pd.DataFrame:
    """Each book's price of each side, and how it moved, as of each request.

    Args:
        connection: reads only.
        requests: game_id, as_of (UTC). Repeated pairs count once.
        markets: those of moneyline, spread and total to read.

    Returns:
        One row per game_id, as_of, book, market_type and side: book_name, operator (licences of one company share it),
        bettable, the metrics of features/quote_path.py, standing: neither suspended nor pulled, and minutes_since_seen
        (NaN where no payload shows it). Both sides are the game's, also where a source has the clubs exchanged.
        Quotes stamped at or after first pitch (actual where known, else scheduled) or after as_of are not looked at.
    """
    cursor = connection.cursor(binary=True)
    for name in _ARRAYS.values():
        # Undecoded: 17,000 prices of a slate as Python objects would cost more than the query.
        cursor.adapters.register_loader(connection.adapters.types[name].array_oid, _AsBytes)
    months = months_of_games(connection, requests["game_id"])
    parameters = request_parameters(requests) | {"markets": list(markets), "now": present(), **months}
    cursor.execute(statement("quote_metrics", parameters), parameters)
    names = [column.name for column in cursor.description or ()]
    columns = dict(zip(names, zip(*cursor.fetchall(), strict=True), strict=False))
    columns = {name: columns.get(name, ()) for name in names}
    values, lengths = {}, np.zeros(0, dtype=np.int64)
    for name, kind in _ARRAYS.items():
        values[name], lengths = decode_arrays(kind, columns.pop(name))
    paths = QuotePaths(
        lengths, values["stamps"].astype("datetime64[us]"), values["odds"], values["line_values"],
        values["open_for_bets"],
    )  # fmt: skip
    taken = {name: columns.pop(name) for name in ("instant", "is_closed", "pulled", "last_seen_at")}
    as_of = pd.DatetimeIndex(_instants(columns["as_of"])).as_unit("ns").tz_localize("UTC")
    return metrics_of_paths(
        pd.DataFrame(columns).assign(as_of=as_of),
        paths,
        _instants(taken["instant"]),
        is_closed=np.array(taken["is_closed"], dtype=bool),
        pulled=np.array(taken["pulled"], dtype=bool),
        last_seen=_instants(taken["last_seen_at"]),
    )


def metrics_of_paths(
    keys: pd.DataFrame,
    paths: QuotePaths,
    instants: NDArray[np.datetime64],
    *,
    is_closed: NDArray[np.bool_],
    pulled: NDArray[np.bool_],
    last_seen: NDArray[np.datetime64],
) -> pd.DataFrame:
    """What `read_quote_metrics` returns, from what is known of each path.

    Args:
        keys: the first columns of the result, one row a path.
        paths: in the order of `keys`.
        instants: of each: the decision, or first pitch where that came earlier; datetime64[us] in UTC, as `last_seen`.
        is_closed: first pitch has passed at the decision.
        pulled: the newest board that lists the game has no such market.
        last_seen: last capture that shows the market by the instant; NaT where none does.
    """
    metrics = path_metrics(paths, instants, is_closed)
    metrics["standing"] = metrics.pop("open_for_bets") & ~pulled
    # A price that changed was seen.
    seen = np.where(np.isnat(last_seen), last_seen, np.clip(last_seen, _naive(metrics["quoted_at"]), instants))
    metrics["minutes_since_seen"] = np.asarray(instants - seen, dtype="timedelta64[us]") / np.timedelta64(1, "m")
    # Without copies, which take a tenth of a season's time.
    return pd.DataFrame({**dict(keys.items()), **dict(metrics.items())}, copy=False)


def read_split_shares(connection: psycopg.Connection[Any], requests: pd.DataFrame) -> pd.DataFrame:
    """Tickets and money on home or over (percent), and money less tickets, as of each request.

    Args:
        connection: reads only.
        requests: game_id, as_of (UTC).

    Returns:
        game_id, as_of, market_type, tickets, money, gap: one row where any source has them, medians over its books.
    """
    frame = read_frame(connection, "split_shares", request_parameters(requests))
    # A column without one value comes as objects.
    return frame.astype(dict.fromkeys(("tickets", "money", "gap"), np.float64))


def read_market_metrics(
    connection: psycopg.Connection[Any], requests: pd.DataFrame, quotes: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Consensus, spread across books, best price, steam, reverse line movement and handle-ticket gap of each market.

    Args:
        connection: reads only.
        requests: game_id, as_of (UTC).
        quotes: the result of `read_quote_metrics` for them, where it was read already.

    Returns:
        features.quote_movement.MARKET_COLUMNS, one row per game_id, as_of and market with any quote.
    """
    if quotes is None:
        quotes = read_quote_metrics(connection, requests)
    return market_metrics(quotes, read_split_shares(connection, requests))


def read_splits_columns(connection: psycopg.Connection[Any], requests: pd.DataFrame) -> pd.DataFrame:
    """Tickets and money of each request, row by row, for the stored vector; NaN where unknown.

    Args:
        connection: reads only.
        requests: game_id, as_of (UTC), any index.

    Returns:
        SPLITS_COLUMNS on the index of `requests`: percent of tickets and of money on home (moneyline, run line) or
        over, and money less tickets in percentage points.
    """
    shares = read_split_shares(connection, requests)
    if shares.empty:
        return pd.DataFrame(np.nan, index=requests.index, columns=list(SPLITS_COLUMNS))
    instants = pd.to_datetime(requests["as_of"], utc=True).dt.floor("us").tolist()
    asked = list(zip(requests["game_id"].tolist(), instants, strict=True))
    keys = zip(*(shares[name].tolist() for name in ("game_id", "as_of", "market_type")), strict=True)
    place_of = {key: place for place, key in enumerate(keys)}
    columns = {}
    for side, market in _MARKETS.items():
        places = np.array([place_of.get((game, at, market), -1) for game, at in asked])
        for measure, source in _MEASURES.items():
            known = np.append(shares[source].to_numpy(np.float64), np.nan)
            columns[f"splits_{measure}_{side}"] = known[places]
    return pd.DataFrame(columns, index=requests.index)[list(SPLITS_COLUMNS)]


class _AsBytes(Loader):
    """An array as PostgreSQL sends it."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def _instants(stamps: Sequence[datetime | None]) -> NDArray[np.datetime64]:
    naive = [None if stamp is None else stamp.astimezone(UTC).replace(tzinfo=None) for stamp in stamps]
    return np.array(naive, dtype="datetime64[us]")


def _naive(stamps: "pd.Series[Any]") -> NDArray[np.datetime64]:
    return np.asarray(stamps.dt.tz_localize(None), dtype="datetime64[us]")


def request_parameters(requests: pd.DataFrame) -> dict[str, Any]:
    """game_ids and instants of the queries over requests."""
    return {
        "game_ids": requests["game_id"].tolist(),
        "instants": [stamp.to_pydatetime() for stamp in pd.to_datetime(requests["as_of"], utc=True).dt.floor("us")],
    }
