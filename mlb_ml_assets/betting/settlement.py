"""What became of each bet: win, loss, push, half, void, by the rules of its era, book and market.

Belongs here: choosing the rule of each bet, applying it to the game's result, and finding what a correction changed.
Not here: hold the rules (settlement_rules.py) or value a bet (closing_line_value.py, performance.py).
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from mlb_ml_assets.betting.settlement_rules import ANY_OPERATOR, settlement_rules

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]
BET_COLUMNS = ("game_id", "market_type", "side", "operator", "decimal_odds", "line_value", "stake", "game_date")
RESULT_COLUMNS = ("game_id", "status", "season_type", "game_date", "home_score", "away_score", "innings")
# Share of the stake that a result wins (at net odds) or loses.
_SHARES = {"win": 1.0, "half_win": 0.5, "push": 0.0, "half_loss": -0.5, "loss": -1.0, "void": 0.0}
_RESULT_OF_SHARE = {share: result for result, share in _SHARES.items() if result != "void"}


class UnsettleableBets(ValueError):
    """Bets or results that lack a column, or a bet without a rule; the message names it."""


class UnknownResult(ValueError):
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


def settle(bets: pd.DataFrame, results: pd.DataFrame, rules: pd.DataFrame | None = None) -> pd.DataFrame:
    """Settle bets against results.

    A bet on a game without a result row, still to be played, or final with unknown innings stays unsettled: its result
    is None and its profit NaN; so does a suspended game until it is final. Then it is settled by when it was completed;
    if that is unknown it counts as not completed in time. Postseason games have action until completed (DraftKings;
    Galaxy Sports).

    Args:
        bets: `BET_COLUMNS`; line_value is the bettor's own number (NaN for a moneyline), stake in any unit, game_date
            the date the game was scheduled for when the bet was made, operator the book's operator or "archive".
            Optional: scheduled_start (then), scheduled_innings (then), home_starter_id and away_starter_id (as listed
            then, None where none was).
        results: one row a game with `RESULT_COLUMNS`: status is final, postponed, cancelled, suspended, live or
            scheduled; innings the last inning begun. Optional: bottom_played (the team batting second batted in the
            last inning), scheduled_innings, home_bats_first, first_pitch, suspended, completed_at, home_starter_id and
            away_starter_id (actual), suspension_home_score, suspension_away_score, suspension_innings.
        rules: frame as `settlement_rules()`, the default.

    Returns:
        The index of `bets` with result (win, loss, push, half_win, half_loss, void or None), settlement_rule ("rule
        set/clause", at most 60 characters), profit (stake times net return), and the home_score and away_score used.

    Raises:
        UnsettleableBets: a missing column, a game with two result rows, or a bet that no rule covers.
    """
    _check(bets, BET_COLUMNS, "bets")
    _check(results, RESULT_COLUMNS, "results")
    if results["game_id"].duplicated().any():
        game = results.loc[results["game_id"].duplicated(), "game_id"].iloc[0]
        raise UnsettleableBets(f"game {game} has two result rows")
    rows = _with_results(bets, results).join(_rule_of(bets, settlement_rules() if rules is None else rules))
    voided, clause = _voided(rows)
    # Postseason games are played to their end: their length decides nothing and need not be known.
    playoff = (rows["season_type"] == "postseason").to_numpy()
    official = _official(rows, rows["home_score"], rows["away_score"], rows["innings"], rows["bottom_played"]) | playoff
    decided = _decided(rows)
    shortened_void = ~official & ~decided
    early = _counts_from_suspension(rows)
    home = np.where(early, rows["suspension_home_score"], rows["home_score"]).astype(np.float64)
    away = np.where(early, rows["suspension_away_score"], rows["away_score"]).astype(np.float64)
    share = _share(rows, home, away)
    clause = np.select(
        [clause != "", shortened_void, ~official, early],
        [clause, "shortened", "shortened, decided", "score at suspension"],
        default="regulation",
    )
    void = voided | (shortened_void & ~early)
    finished = (rows["status"] == "final") & rows[["home_score", "away_score"]].notna().all(axis=1)
    finished &= rows["innings"].notna() | playoff
    settled = (finished | voided).to_numpy() & rows["status"].notna().to_numpy()
    words = np.array(
        [_RESULT_OF_SHARE.get(value, "") for value in np.nan_to_num(share, nan=9.0).tolist()], dtype=object
    )
    result = np.where(void, "void", words)
    price = rows["decimal_odds"].to_numpy(np.float64)
    net = np.where(share > 0, share * (price - 1), share)
    stake = rows["stake"].to_numpy(np.float64)
    frame = pd.DataFrame(index=bets.index)
    frame["result"] = _where_settled(result, settled, bets.index)
    named = rows["rule_id"].astype(str).to_numpy(object) + "/" + clause.astype(object)
    frame["settlement_rule"] = _where_settled(named, settled, bets.index)
    frame["profit"] = np.where(settled, np.where(void, 0.0, stake * net), np.nan)
    frame["home_score"], frame["away_score"] = np.where(settled, home, np.nan), np.where(settled, away, np.nan)
    return frame


def _where_settled(words: NDArray[np.object_], settled: Mask, index: pd.Index) -> pd.Series:
    return pd.Series([word if known else None for word, known in zip(words, settled, strict=True)], index=index)


def settlement_changes(previous: pd.DataFrame, current: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Settlements that are new or differ from the last ones recorded: the rows to append to the history.

    Args:
        previous: the newest recorded settlement of each bet: keys, result, profit, settlement_rule, scores.
        current: a fresh settlement of the same bets; unsettled rows are ignored.
        keys: columns that name a bet.

    Returns:
        Rows of `current`, each with `was` (the former result, None where there was none).
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
    changed = joined[~same]
    return changed[settled.columns].assign(was=changed["result_before"].where(changed["result_before"].notna(), None))


def _check(frame: pd.DataFrame, columns: tuple[str, ...], what: str) -> None:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise UnsettleableBets(f"{what} lack the columns {missing}")


def _rule_of(bets: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """The rule of each bet: its operator's own where there is one for market and date, else the general one."""
    cell = ["operator", "market_type", "game_date"]
    made = bets.reset_index(drop=True)[cell].assign(game_date=pd.to_datetime(bets["game_date"]).to_numpy())
    wanted = made.drop_duplicates()
    # Dates of the rules reach beyond what nanoseconds can hold.
    dated = rules.assign(from_day=rules["valid_from"].map(_as_timestamp), to_day=rules["valid_to"].map(_as_timestamp))
    candidates = wanted.merge(dated, on="market_type", suffixes=("", "_of_rule"))
    candidates["own"] = candidates["operator_of_rule"] == candidates["operator"]
    fits = candidates["game_date"].between(candidates["from_day"], candidates["to_day"])
    fits &= candidates["own"] | (candidates["operator_of_rule"] == ANY_OPERATOR)
    chosen = candidates[fits].sort_values("own", ascending=False, kind="stable").drop_duplicates(cell)
    described = ["source", "valid_from", "valid_to", "from_day", "to_day", "operator_of_rule", "own"]
    found = made.merge(chosen.drop(columns=described), on=cell, how="left")
    uncovered = found["rule_id"].isna()
    if uncovered.any():
        bet = found[uncovered].iloc[0]
        raise UnsettleableBets(
            f"no settlement rule for {bet['market_type']} at {bet['operator']} on {bet['game_date']}"
        )
    return found.drop(columns=cell)


def _as_timestamp(day: object) -> pd.Timestamp:
    text = str(day)[:10]
    return pd.Timestamp(min(max(text, "1900-01-01"), "2200-01-01"))


_OPTIONAL_BETS: dict[str, Any] = {
    "scheduled_start": pd.NaT, "scheduled_innings": np.nan, "home_starter_id": None, "away_starter_id": None,
}  # fmt: skip
_OPTIONAL_RESULTS: dict[str, Any] = {
    "bottom_played": None, "scheduled_innings": np.nan, "home_bats_first": False, "first_pitch": pd.NaT,
    "suspended": False, "completed_at": pd.NaT, "home_starter_id": None, "away_starter_id": None,
    "suspension_home_score": np.nan, "suspension_away_score": np.nan, "suspension_innings": np.nan,
}  # fmt: skip


def _with_results(bets: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    made = bets.reset_index(drop=True).assign(**{k: v for k, v in _OPTIONAL_BETS.items() if k not in bets})
    made = made[[*BET_COLUMNS, *_OPTIONAL_BETS]].rename(
        columns={name: f"bet_{name}" for name in ("game_date", *_OPTIONAL_BETS)}
    )
    played = results.assign(**{k: v for k, v in _OPTIONAL_RESULTS.items() if k not in results})
    rows = made.merge(played[[*RESULT_COLUMNS, *_OPTIONAL_RESULTS]], on="game_id", how="left")
    for instant in ("bet_scheduled_start", "first_pitch", "completed_at"):
        rows[instant] = pd.to_datetime(rows[instant], utc=True)
    for day in ("bet_game_date", "game_date"):
        rows[day] = pd.to_datetime(rows[day])
    for count in ("home_score", "away_score", "innings"):
        rows[count] = rows[count].astype(np.float64)
    home_ahead = rows["home_score"] > rows["away_score"]
    second_ahead = home_ahead ^ rows["home_bats_first"].eq(other=True)
    known = rows["bottom_played"].notna()
    rows["bottom_played"] = np.where(known, rows["bottom_played"].eq(other=True), ~second_ahead)
    rows["scheduled_innings"] = rows["scheduled_innings"].astype(np.float64).fillna(9.0)
    return rows


def _voided(rows: pd.DataFrame) -> tuple[Mask, NDArray[np.object_]]:
    """Bets that are off whatever the score, with the clause that says why."""
    gone = rows["status"].isin(["postponed", "cancelled"])
    playoff = rows["season_type"] == "postseason"
    moved = rows["same_day"].astype(bool) & (rows["game_date"] != rows["bet_game_date"]) & rows["game_date"].notna()
    delay = (rows["first_pitch"] - rows["bet_scheduled_start"]).dt.total_seconds() / 3600
    moved |= delay > rows["start_within_hours"].astype(np.float64)
    listed = rows["pitchers"] == "listed"
    scratched = np.zeros(len(rows), dtype=bool)
    for side in ("home", "away"):
        then, actual = rows[f"bet_{side}_starter_id"], rows[f"{side}_starter_id"]
        scratched |= (then.notna() & actual.notna() & (then != actual)).to_numpy()
    length = rows["bet_scheduled_innings"].astype(np.float64)
    relength = rows["length_change_voids"].astype(bool) & length.notna() & (length != rows["scheduled_innings"])
    suspended = rows["suspended"].eq(other=True) & (rows["status"] == "final")
    late = suspended & ~playoff & ~_completed_in_time(rows) & ~_counts_from_suspension(rows)
    clauses: list[tuple[object, str]] = [
        (gone & ~(rows["status"].eq("postponed") & playoff), "not played"),
        (moved & ~playoff, "postponed"),
        (listed & scratched & (rows["status"] == "final"), "starter"),
        (relength & (rows["status"] == "final"), "length changed"),
        (late, "suspended"),
    ]
    clause = np.select([np.asarray(applies) for applies, _ in clauses], [word for _, word in clauses], default="")
    return clause != "", clause.astype(object)


def _completed_in_time(rows: pd.DataFrame) -> Mask:
    start = rows["bet_scheduled_start"].fillna(rows["first_pitch"])
    hours = (rows["completed_at"] - start).dt.total_seconds() / 3600
    within = hours <= rows["complete_within_hours"].astype(np.float64)
    by_hour = pd.to_timedelta(24 + rows["complete_by_pacific_hour"].astype(np.float64), unit="h")
    finish = rows["completed_at"].dt.tz_convert("America/Los_Angeles").dt.tz_localize(None)
    return np.asarray(within | (finish <= rows["bet_game_date"] + by_hour), dtype=bool)


def _official(
    rows: pd.DataFrame, home: pd.Series, away: pd.Series, innings: pd.Series, bottom_played: pd.Series
) -> Mask:
    """Long enough for the market: the minimum of full innings, or half an inning less with the second team ahead."""
    needed = np.where(rows["scheduled_innings"] == 7, rows["minimum_innings_of_seven"], rows["minimum_innings"])
    second_leads = np.where(rows["home_bats_first"].eq(other=True), away > home, home > away)
    full = innings.astype(np.float64) - np.where(bottom_played.astype(bool), 0.0, 0.5)
    return np.asarray((full >= needed) | (second_leads & (full >= needed - 0.5)), dtype=bool)


def _decided(rows: pd.DataFrame) -> Mask:
    """A total that more innings could not bring back: exceeded already, where the rule lets that stand."""
    runs = rows["home_score"].astype(np.float64) + rows["away_score"].astype(np.float64)
    over = (rows["market_type"] == "total") & (runs > rows["line_value"].astype(np.float64) + 0.25)
    return (over & rows["decided_stands"].astype(bool)).to_numpy()


def _counts_from_suspension(rows: pd.DataFrame) -> Mask:
    """Suspended, not completed in time, but long enough and settled on the score at suspension by the rule."""
    suspended = rows["suspended"].eq(other=True)
    home, away = rows["suspension_home_score"].astype(np.float64), rows["suspension_away_score"].astype(np.float64)
    innings = rows["suspension_innings"].astype(np.float64)
    long_enough = _official(rows, home, away, innings, pd.Series(data=True, index=rows.index)) & innings.notna()
    rule = rows["suspended_official"].astype(bool) & (rows["season_type"] != "postseason")
    return (suspended & rule & long_enough).to_numpy() & ~_completed_in_time(rows)


def _share(rows: pd.DataFrame, home: FloatArray, away: FloatArray) -> FloatArray:
    """1 win, 0 push, -1 loss and the halves of quarter lines: the mean over the two half stakes of the line."""
    line = np.where(rows["market_type"] == "moneyline", 0.0, rows["line_value"].astype(np.float64))
    side, total = rows["side"].to_numpy(), (rows["market_type"] == "total").to_numpy()
    margin = np.where(np.isin(side, ["home", "over"]), 1.0, -1.0)
    margin = np.where(total, margin * (home + away - line), margin * (home - away) + line)
    quarter = np.where(np.mod(margin * 4, 2) == 1, 0.25, 0.0)
    return np.asarray((np.sign(margin - quarter) + np.sign(margin + quarter)) / 2, dtype=np.float64)
