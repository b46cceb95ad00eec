"""Metrics of the quotes of many games, from the archive tier where it has their months.

Belongs here: which games the tier may answer for, its prices as paths, the same frame as quote_metrics.py gives.
Not here: the metrics (features/quote_path.py), which months changed (month_changes.py), a day's games, for which
PostgreSQL is as fast.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.markets import MARKET_KEYS
from mlb_ml_assets.features.quote_path import QuotePaths
from mlb_ml_assets.warehouse.archived_months import ArchivedMonth, one_snapshot, read_archived_months
from mlb_ml_assets.warehouse.month_changes import read_compared
from mlb_ml_assets.warehouse.month_reads import open_months
from mlb_ml_assets.warehouse.month_store import MonthStore
from mlb_ml_assets.warehouse.queries import read_frame, run_query
from mlb_ml_assets.warehouse.quote_metrics import metrics_of_paths, read_quote_metrics, request_parameters
from mlb_ml_assets.warehouse.sql import query

if TYPE_CHECKING:
    import duckdb

_UNDIVIDED: Final = "staging.action_network_odds_historical"
_DIVIDED: Final = (
    "staging.source_quotes", "staging.archive_quotes", "staging.game_sightings", "staging.market_sightings",
)  # fmt: skip
# In the order of their bytes, as the numbers of archived_prices.sql.
_MARKETS: Final = np.array(["moneyline", "spread", "total"], dtype=object)
_SIDES: Final = np.array(["away", "home", "over", "under"], dtype=object)
_OTHER_SIDE: Final = np.array([1, 0, 2, 3])
# From this staging.source_rank on a source is a live one, before it an archive.
_LIVE_RANK: Final = 5
# Where no catalogue has their books, prices of archives count as bettable.
_ARCHIVES: Final = frozenset(("history_bundle", "retrosheet", "sbro"))
# Prices of these between -100 and 100 are no American odds: the path ends before them.
_LEAST_ODDS: Final = 100
_STAMPS: Final = ("as_of", "first_pitch", "instant", "quotes_from", "quotes_until")


def read_archived_metrics(
    connection: psycopg.Connection[Any],
    store: MonthStore | None,
    requests: pd.DataFrame,
    markets: Sequence[str] = MARKET_KEYS,
) -> pd.DataFrame:
    """What `read_quote_metrics` returns, from the tier for the games whose months it has as PostgreSQL has them.

    A season takes a tenth of the time; the rest is read from PostgreSQL, with the same rows to the bit.

    Args:
        connection: reads only.
        store: the tier; None: PostgreSQL answers everything.
        requests: game_id, as_of (UTC). Repeated pairs count once.
        markets: those of moneyline, spread and total to read.

    Raises:
        MonthFileDamaged: a file of the tier has other bytes than were written.
    """
    if store is None or requests.empty:
        return read_quote_metrics(connection, requests, markets)
    with one_snapshot(connection):
        records = _read_records(connection, requests)
        held, files = _held(connection, store, records)
        parts = []
        if held.any():
            with open_months(connection, store, files) as database:
                found, unanswered = _read_tier(connection, database, records[held], markets)
            parts.append(found)
            held &= ~records["decision"].isin(unanswered).to_numpy()
        rest = records.loc[~held, ["game_id", "as_of"]]
        if len(rest):
            parts.append(read_quote_metrics(connection, rest, markets))
    if not parts:
        return read_quote_metrics(connection, requests.iloc[:0], markets)
    if len(parts) == 1:
        return parts[0]
    return pd.concat(parts, ignore_index=True).sort_values(["game_id", "as_of"], kind="stable", ignore_index=True)


def _read_records(connection: psycopg.Connection[Any], requests: pd.DataFrame) -> pd.DataFrame:
    """The records of the games, with the number of their decision, in the order of sources and their games."""
    records = read_frame(connection, "quote_listings", request_parameters(requests), instants=_STAMPS)
    records = records[records["first_pitch"].notna()]
    records = records.assign(decision=records.groupby(["game_id", "as_of"], sort=True).ngroup())
    # Stable over equal records: a decision's order is that of the query.
    return records.sort_values(["source", "source_game_id", "as_of"], kind="stable", ignore_index=True)


def _held(
    connection: psycopg.Connection[Any], store: MonthStore, records: pd.DataFrame
) -> tuple[NDArray[np.bool_], Mapping[str, tuple[ArchivedMonth, ...]]]:
    """Which records the tier may answer for with all others of their decision, and the files that have their rows."""
    compared = read_compared(connection, (_UNDIVIDED, *_DIVIDED))
    if len(compared) <= len(_DIVIDED) or records.empty:
        return np.zeros(len(records), dtype=bool), {}
    names = store.names()
    months: dict[str, dict[int, ArchivedMonth]] = {table: {} for table in compared}
    for each in read_archived_months(connection, list(compared)):
        months[each.table_name][_number(each.month)] = each
    until = np.where(records["rank"] >= _LIVE_RANK, _numbers(records["instant"]), -1)
    first, last = _numbers(records["quotes_from"]), _numbers(records["quotes_until"]) - 1
    is_held = np.ones(len(records), dtype=bool)
    for table, known in compared.items():
        # The first month after those that were compared, and every one that changed or lacks its file.
        gaps = [_number(known.through) + 1, *map(_number, known.changed)]
        gaps += [month for month, each in months[table].items() if each.file not in names]
        if table == _UNDIVIDED:
            is_held &= until < min(gaps)
            continue
        for gap in gaps[1:]:
            is_held &= (gap < first) | (gap > last)
        is_held &= last < gaps[0]
    is_held &= ~records["decision"].isin(records.loc[~is_held, "decision"]).to_numpy()
    if not is_held.any():
        return is_held, {}
    begin, end = first[is_held].min(), max(last[is_held].max(), until[is_held].max())
    return is_held, {
        table: tuple(
            each
            for month, each in sorted(held.items())
            if month <= end and (month >= begin or table == _UNDIVIDED) and (table != _UNDIVIDED or end >= 0)
        )
        for table, held in months.items()
    }


def _read_tier(
    connection: psycopg.Connection[Any],
    database: "duckdb.DuckDBPyConnection",
    records: pd.DataFrame,
    markets: Sequence[str],
) -> tuple[pd.DataFrame, set[int]]:
    """The metrics of decisions from the tier, and those whose files do not show whether their quotes came in time."""
    # Quotes stream past tables of the records and books, in the order of their files: the optimizer, which takes a
    # month's quotes for a few, puts them into a table instead, at twice the processor time.
    database.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    now = pd.Timestamp(present())
    records = records.reset_index(drop=True)
    is_live = (records["rank"] >= _LIVE_RANK).to_numpy()
    # As if each log was captured before first pitch; whether it was, its prices show.
    given = records.assign(
        place=records.index,
        available_by=records["as_of"].where(is_live & (records["as_of"] < now), now),
    )[["place", "source", "source_game_id", "as_of", "first_pitch", "instant", "available_by"]]
    database.register("records", given)
    books = database.execute(query("archived_books")).df()
    books["book"] = books["source"] + ":" + books["book_id"]
    books = books.sort_values("book", ignore_index=True)
    books["place"] = books.index
    database.register("books", books)
    statement = sql.SQL(query("archived_prices")).format(
        book_count=sql.Literal(len(books)), markets=sql.SQL(", ").join(map(sql.Literal, markets))
    )
    prices = _in_paths(_columns(database, statement.as_string()))
    record, book, market, side = _parts(prices.path, len(books))
    in_time = np.zeros(len(records), dtype=bool)
    in_time[record[prices.in_time]] = True
    unanswered = _unanswered(database, given[is_live & ~in_time].assign(available_by=now), statement, len(books))

    is_kept = prices.lengths > 0
    is_kept &= ~_is_second_archive(database, records, given)[record]
    is_kept &= ~records["decision"].isin(records["decision"].iloc[unanswered]).to_numpy()[record]
    kept = np.flatnonzero(is_kept)
    record, book, market, side = record[kept], book[kept], market[kept], side[kept]
    pulled, last_seen = _sightings(
        database, prices.path[kept], record, books["book_id"].to_numpy()[book], _MARKETS[market]
    )
    side = np.where(records["reversed"].to_numpy()[record], _OTHER_SIDE[side], side)
    # Paths before their metrics, because a season's frame takes as long to reorder as its metrics to compute.
    order = np.lexsort((record, side, book, market, records["decision"].to_numpy()[record]))
    kept, record, book, market, side = kept[order], record[order], book[order], market[order], side[order]

    of_path = records[["game_id", "as_of", "instant", "first_pitch"]].iloc[record]
    keys = pd.DataFrame(
        {
            "game_id": of_path["game_id"].to_numpy(),
            "as_of": of_path["as_of"].array.as_unit("ns"),
            "book": books["book"].to_numpy()[book],
            **_named(connection, records, books, record, book),
            "market_type": _MARKETS[market],
            "side": _SIDES[side],
        },
        copy=False,
    )
    frame = metrics_of_paths(
        keys,
        prices.paths(kept),
        _microseconds(of_path["instant"]),
        is_closed=(of_path["as_of"] >= of_path["first_pitch"]).to_numpy(),
        pulled=prices.is_over[kept] | pulled[order],
        last_seen=last_seen[order],
    )
    return frame, set(records["decision"].iloc[unanswered])


@dataclass(frozen=True)
class _Prices:
    """The rows of archived_prices.sql by paths; a path none of whose rows is a price has the length 0.

    Attributes:
        path: each once, ascending.
        starts: where the rows of each begin in `rows`.
        lengths: how many it has.
        in_time: whether one of them was captured in time.
        is_over: whether the last one was no price.
        rows: those of each path in the order of their moments, as places in `columns`.
        columns: as DuckDB gave them.
    """

    path: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    in_time: NDArray[np.bool_]
    is_over: NDArray[np.bool_]
    rows: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]

    def paths(self, chosen: NDArray[np.int64]) -> QuotePaths:
        """The prices of the paths at these places, in this order."""
        lengths = self.lengths[chosen]
        before = np.cumsum(lengths) - lengths
        rows = self.rows[np.repeat(self.starts[chosen] - before, lengths) + np.arange(lengths.sum())]
        stamps = (self.columns["moment"][rows] >> 1).view("datetime64[us]")
        odds, lines, open_for_bets = (self.columns[name][rows] for name in ("odds", "line", "open_for_bets"))
        return QuotePaths(lengths, stamps, odds, lines, open_for_bets)


def _in_paths(columns: Mapping[str, NDArray[Any]]) -> _Prices:
    rows = _order_of_paths(columns["path"], columns["moment"])
    path, odds = columns["path"][rows], columns["odds"][rows]
    starts = np.flatnonzero(np.concatenate([[True], path[1:] != path[:-1]])) if len(path) else np.zeros(0, np.int64)
    lengths = np.diff(np.append(starts, len(path)))
    path = path[starts]
    is_price = np.abs(odds) >= _LEAST_ODDS
    is_over = ~is_price[starts + lengths - 1]
    in_time = np.logical_or.reduceat(columns["in_time"][rows], starts) if len(starts) else np.zeros(0, bool)
    if not is_price.all():
        rows, lengths = rows[is_price], np.add.reduceat(is_price, starts, dtype=np.int64)
        starts = np.cumsum(lengths) - lengths
    return _Prices(path, starts, lengths, in_time, is_over, rows, columns)


def _order_of_paths(path: NDArray[np.int64], moment: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of rows by path and moment, of rows that come nearly so."""
    # Files of several months, read by two threads: a few dozen runs, which a stable sort merges.
    order = np.argsort(path, kind="stable")
    path, moment = path[order], moment[order]
    is_back = (path[1:] == path[:-1]) & (moment[1:] < moment[:-1])
    if is_back.any():
        rows = np.flatnonzero(np.isin(path, path[1:][is_back]))
        order[rows] = order[rows[np.lexsort((moment[rows], path[rows]))]]
    return order


def _parts(
    path: NDArray[np.int64], book_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Record, book, market and side of the paths of archived_prices.sql."""
    rest, side = np.divmod(path, len(_SIDES))
    rest, market = np.divmod(rest, len(_MARKETS))
    record, book = np.divmod(rest, max(book_count, 1))
    return record, book, market, side


def _unanswered(
    database: "duckdb.DuckDBPyConnection", unproven: pd.DataFrame, statement: sql.Composed, book_count: int
) -> list[int]:
    """Records of logs that no price shows to have been captured in time, though they have prices by their stamps.

    Whether any other price of the log was is not in the months that were read alone: PostgreSQL answers for them.
    """
    if unproven.empty:
        return []
    database.register("records", unproven)
    paths = database.sql(statement.as_string()).project("path").distinct().fetchnumpy()["path"]
    return [int(record) for record in np.unique(_parts(paths, book_count)[0])]


def _is_second_archive(
    database: "duckdb.DuckDBPyConnection", records: pd.DataFrame, given: pd.DataFrame
) -> NDArray[np.bool_]:
    """Records of archives whose decision has a better archive with quotes: only the best one counts."""
    archives = records[records["rank"] < _LIVE_RANK]
    if not archives["decision"].duplicated().any():
        return np.zeros(len(records), dtype=bool)
    database.register("records", given)
    found = database.execute(
        "SELECT DISTINCT r.place FROM records AS r JOIN staging.archive_quotes AS a "
        "ON a.source = r.source AND a.source_game_id = r.source_game_id"
    ).fetchnumpy()["place"]
    quoted = archives[archives.index.isin(found)].sort_values(["rank", "source_game_id"], kind="stable")
    second = np.zeros(len(records), dtype=bool)
    second[quoted.index[quoted["decision"].duplicated()]] = True
    return second


def _sightings(
    database: "duckdb.DuckDBPyConnection",
    path: NDArray[np.int64],
    record: NDArray[np.int64],
    book_id: NDArray[Any],
    market: NDArray[Any],
) -> tuple[NDArray[np.bool_], NDArray[np.datetime64]]:
    """Of each path: whether a board came without its market, and its last sighting; NaT without one."""
    database.register(
        "paths", pd.DataFrame({"path": path, "record": record, "book_id": book_id, "market_type": market})
    )
    found = _columns(database, query("archived_sightings"))
    pulled, seen = np.zeros(len(path), dtype=bool), np.full(len(path), np.datetime64("NaT", "us"))
    places = np.searchsorted(path, found["path"])
    pulled[places] = found["pulled"]
    last = found["last_seen"]
    known = ~np.ma.getmaskarray(last)
    seen[places[known]] = np.asarray(last)[known].astype("datetime64[us]")
    return pulled, seen


def _named(
    connection: psycopg.Connection[Any],
    records: pd.DataFrame,
    books: pd.DataFrame,
    record: NDArray[np.int64],
    book: NDArray[np.int64],
) -> dict[str, NDArray[Any]]:
    """Name, operator and whether it takes bets, of the book of each path on the day of its instant."""
    days = records["instant"].dt.tz_localize(None).to_numpy("datetime64[D]")
    pairs, place = np.unique(book * len(records) + record, return_inverse=True)
    by_day, of_pair = np.unique(
        np.stack([pairs // len(records), days[pairs % len(records)].astype(np.int64)]), axis=1, return_inverse=True
    )
    entries: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for source, book_id, *entry in run_query(connection, "book_entries"):
        entries.setdefault((source, book_id), []).append(tuple(entry))
    named: dict[str, list[Any]] = {"book_name": [], "operator": [], "bettable": []}
    listed = list(zip(books["source"], books["book_id"], books["book"], strict=True))
    for number, day in by_day.T.tolist():
        source, book_id, book_of_source = listed[number]
        on = date(1970, 1, 1) + timedelta(days=day)
        name, operator, bettable = next(
            (about for *about, begins, ends in entries.get((source, book_id), ()) if begins <= on <= ends),
            (None, None, source in _ARCHIVES),
        )
        named["book_name"].append(name or book_of_source)
        named["operator"].append(operator or book_of_source)
        named["bettable"].append(bettable)
    at = of_pair[place]
    kinds = {"book_name": object, "operator": object, "bettable": bool}
    return {name: np.array(values, dtype=kinds[name])[at] for name, values in named.items()}


def _columns(database: "duckdb.DuckDBPyConnection", statement: str) -> dict[str, NDArray[Any]]:
    """The columns of a result; one with NULLs is a masked array."""
    found = database.execute(statement).fetchnumpy()
    return {name: column if isinstance(column, np.ndarray) else np.asarray(column) for name, column in found.items()}


def _microseconds(stamps: "pd.Series[Any]") -> NDArray[np.datetime64]:
    return np.asarray(stamps.dt.tz_localize(None), dtype="datetime64[us]")


def _number(month: date) -> int:
    return month.year * 12 + month.month


def _numbers(stamps: "pd.Series[Any]") -> NDArray[np.int64]:
    """Months (UTC) by number; below every month where there is none."""
    return np.asarray((stamps.dt.year * 12 + stamps.dt.month).fillna(-1), dtype=np.int64)
