"""Stakes of a range of days: forecasts and quotes in, recommendations out.

Belongs here: reading, one call of betting, writing.
Not here: thresholds, sizing (betting/), SQL.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import psycopg
from numpy.typing import NDArray

from mlb_ml_assets.betting.betting_rules import BettingRules
from mlb_ml_assets.betting.recommendations import (
    RECOMMENDATION_COLUMNS,
    BettingPolicy,
    place_stakes,
    value_sides,
)
from mlb_ml_assets.betting.settlement import rule_sets
from mlb_ml_assets.betting.wide_columns import wide_columns
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.domain.models import STAGES
from mlb_ml_assets.flows.kept_sides import Committed, KeptSides
from mlb_ml_assets.flows.prediction_rows import build_forecasts
from mlb_ml_assets.flows.run_distributions import StoredRuns, run_distributions
from mlb_ml_assets.identity.books import operator_of
from mlb_ml_assets.warehouse.locks import lock_days
from mlb_ml_assets.warehouse.partition_write import Written
from mlb_ml_assets.warehouse.predictions import read_newest_predictions
from mlb_ml_assets.warehouse.recommendations import (
    read_bet_terms,
    read_decision_quotes,
    read_open_stakes,
    read_operators,
    write_recommendations,
)
from mlb_ml_assets.warehouse.settings import read_own_operators, stops_on_stale_inputs

TABLE = "curated.ml_recommendations"
_NOT_STORED = ("slate", "break_even_odds", "confidence", "decimal_odds", "operator")
_STORED = ("prediction_id", *(name for name in RECOMMENDATION_COLUMNS if name not in _NOT_STORED))
_TERMS = (
    "operator", "rule_set", "terms", "terms_game_date", "terms_scheduled_start", "terms_scheduled_innings",
    "terms_home_bats_first",
)  # fmt: skip
_PLACED = ["game_date", "game_id", "book", "operator", "stake"]
_WIDE_DONE_BY_PREDICTION = ("probability", "binary", "confidence")


def recommend_days(
    connection: psycopg.Connection[Any],
    days: DayRange,
    kept: KeptSides | None = None,
    moved: Collection[int] | None = None,
) -> dict[str, Any]:
    """Recommend for the newest prediction of each game and stage; what was decided before its cutoff is kept.

    Args:
        connection: any.
        days: official dates.
        kept: of a process that stays.
        moved: games whose quotes or forecasts have changed since `kept` was filled; None means all.
    """
    stays = kept is not None
    kept = kept or KeptSides()
    with connection.transaction():
        lock_days(connection, TABLE, days.first, days.last)
        newest = read_newest_predictions(connection, days.first, days.last + timedelta(days=1))
        if len(newest):
            newest = newest[~(newest["frozen"] & newest["recommended"])].reset_index(drop=True)
        if not len(newest):
            return {"recommendations": 0, "bets": 0}
        standing = read_open_stakes(
            connection, days.first, days.last + timedelta(days=1), deciding=newest["prediction_id"].tolist()
        )
        valued = _value(connection, newest, kept, moved)
        if valued.empty:
            return {"recommendations": 0, "bets": 0}
        rows, is_sized = _decide(newest, valued, standing, kept if stays else None)
        changed = _identify(rows[is_sized], newest)
        if stays:
            changed = kept.select_changed(changed)
        written = _write(connection, changed, rows, kept.terms, days) if len(changed) else Written()
    bets = rows[rows["stake"] > 0]
    return {
        "recommendations": len(rows),
        "bets": len(bets),
        "rows changed": written.inserted + written.updated,
        "mean expected value of bets": float(bets["expected_value"].mean()) if len(bets) else "no bets",
        "staked, share of bankroll a slate": float(bets.groupby("slate")["stake"].sum().mean()) if len(bets) else 0.0,
        **{f"no bet: {why}": int(n) for why, n in rows["no_bet_reason"].value_counts().head(8).items()},
    }


def _identify(rows: pd.DataFrame, newest: pd.DataFrame) -> pd.DataFrame:
    """Recommendations with the id of their prediction and the start that it counts on, indexed from 0."""
    places = {key: place for place, key in enumerate(zip(newest["game_id"], newest["stage"], strict=True))}
    found = newest.iloc[[places[key] for key in zip(rows["game_id"], rows["stage"], strict=True)]]
    rows = rows.reset_index(drop=True)
    rows["prediction_id"], rows["start"] = found["prediction_id"].array, found["start"].array
    return rows


def _write(
    connection: psycopg.Connection[Any],
    changed: pd.DataFrame,
    rows: pd.DataFrame,
    terms: pd.DataFrame,
    days: DayRange,
) -> Written:
    """Store recommendations with their terms, and bring the wide columns of their predictions up to date."""
    stored = _freeze_terms(changed, terms)
    held_by = read_operators(connection, sorted(stored["book"].dropna().unique()), days.last)
    stored = _add_rule_sets(stored, held_by)[[*_STORED, *_TERMS]]
    ids = changed[["game_id", "stage", "prediction_id"]].drop_duplicates()
    wide = wide_columns(rows.merge(ids[["game_id", "stage"]], on=["game_id", "stage"]))
    wide = wide.merge(ids, on=["game_id", "stage"]).drop(columns=["game_id", "stage"])
    wide = wide[[name for name in wide.columns if not name.endswith(_WIDE_DONE_BY_PREDICTION)]]
    return write_recommendations(connection, stored, wide)


def _restrict_to_own_books(quotes: pd.DataFrame, operators: frozenset[str]) -> pd.DataFrame:
    """Quotes of other operators stay in the consensus and cannot be bet; no operator named means all can."""
    if not operators:
        return quotes
    is_own = quotes["operator"].map(operator_of, na_action="ignore").isin(operators)
    return quotes.assign(bettable=quotes["bettable"].astype(bool) & is_own)


def _freeze_terms(rows: pd.DataFrame, terms: pd.DataFrame) -> pd.DataFrame:
    """Recommendations with the schedule that they were made on."""
    known = terms.drop(columns=["game_id", "stage", "home_starter_id", "away_starter_id"])
    return rows.merge(known, on="prediction_id", how="left").rename(columns={"start": "terms_scheduled_start"})


def _add_rule_sets(rows: pd.DataFrame, held_by: Mapping[str, str]) -> pd.DataFrame:
    """The operator of each priced side, and the house rules in effect for it; None without a price."""
    priced = rows["book"].notna()
    pseudo_book = rows["book"].where(~rows["archive_price"], "archive")
    held = rows["book"].map(held_by)
    operators = held.where(held.notna(), pseudo_book).map(operator_of, na_action="ignore")
    rows = rows.assign(operator=operators.where(priced, None), rule_set=None)
    # Of the priced rows alone: an empty frame would take a longer column's index for its own.
    bets = rows[priced].assign(game_date=rows.loc[priced, "terms_game_date"])
    rows.loc[priced, "rule_set"] = rule_sets(bets).to_numpy()
    return rows


def _value(
    connection: psycopg.Connection[Any], newest: pd.DataFrame, kept: KeptSides, moved: Collection[int] | None
) -> pd.DataFrame:
    """Both sides of every forecast with their price and its value, in the order of `newest`; kept for the next time."""
    others = kept.retain(newest, moved)
    if len(others):
        decisions = others[["game_id", "stage", "as_of"]]
        terms = read_bet_terms(connection, decisions).merge(others[["game_id", "stage", "prediction_id"]])
        kept.terms = pd.concat([kept.terms, terms], ignore_index=True) if len(kept.terms) else terms
        found = read_decision_quotes(connection, decisions, kept.records_of_others(others["game_id"]))
        kept.note_records(found)
        quotes = _restrict_to_own_books(found, read_own_operators())
        starters = terms[["game_id", "stage", "home_starter_id", "away_starter_id"]]
        forecasts = build_forecasts(others)
        if len(forecasts):
            forecasts = forecasts.drop(columns=["home_starter_id", "away_starter_id"])
            sides = value_sides(forecasts.merge(starters, on=["game_id", "stage"]), quotes, _read_policy())
            kept.valued = pd.concat([kept.valued, sides], ignore_index=True) if len(kept.valued) else sides
    place = pd.Series(range(len(newest)), index=newest["prediction_id"])
    kept.valued = kept.valued.sort_values(
        "prediction_id", key=lambda ids: ids.map(place), kind="stable", ignore_index=True
    )
    return kept.valued


def _decide(
    newest: pd.DataFrame, valued: pd.DataFrame, standing: pd.DataFrame, kept: KeptSides | None
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Step after step, so that each shares the day's caps with open stakes and with the steps before it.

    Games past their cutoff come first, as they would have: a run at noon then finds them placed, or decides them now,
    and sizes the games still ahead equally. Within each, open bets come before lineup bets.

    Returns:
        The recommendations, and which of them were sized now; the others are those of `kept` slates.
    """
    policy = _read_policy()
    frozen_of = dict(zip(newest["prediction_id"], newest["frozen"], strict=True))
    is_frozen = np.array([frozen_of[prediction] for prediction in valued["prediction_id"]], dtype=bool)
    stored = _stored_runs(newest)

    def distributions(stage: str, games: Sequence[int]) -> dict[int, NDArray[np.float64]]:
        return run_distributions({game: stored[stage, game] for game in games})

    placed = list(
        standing.assign(game_date=standing["game_date"].astype(str))[_PLACED].itertuples(index=False, name=None)
    )
    decided, are_sized = [], []
    for frozen, stage in product((True, False), STAGES):
        part = valued[(is_frozen == frozen) & (valued["stage"] == stage)]
        if part.empty:
            continue
        before: dict[str, pd.DataFrame] = {}
        if kept is not None:
            by_slate = _by_slate(placed, stage)
            before = kept.sized_before(part, by_slate, is_frozen=frozen)
        is_sized = ~part["slate"].isin(before).to_numpy()
        parts = dict(before)
        if is_sized.any():
            committed = pd.DataFrame(placed, columns=_PLACED)
            committed["slate"] = [f"{day}:{stage}" for day, *_ in placed]
            sized = part[is_sized]
            parts[""] = place_stakes(sized, distributions, policy, committed)
            if kept is not None:
                kept.keep_sized(sized, by_slate, parts[""], is_frozen=frozen)
        rows = _in_order(parts, part["slate"].where(~is_sized, ""))
        bets = rows.loc[rows["stake"] > 0, ["slate", *_PLACED[1:]]]
        placed += [(slate[:10], *bet) for slate, *bet in bets.itertuples(index=False, name=None)]
        decided.append(rows)
        are_sized.append(is_sized)
    return pd.concat(decided, ignore_index=True), np.concatenate(are_sized)


def _by_slate(placed: Iterable[Committed], stage: str) -> dict[str, tuple[Committed, ...]]:
    """The placed stakes that each slate of a stage shares its caps with."""
    found: dict[str, list[Committed]] = {}
    for day, *bet in placed:
        found.setdefault(f"{day}:{stage}", []).append(tuple(bet))
    return {slate: tuple(bets) for slate, bets in found.items()}


def _in_order(parts: Mapping[str, pd.DataFrame], names: "pd.Series[str]") -> pd.DataFrame:
    """The rows of all parts, in the order in which `names` names the part of each."""
    if len(parts) == 1:
        return next(iter(parts.values())).reset_index(drop=True)
    places = [np.flatnonzero(names == name) for name in parts]
    return pd.concat(parts.values(), ignore_index=True).iloc[np.argsort(np.concatenate(places))].reset_index(drop=True)


def _read_policy() -> BettingPolicy:
    """The betting policy of this installation: without limits on the age of inputs where the setting turns them off."""
    return BettingPolicy() if stops_on_stale_inputs() else BettingPolicy(BettingRules(most_input_days={}))


def _stored_runs(newest: pd.DataFrame) -> dict[tuple[str, int], StoredRuns]:
    columns = ("stage", "game_id", "season", "season_type", "scheduled_innings", "explanation")
    return {
        (stage, game): StoredRuns(season, season_type, innings, explanation["runs"])
        for stage, game, season, season_type, innings, explanation in zip(
            *(newest[name] for name in columns), strict=True
        )
    }
