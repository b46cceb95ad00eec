"""After the games: bets settled, windows scored.

Belongs here: reading, settlement, which windows a day touches, writing.
Not here: rules and values (betting/), scores (evaluation/), SQL.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.betting.closing_line_value import closing_line_value, value_at_own_close, value_at_reference
from mlb_ml_assets.betting.line_scores import length_of_play
from mlb_ml_assets.betting.settlement import settle, settlement_changes
from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.domain.markets import FIRST_SIDES, MONEYLINE, SPREAD, TOTAL, market_of
from mlb_ml_assets.domain.models import WALK_FORWARD_VERSION
from mlb_ml_assets.evaluation.bets import settled_sides
from mlb_ml_assets.evaluation.market_comparison import compare
from mlb_ml_assets.evaluation.outside_forecasts import outside_probabilities
from mlb_ml_assets.evaluation.performance import performance_columns
from mlb_ml_assets.identity.books import operator_of
from mlb_ml_assets.pricing.odds import american_to_decimal, decimal_to_american
from mlb_ml_assets.warehouse.locks import lock_days
from mlb_ml_assets.warehouse.outside_forecasts import read_outside_forecasts
from mlb_ml_assets.warehouse.performance import count_calibration, write_comparisons, write_performance
from mlb_ml_assets.warehouse.settlement import (
    read_closing_lines,
    read_evaluation_rows,
    read_operator_closes,
    read_recommendations_to_settle,
    read_reference_closes,
    write_settlements,
)

TABLE = "curated.ml_model_performance"
_FORECASTERS = {"blind": "blind_probability", "memory": "memory_probability", "anchored": "final_probability"}
_REFERENCES = {"open": "open_probability", "close": "closing_probability"}
_KEYS = ["prediction_id", "market_type", "side"]
# Terms of a recommendation and their names in a bet.
_TERMS = {
    "terms_game_date": "game_date",
    "terms_scheduled_start": "scheduled_start",
    "terms_scheduled_innings": "scheduled_innings",
    "listed_home_starter_id": "home_starter_id",
    "listed_away_starter_id": "away_starter_id",
}
_PREDICTION = ["model_name", "game_id", "model_version"]
_SERIES = ("model_name", "model_version", "market_type", "newest")
_FORECAST_COLUMNS = (
    *_SERIES, "game_id", "game_date", "decided_at", "line_value", "outcome", "probability", "close_probability",
    "market_probability", *_FORECASTERS.values(), *_REFERENCES.values(),
)  # fmt: skip
_SIDE_COLUMNS = (
    *_SERIES, "game_id", "game_date", "stake", "result", "profit", "expected_value", "market_probability",
    "clv_expected_value", "unit_return",
)  # fmt: skip
_TRAILING = timedelta(days=30)


@dataclass(frozen=True)
class Window:
    """An evaluation period with exclusive end; `by_version` also scores each model version of its own month."""

    first: date
    last: date
    by_version: bool


def score_days(connection: psycopg.Connection[Any], days: DayRange) -> dict[str, Any]:
    """Settle the recommendations of the days and score every window that they touch."""
    with connection.transaction():
        lock_days(connection, TABLE, days.first, days.last)
        settled, corrected = settle_days(connection, days)
        windows = list(windows_of(days))
        first, last = min(window.first for window in windows), max(window.last for window in windows)
        rows = read_evaluation_rows(connection, first, last)
        outside = read_outside_forecasts(connection, first, last - timedelta(days=1))
        performance, comparison = score_windows(rows, windows, outside)
        written = write_performance(connection, performance) + write_comparisons(connection, comparison)
        # The season's: a game that turned out to be another's duplicate since leaves the counts of its day.
        count_calibration(connection, first, last)
    bets = rows[(rows["stake"] > 0) & rows["result"].notna()] if len(rows) else rows
    return {
        "performance_rows": len(performance),
        "rows changed": written.inserted + written.updated,
        "recommendations settled": settled,
        "settlements new or corrected": corrected,
        "bets in these windows": len(bets),
        **_headline(comparison, days),
    }


def settle_days(connection: psycopg.Connection[Any], days: DayRange) -> tuple[int, int]:
    """Settle what had a price, value it at the close; (settled, new or corrected)."""
    last = days.last + timedelta(days=1)
    rows = read_recommendations_to_settle(connection, days.first, last)
    if rows.empty:
        return 0, 0
    priced = rows["odds"].notna()
    decimal = pd.Series(american_to_decimal(rows["odds"].to_numpy(np.float64)), index=rows.index)
    # An unpriced forecast still has a closing probability at its own line; the price only matters to CLV.
    bets = rows[[*_KEYS, "game_id", "operator", "line_value", "stake"]].assign(decimal_odds=decimal.fillna(2.0))
    bets = bets.join(rows[list(_TERMS)].set_axis(list(_TERMS.values()), axis=1))
    # A catalog from before the names were unified has one operator under several.
    bets["operator"] = bets["operator"].map({name: operator_of(name) for name in bets["operator"].dropna().unique()})
    outcome = settle(bets[priced], _games(rows), as_of=present())
    market, sharp, own = (
        _with_decimal_odds(read(connection, days.first, last))
        for read in (read_closing_lines, read_reference_closes, read_operator_closes)
    )
    value = value_at_reference(closing_line_value(bets, market), closing_line_value(bets, sharp))
    value.loc[~priced, ["clv_expected_value", "clv_probability", "clv_price"]] = np.nan
    value.loc[~priced, "clv_reference"] = None
    value = value.join(value_at_own_close(bets.assign(**_closing_operators(rows, bets["operator"])), own))
    for name in ("closing_odds", "own_closing_odds"):
        value[name] = np.rint(decimal_to_american(value[name].to_numpy(np.float64)))
    fresh = rows[_KEYS].join(outcome).join(value.drop(columns="close_status"))
    for name in ("result", "unsettled_reason", "clv_reference"):
        fresh[name] = fresh[name].where(fresh[name].notna(), None)
    before = rows[_KEYS].assign(
        result=rows["settled_result"],
        profit=rows["settled_profit"],
        settlement_rule=rows["settled_rule"],
        home_score=rows["settled_home_score"],
        away_score=rows["settled_away_score"],
    )
    changed = settlement_changes(before[before["result"].notna()], fresh, _KEYS)
    touched = fresh.set_index(_KEYS).index.isin(changed.set_index(_KEYS).index)
    texts = {
        "result": "current_result",
        "unsettled_reason": "current_reason",
        "clv_reference": "current_reference",
        "no_own_close_reason": "current_own_reason",
    }
    for text, current in texts.items():
        touched |= fresh[text].fillna("").ne(rows[current].fillna("")).to_numpy()
    numbers = {
        "clv_expected_value": "settled_clv",
        "closing_probability": "settled_closing_probability",
        "reference_probability": "settled_reference_probability",
        "own_clv_expected_value": "settled_own_clv",
        "own_closing_probability": "settled_own_closing_probability",
        "own_close_age_minutes": "settled_own_close_age",
    }
    for now, then in numbers.items():
        touched |= ~np.isclose(fresh[now].to_numpy(float), rows[then].to_numpy(float), atol=1e-12, equal_nan=True)
    write_settlements(connection, fresh[touched], changed)
    return int(fresh["result"].notna().sum()), len(changed)


def _closing_operators(rows: pd.DataFrame, operators: pd.Series) -> dict[str, pd.Series]:
    """Whose close each bet is measured at beside the market's, as curated.operator_closes has it.

    The operator of an archive's price is its feed and book. Without a price there is none.
    """
    # As objects: where no side has a price, all of them are NaN, a column of floats.
    taken = operators.where(~rows["archive_price"].astype(bool), rows["book"]).astype(object).str.lower()
    return {"operator": taken.where(rows["odds"].notna(), None), "is_played": rows["first_pitch"].notna()}


def _with_decimal_odds(closes: pd.DataFrame) -> pd.DataFrame:
    return closes.assign(
        **{name: american_to_decimal(closes[name].to_numpy(np.float64)) for name in ("first_odds", "second_odds")}
    )


def _games(rows: pd.DataFrame) -> pd.DataFrame:
    """What happened to each game; the half innings are read from its line scores, and unknown without them."""
    games = rows.drop_duplicates("game_id").reset_index(drop=True)
    lengths = [
        length_of_play(home, away) if home and away else None
        for home, away in zip(games["home_line"], games["away_line"], strict=True)
    ]
    bottoms = [None if length is None else length.bottom_played for length in lengths]
    return games.assign(bottom_played=pd.Series(bottoms, index=games.index, dtype=object))


def windows_of(days: DayRange) -> Iterator[Window]:
    """Every window that a day of the range touches: its month, its season, and the 30 days that end with a Sunday.

    The trailing window is weekly, so that a range in one run leaves the rows that its days one by one leave.
    """
    months = {day.replace(day=1) for day in _each(days)}
    for month in sorted(months):
        yield Window(month, (month + timedelta(days=32)).replace(day=1), by_version=True)
    for year in sorted({day.year for day in _each(days)}):
        yield Window(date(year, 1, 1), date(year + 1, 1, 1), by_version=False)
    for day in _each(days):
        sunday = day + timedelta(days=6 - day.weekday())
        if day.weekday() == 6 or day == days.last:
            end = sunday + timedelta(days=1)
            yield Window(end - _TRAILING, end, by_version=False)


def score_windows(
    rows: pd.DataFrame, windows: list[Window], outside: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of curated.ml_model_performance and of curated.market_comparison for these windows.

    Forecasts of others (`outside`) that were made by the decision are compared with ours and with the market.
    """
    performance, comparison = [], []
    if rows.empty:
        return pd.DataFrame(), pd.DataFrame()
    # What no window changes is computed once: a day lies in its month, its season and four or five trailing windows.
    rows = _with_outcomes(rows).sort_values("game_date", kind="stable")
    forecasts = rows.loc[rows["side"].isin(FIRST_SIDES), list(_FORECAST_COLUMNS)]
    forecasts, others = _with_outside(forecasts, outside)
    settled = settled_sides(rows)[list(_SIDE_COLUMNS)]
    games_of, sides_of = _by_series(forecasts), _by_series(settled)
    for window in dict.fromkeys(windows):
        for series, of_series in games_of.items():
            name, version, market = series
            if window.by_version == (version == WALK_FORWARD_VERSION):
                continue
            games, sides = _within(of_series, window), _within(sides_of.get(series, settled[:0]), window)
            columns = performance_columns(games, sides, market_of(market))
            if columns is None:
                continue
            head = {
                "model_name": name,
                "model_version": version,
                "prediction_type": market_of(market).target,
                "evaluation_period_start": window.first,
                "evaluation_period_end": window.last,
            }
            performance.append({**head, **columns})
            bets = sides[(sides["stake"] > 0) & sides["clv_expected_value"].notna()]
            # Bets are ours: their closing line value is no statistic of another forecaster.
            found = compare(games, _FORECASTERS, {**_REFERENCES, **others}, bets)
            found += compare(games, others, _REFERENCES)
            comparison += [{**head, **row} for row in found]
    return pd.DataFrame(performance), pd.DataFrame(comparison)


def _by_series(rows: pd.DataFrame) -> dict[tuple[str, str, str], pd.DataFrame]:
    """Rows by model, version and market: of each version, and of the walk-forward series of newest versions."""
    newest = rows[rows["newest"]].assign(model_version=WALK_FORWARD_VERSION)
    return {
        (str(name), str(version), str(market)): part
        for of_series in (rows, newest)
        for (name, version, market), part in of_series.groupby(["model_name", "model_version", "market_type"])
    }


def _within(rows: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Those of rows in the order of their dates that lie in the window."""
    dates = rows["game_date"].to_numpy()
    first, last = np.searchsorted(dates, np.array([window.first, window.last], dtype=dates.dtype))
    return rows.iloc[first:last]


def _with_outside(forecasts: pd.DataFrame, outside: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Forecasts with a column for each outside forecaster, and the columns by forecaster."""
    columns = {name: f"outside {name}" for name in outside["forecaster"].unique()} if len(outside) else {}
    joined = forecasts.assign(**dict.fromkeys(columns.values(), np.nan))
    for market, part in forecasts.groupby("market_type"):
        found = outside_probabilities(
            outside,
            str(market),
            part[["game_id", "decided_at"]].set_axis(["game_id", "as_of"], axis=1),
            None if market == MONEYLINE.key else part["line_value"].to_numpy(float),
        )
        for name, values in found.items():
            joined.loc[part.index, columns[name]] = values
    return joined, columns


def _with_outcomes(rows: pd.DataFrame) -> pd.DataFrame:
    """Outcome of home, over or home cover at the forecast's own line: 1, 0, NaN for a push or an unplayed game."""
    margin = rows["home_score"] - rows["away_score"]
    total = rows["home_score"] + rows["away_score"]
    line = rows["line_value"].to_numpy(float)
    own = np.where(rows["side"] == SPREAD.second_side, -1.0, 1.0)
    beyond = np.select(
        [rows["market_type"] == MONEYLINE.key, rows["market_type"] == TOTAL.key],
        [margin, total - line],
        default=margin + own * line,
    )
    decided = rows["played"].astype(bool) & (beyond != 0)
    latest = rows.drop_duplicates(["model_name", "game_id", "model_version"]).sort_values("model_version")
    latest = latest.drop_duplicates(["model_name", "game_id"], keep="last")
    newest = pd.MultiIndex.from_frame(rows[_PREDICTION]).isin(pd.MultiIndex.from_frame(latest[_PREDICTION]))
    return rows.assign(
        newest=newest,
        outcome=np.where(decided, (beyond > 0).astype(float), np.nan),
        probability=rows["final_probability"],
        close_probability=rows["closing_probability"],
        decimal_odds=american_to_decimal(rows["odds"].to_numpy(np.float64)),
    )


def _headline(comparison: pd.DataFrame, days: DayRange) -> dict[str, float]:
    """The season's paired moneyline difference to the close, for Dagster's plot over partitions."""
    if comparison.empty:
        return {}
    chosen = comparison[
        (comparison["evaluation_period_start"] == date(days.last.year, 1, 1))
        & (comparison["model_version"] == WALK_FORWARD_VERSION)
        & (comparison["prediction_type"] == MONEYLINE.target)
        & (comparison["forecaster"] == "anchored")
        & (comparison["reference"] == "close")
    ]
    return {
        f"season difference to close, {str(name).rsplit('_', 1)[1]}": float(difference)
        for name, difference in zip(chosen["model_name"], chosen["difference"], strict=True)
    }


def _each(days: DayRange) -> Iterator[date]:
    for offset in range((days.last - days.first).days + 1):
        yield days.first + timedelta(days=offset)
