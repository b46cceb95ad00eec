"""Settlement: win, loss, push, half or void, by the terms of the bet, the rule of its book and what happened.

Belongs here: choosing the rule of each bet, its clauses in their order, and what a correction changed.
Not here: the rules as data (settlement_rules.py), the value of a bet (closing_line_value.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from mlb_ml_assets.betting.errors import BettingError
from mlb_ml_assets.betting.settlement_rules import ANY_OPERATOR, settlement_rules
from mlb_ml_assets.domain.clock import EASTERN_ZONE
from mlb_ml_assets.domain.markets import FIRST_SIDES, MONEYLINE, TOTAL
from mlb_ml_assets.domain.time_rules import RESULT_HOUR

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]
BET_COLUMNS = ("game_id", "market_type", "side", "operator", "decimal_odds", "line_value", "stake", "game_date")
RESULT_COLUMNS = ("game_id", "status", "season_type", "game_date", "home_score", "away_score", "innings")
# Share of the stake that a result wins (at net odds) or loses.
_SHARES = {"win": 1.0, "half_win": 0.5, "push": 0.0, "half_loss": -0.5, "loss": -1.0, "void": 0.0}
_RESULT_OF_SHARE = {share: result for result, share in _SHARES.items() if result != "void"}


class UnsettleableBets(BettingError):
    """Bets or results that lack a column, or a bet without a rule; the message names it."""


class UnknownResult(BettingError):
    """A result that is none of the settled ones; the message carries it."""


def unit_return(result: pd.Series, decimal_odds: ArrayLike) -> FloatArray:
    """Net return per unit staked: d - 1 for a win, half of it for half a win, 0 for push and void, NaN while unsettled.

    Raises:
        UnknownResult: a word that is no result.
    """
    share = result.map(_SHARES).astype(np.float64)
    unknown = result.notna() & share.isna()
    if unknown.any():
        raise UnknownResult(f"{result[unknown].iloc[0]!r} is not a result: use one of {', '.join(_SHARES)}")
    values = share.to_numpy(np.float64)
    return np.where(values > 0, values * (np.asarray(decimal_odds, dtype=np.float64) - 1), values)


def settle(
    bets: pd.DataFrame, results: pd.DataFrame, rules: pd.DataFrame | None = None, as_of: datetime | None = None
) -> pd.DataFrame:
    """Settle bets: their terms, as frozen when they were made, against what happened.

    Nothing is guessed: a bet whose rule needs a fact that is unknown stays unsettled, with the fact as its reason. The
    answer depends on the facts alone, not on the order in which they arrived. Postseason games have action until
    completed (DraftKings; BetMGM; Galaxy Sports).

    Args:
        bets: `BET_COLUMNS`: the terms. line_value is the bettor's own line (NaN for a moneyline), stake in any unit,
            game_date the official date, operator the book's operator or "archive". Optional: scheduled_start,
            scheduled_innings, home_bats_first, home_starter_id and away_starter_id (as listed, None where none was).
        results: one row a game with `RESULT_COLUMNS`: status is final, postponed, cancelled, suspended, live or
            scheduled; innings the last inning begun. Optional: bottom_played (the team batting second batted in it),
            scheduled_innings, home_bats_first, first_pitch, moved_to (another official date that the game had after
            the bet), home_starter_id and away_starter_id (actual), forfeit, suspended, suspension_home_score,
            suspension_away_score, suspension_innings (full ones, .5 for a half), resumed_at, completed_at, and
            completed_by (the completion is not later) where its instant is unknown.
        rules: frame as `settlement_rules()`, the default.
        as_of: the present; a game that is not played is void once the time that its rule allows has passed. None
            means that nothing more will happen.

    Returns:
        The index of `bets` with result (win, loss, push, half_win, half_loss, void or None), settlement_rule ("rule
        set/clause", at most 60 characters), profit (stake times net return), the home_score and away_score used, and
        unsettled_reason (None where there is a result).

    Raises:
        UnsettleableBets: a missing column, a game with two result rows, or a bet without a rule.
    """
    _check(bets, BET_COLUMNS, "bets")
    _check(results, RESULT_COLUMNS, "results")
    if results["game_id"].duplicated().any():
        game = results.loc[results["game_id"].duplicated(), "game_id"].iloc[0]
        raise UnsettleableBets(f"game {game} has two result rows")
    rows = _with_results(bets, results).join(_rule_of(bets, settlement_rules() if rules is None else rules))
    facts = _Facts(rows, as_of)
    applies = [np.asarray(clause.applies(facts), dtype=bool) for clause in _CLAUSES]
    name = np.select(applies, [clause.name for clause in _CLAUSES], default=_REGULATION)
    verdict = np.select(applies, [clause.verdict for clause in _CLAUSES], default=_FINAL_SCORE)
    at_suspension = verdict == _AT_SUSPENSION
    home = np.where(at_suspension, rows["suspension_home_score"], rows["home_score"]).astype(np.float64)
    away = np.where(at_suspension, rows["suspension_away_score"], rows["away_score"]).astype(np.float64)
    settled, void = verdict != _PENDING, verdict == _VOID
    share = np.where(void, 0.0, _share(rows, home, away))
    price, stake = rows["decimal_odds"].to_numpy(np.float64), rows["stake"].to_numpy(np.float64)
    results_of = [_RESULT_OF_SHARE.get(value) for value in np.nan_to_num(share, nan=9.0).tolist()]
    frame = pd.DataFrame(index=bets.index)
    frame["result"] = _where(settled, np.where(void, "void", np.array(results_of, dtype=object)), bets.index)
    frame["settlement_rule"] = _where(settled, rows["rule_id"].astype(str).to_numpy(object) + "/" + name, bets.index)
    frame["profit"] = np.where(settled, stake * np.where(share > 0, share * (price - 1), share), np.nan)
    frame["home_score"], frame["away_score"] = np.where(settled, home, np.nan), np.where(settled, away, np.nan)
    frame["unsettled_reason"] = _where(~settled, name, bets.index)
    return frame


def _where(kept: Mask, words: NDArray[Any], index: pd.Index) -> pd.Series:
    chosen = [word if keep else None for word, keep in zip(words.tolist(), kept.tolist(), strict=True)]
    return pd.Series(chosen, index=index, dtype=object)


_CELL = ["operator", "market_type", "game_date"]
# Chosen before: a resident pricer needs those of a few operators and two days again and again.
_RULE_SETS: dict[tuple[Any, ...], str] = {}


def rule_sets(bets: pd.DataFrame) -> pd.Series:
    """The house rules in effect for each bet, as recorded with it.

    Args:
        bets: operator, market_type, and game_date, the official date.

    Raises:
        UnsettleableBets: a bet without a rule.
    """
    cells = list(zip(*(bets[name] for name in _CELL), strict=True))
    if new := [cell for cell in dict.fromkeys(cells) if cell not in _RULE_SETS]:
        chosen = _rule_of(pd.DataFrame(new, columns=_CELL), settlement_rules())["rule_id"]
        _RULE_SETS.update(zip(new, chosen.tolist(), strict=True))
    return pd.Series([_RULE_SETS[cell] for cell in cells], index=bets.index, dtype=object)


def settlement_changes(previous: pd.DataFrame, current: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Settlements that are new or differ from the last ones recorded: the rows to append to the history.

    Args:
        previous: the newest recorded settlement of each bet: keys, result, profit, settlement_rule, scores.
        current: a fresh settlement of the same bets; unsettled rows are ignored.
        keys: columns that name a bet.

    Returns:
        Rows of `current`, each with `was` (the former result, None where there was none) and `cause`: what changed.
    """
    settled = current[current["result"].notna()]
    compared = ["result", "profit", "settlement_rule", "home_score", "away_score"]
    before = previous[[*keys, *compared]].rename(columns={name: f"{name}_before" for name in compared})
    joined = settled.merge(before, on=keys, how="left")
    same = np.ones(len(joined), dtype=bool)
    for name in compared:
        now, then = joined[name], joined[f"{name}_before"]
        if name in ("result", "settlement_rule"):
            same &= (now == then).to_numpy()
        else:
            same &= np.isclose(now.astype(np.float64), then.astype(np.float64), atol=1e-12, equal_nan=True)
    # A void has no score: that of a makeup game does not make it another one.
    void = (joined["result"] == "void") & (joined["result_before"] == "void")
    same |= (void & (joined["settlement_rule"] == joined["settlement_rule_before"])).to_numpy()
    changed = joined[~same]
    was = changed["result_before"].where(changed["result_before"].notna(), None)
    return changed[settled.columns].assign(was=was, cause=_cause(changed))


def _cause(changed: pd.DataFrame) -> "pd.Series[Any]":
    """Why a settlement is new: the first one, a corrected score, another clause, or other terms."""
    score = changed["home_score"].ne(changed["home_score_before"]) | changed["away_score"].ne(
        changed["away_score_before"]
    )
    clause = changed["settlement_rule"].ne(changed["settlement_rule_before"])
    causes = np.select(
        [changed["result_before"].isna(), clause, score],
        ["first settlement", "clause was " + changed["settlement_rule_before"].astype(str), "score corrected"],
        default="terms corrected",
    )
    return pd.Series(causes, index=changed.index, dtype=object)


def _check(frame: pd.DataFrame, columns: tuple[str, ...], what: str) -> None:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise UnsettleableBets(f"{what} lack the columns {missing}")


def _rule_of(bets: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """The rule of each bet: its operator's own where there is one for market and date, else the general one."""
    made = bets.reset_index(drop=True)[_CELL].assign(game_date=pd.to_datetime(bets["game_date"]).to_numpy())
    wanted = made.drop_duplicates()
    # Dates of the rules reach beyond what nanoseconds can hold.
    dated = rules.assign(from_day=rules["valid_from"].map(_as_timestamp), to_day=rules["valid_to"].map(_as_timestamp))
    candidates = wanted.merge(dated, on="market_type", suffixes=("", "_of_rule"))
    candidates["own"] = candidates["operator_of_rule"] == candidates["operator"]
    fits = candidates["game_date"].between(candidates["from_day"], candidates["to_day"])
    fits &= candidates["own"] | (candidates["operator_of_rule"] == ANY_OPERATOR)
    chosen = candidates[fits].sort_values("own", ascending=False, kind="stable").drop_duplicates(_CELL)
    described = ["source", "valid_from", "valid_to", "from_day", "to_day", "operator_of_rule", "own"]
    found = made.merge(chosen.drop(columns=described), on=_CELL, how="left")
    uncovered = found["rule_id"].isna()
    if uncovered.any():
        bet = found[uncovered].iloc[0]
        raise UnsettleableBets(
            f"no settlement rule for {bet['market_type']} at {bet['operator']} on {bet['game_date']}"
        )
    return found.drop(columns=_CELL)


def _as_timestamp(day: object) -> pd.Timestamp:
    text = str(day)[:10]
    return pd.Timestamp(min(max(text, "1900-01-01"), "2200-01-01"))


_OPTIONAL_BETS: dict[str, Any] = {
    "scheduled_start": pd.NaT, "scheduled_innings": np.nan, "home_starter_id": None, "away_starter_id": None,
    "home_bats_first": None,
}  # fmt: skip
_OPTIONAL_RESULTS: dict[str, Any] = {
    "bottom_played": None, "scheduled_innings": np.nan, "home_bats_first": False, "first_pitch": pd.NaT,
    "moved_to": pd.NaT, "home_starter_id": None, "away_starter_id": None, "forfeit": False, "suspended": False,
    "suspension_home_score": np.nan, "suspension_away_score": np.nan, "suspension_innings": np.nan,
    "resumed_at": pd.NaT, "completed_at": pd.NaT, "completed_by": pd.NaT,
}  # fmt: skip


def _with_results(bets: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Bets with their game's facts; the terms are named bet_…."""
    made = bets.reset_index(drop=True).assign(**{k: v for k, v in _OPTIONAL_BETS.items() if k not in bets})
    made = made[[*BET_COLUMNS, *_OPTIONAL_BETS]].rename(
        columns={name: f"bet_{name}" for name in ("game_date", *_OPTIONAL_BETS)}
    )
    played = results.assign(**{k: v for k, v in _OPTIONAL_RESULTS.items() if k not in results})
    rows = made.merge(played[[*RESULT_COLUMNS, *_OPTIONAL_RESULTS]], on="game_id", how="left")
    for instant in ("bet_scheduled_start", "first_pitch", "resumed_at", "completed_at", "completed_by"):
        rows[instant] = pd.to_datetime(rows[instant], utc=True)
    for day in ("bet_game_date", "game_date", "moved_to"):
        rows[day] = pd.to_datetime(rows[day])
    numbers = ("home_score", "away_score", "innings", "line_value", "scheduled_innings", "bet_scheduled_innings")
    for name in (*numbers, "suspension_home_score", "suspension_away_score", "suspension_innings"):
        rows[name] = rows[name].astype(np.float64)
    rows["scheduled_innings"] = rows["scheduled_innings"].fillna(9.0)
    return rows


class _Facts:
    """What the clauses ask of each bet: its rule, its terms and the game, as arrays over the bets."""

    def __init__(self, rows: pd.DataFrame, as_of: datetime | None) -> None:
        self.rows = rows
        self.is_over = np.full(len(rows), as_of is None)
        self.as_of = pd.Timestamp.max.tz_localize("UTC") if as_of is None else pd.Timestamp(as_of)
        status = rows["status"]
        self.is_known, self.is_final = status.notna().to_numpy(), (status == "final").to_numpy()
        self.is_cancelled, self.is_postponed = (status == "cancelled").to_numpy(), (status == "postponed").to_numpy()
        self.is_playoff = (rows["season_type"] == "postseason").to_numpy()
        self.is_suspended = rows["suspended"].eq(other=True).to_numpy() & ~self.is_playoff
        self.has_score = rows[["home_score", "away_score"]].notna().all(axis=1).to_numpy()

    def flag(self, name: str) -> Mask:
        """A yes or no of the rule or the game; unknown is no."""
        return self.rows[name].eq(other=True).to_numpy()

    @cached_property
    def is_moved(self) -> Mask:
        """Moved to another official date, or started later than the rule allows."""
        rows = self.rows
        other_date = rows["game_date"].notna() & (rows["game_date"] != rows["bet_game_date"])
        other_date |= rows["moved_to"].notna() & (rows["moved_to"] != rows["bet_game_date"])
        delay = (rows["first_pitch"] - rows["bet_scheduled_start"]).dt.total_seconds() / 3600
        late = delay > rows["start_within_hours"].astype(np.float64)
        moved = (self.flag("same_day") & other_date.to_numpy()) | late.to_numpy()
        return np.asarray(moved & ~self.is_playoff, dtype=bool)

    @property
    def is_too_late_to_start(self) -> Mask:
        """Not played, and the time in which the rule lets it be played has passed."""
        rows = self.rows
        hours = pd.to_timedelta(rows["start_within_hours"].astype(np.float64), unit="h")
        # The results of a day are known by the next morning: a game of the day that has not started by then will not.
        next_morning = rows["bet_game_date"] + pd.Timedelta(days=1, hours=RESULT_HOUR.hour)
        morning = next_morning.dt.tz_localize(EASTERN_ZONE).dt.tz_convert("UTC")
        deadline = (rows["bet_scheduled_start"] + hours).fillna(morning)
        return np.asarray(self.is_over | (deadline < self.as_of), dtype=bool)

    @property
    def is_starter_changed(self) -> Mask:
        """Another pitcher started than the one listed; an unlisted or unknown starter changes nothing."""
        changed = np.zeros(len(self.rows), dtype=bool)
        for side in ("home", "away"):
            listed, actual = self.rows[f"bet_{side}_starter_id"], self.rows[f"{side}_starter_id"]
            changed |= (listed.notna() & actual.notna() & (listed != actual)).to_numpy()
        return changed & (self.rows["pitchers"] == "listed").to_numpy()

    @property
    def is_length_changed(self) -> Mask:
        """Cut from nine to seven innings, or back, after the bet."""
        length = self.rows["bet_scheduled_innings"]
        changed = length.notna() & (length != self.rows["scheduled_innings"])
        return changed.to_numpy() & self.flag("length_change_voids")

    @cached_property
    def completion(self) -> tuple[Mask, Mask]:
        """Whether a suspended game was completed (or resumed) in the rule's time, and whether it was not."""
        rows = self.rows
        start = rows["bet_scheduled_start"].fillna(rows["first_pitch"])
        by_hour = pd.to_timedelta(24 + rows["complete_by_pacific_hour"].astype(np.float64), unit="h")
        next_morning = (rows["bet_game_date"] + by_hour).dt.tz_localize("America/Los_Angeles").dt.tz_convert("UTC")
        complete, resume = (
            start + pd.to_timedelta(rows[name].astype(np.float64), unit="h")
            for name in ("complete_within_hours", "resume_within_hours")
        )
        latest = rows["completed_at"].fillna(rows["completed_by"])
        earliest = rows["completed_at"].fillna(rows["resumed_at"])
        resumed = rows["resumed_at"].fillna(latest)
        # A deadline, and the instants between which the event that it is for lies.
        limits = ((complete, latest, earliest), (next_morning, latest, earliest), (resume, resumed, resumed))
        in_time, late = np.zeros(len(rows), dtype=bool), np.ones(len(rows), dtype=bool)
        for deadline, by, after in limits:
            passed = np.asarray((deadline < self.as_of) & ~self.is_final & ~self.is_over, dtype=bool)
            in_time |= (by <= deadline).to_numpy()
            late &= deadline.isna().to_numpy() | (after > deadline).to_numpy() | passed
        return in_time, late & ~in_time

    @property
    def is_official_at_suspension(self) -> Mask:
        """Long enough when it was suspended, by a rule that settles on the score then."""
        rows = self.rows
        innings = rows["suspension_innings"].to_numpy(np.float64)
        long_enough = self._is_long_enough(innings, rows["suspension_home_score"], rows["suspension_away_score"])
        return self.flag("suspended_official") & long_enough

    @property
    def is_suspension_unknown(self) -> Mask:
        """The rule needs the score and inning at suspension, and they are not known."""
        needed = ["suspension_home_score", "suspension_away_score", "suspension_innings"]
        return self.flag("suspended_official") & self.rows[needed].isna().any(axis=1).to_numpy()

    @cached_property
    def official(self) -> tuple[Mask, Mask]:
        """Whether the game was surely long enough for the market, and whether it may have been."""
        rows = self.rows
        innings, bottom = rows["innings"].to_numpy(np.float64), rows["bottom_played"]
        shortest = innings - np.where(bottom.eq(other=True), 0.0, 0.5)
        longest = innings - np.where(bottom.eq(other=False), 0.5, 0.0)
        surely, perhaps = (
            self._is_long_enough(full, rows["home_score"], rows["away_score"]) | self.is_playoff
            for full in (shortest, longest)
        )
        return surely, perhaps | (np.isnan(innings) & ~self.is_playoff)

    def _is_long_enough(self, full: FloatArray, home: "pd.Series[Any]", away: "pd.Series[Any]") -> Mask:
        """The minimum of full innings, or half an inning less with the team batting second ahead."""
        rows = self.rows
        needed = np.where(rows["scheduled_innings"] == 7, rows["minimum_innings_of_seven"], rows["minimum_innings"])
        second_leads = np.where(self.flag("home_bats_first"), away > home, home > away)
        return np.asarray((full >= needed) | (second_leads & (full >= needed - 0.5)), dtype=bool)

    def is_decided(self, home: str, away: str) -> Mask:
        """A total that was exceeded at this score, where the rule settles it."""
        runs = self.rows[home] + self.rows[away]
        over = (self.rows["market_type"] == TOTAL.key) & (runs > self.rows["line_value"] + 0.25)
        return over.to_numpy() & self.flag("decided_stands")


_PENDING, _VOID, _FINAL_SCORE, _AT_SUSPENSION = "pending", "void", "final score", "score at suspension"


@dataclass(frozen=True)
class _Clause:
    """A line of the house rules: its name on record, whether it leaves the bet pending, void or scored, and where."""

    name: str
    verdict: str
    applies: Callable[[_Facts], Any]


_REGULATION = "regulation"
# The first clause that applies settles the bet.
_CLAUSES = (
    _Clause("no game", _PENDING, lambda f: ~f.is_known),
    _Clause("not played", _VOID, lambda f: f.is_cancelled),
    _Clause("postponed", _VOID, lambda f: f.is_moved | (f.is_postponed & f.is_too_late_to_start & ~f.is_playoff)),
    _Clause("suspended, decided", _AT_SUSPENSION, lambda f: f.is_suspended & f.completion[1]
            & ~f.is_official_at_suspension & f.is_decided("suspension_home_score", "suspension_away_score")),
    _Clause("score at suspension", _AT_SUSPENSION, lambda f: f.is_suspended & f.completion[1]
            & f.is_official_at_suspension),
    _Clause("suspension unknown", _PENDING, lambda f: f.is_suspended & f.completion[1] & f.is_suspension_unknown),
    _Clause("suspended", _VOID, lambda f: f.is_suspended & f.completion[1]),
    _Clause("not finished", _PENDING, lambda f: ~f.is_final),
    _Clause("score unknown", _PENDING, lambda f: ~f.has_score),
    _Clause("starter", _VOID, lambda f: f.is_starter_changed),
    _Clause("length changed", _VOID, lambda f: f.is_length_changed),
    _Clause("forfeit", _VOID, lambda f: f.flag("forfeit")),
    _Clause("completion unknown", _PENDING, lambda f: f.is_suspended & ~f.completion[0]),
    _Clause("shortened, decided", _FINAL_SCORE, lambda f: ~f.official[1] & f.is_decided("home_score", "away_score")),
    _Clause("shortened", _VOID, lambda f: ~f.official[1]),
    _Clause("length unknown", _PENDING, lambda f: ~f.official[0] & ~f.is_decided("home_score", "away_score")),
)  # fmt: skip


def _share(rows: pd.DataFrame, home: FloatArray, away: FloatArray) -> FloatArray:
    """1 win, 0 push, -1 loss and the halves of quarter lines: the mean over the two half stakes of the line."""
    line = np.where(rows["market_type"] == MONEYLINE.key, 0.0, rows["line_value"].astype(np.float64))
    sign = np.where(rows["side"].isin(FIRST_SIDES), 1.0, -1.0)
    is_total = (rows["market_type"] == TOTAL.key).to_numpy()
    margin = np.where(is_total, sign * (home + away - line), sign * (home - away) + line)
    quarter = np.where(np.mod(margin * 4, 2) == 1, 0.25, 0.0)
    return np.asarray((np.sign(margin - quarter) + np.sign(margin + quarter)) / 2, dtype=np.float64)
