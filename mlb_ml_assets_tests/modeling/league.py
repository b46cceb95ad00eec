"""A made-up league with a known truth: training frames and market histories for the tests of this room.

Belongs here: frames to fit and replay.
Not here: tests.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlb_ml_assets.modeling.config import EstimatorConfig, ModelConfig, RunConfig

EASTERN = "America/New_York"
CLUBS = ("ATL", "BOS", "CHC", "DET", "HOU", "LAD", "MIL", "NYY")
# The made-up seasons are short.
SMALL = replace(
    ModelConfig(),
    least_training_games=250,
    estimators=replace(EstimatorConfig(), win_penalty=20.0, memory_win_penalty=20.0, runs_penalty=200.0),
    runs=replace(RunConfig(), least_games=300, prior_games=200.0),
)


def training_frame(
    seasons: tuple[int, ...] = (2015, 2016, 2017, 2018), games: int = 400, seed: int = 3
) -> pd.DataFrame:
    """Both stages of every game: the truth is a sum of two features and a strength that only the close knows fully.

    The opening price misses part of the starter's strength, so a model of it can foresee the move.
    """
    random = np.random.default_rng(seed)
    parts = []
    for season in seasons:
        dates = pd.date_range(f"{season}-04-03", f"{season}-09-28", periods=games).normalize()
        starter = random.normal(0, 0.05, (games, 2))
        batting = random.normal(0, 0.02, (games, 2))
        hidden = random.normal(0, 0.15, games)
        logit = 0.15 + 3.0 * (starter[:, 1] - starter[:, 0]) + 6.0 * (batting[:, 0] - batting[:, 1]) + hidden
        total = 8.6 + 8.0 * starter.sum(axis=1) + 10.0 * batting.sum(axis=1) + random.normal(0, 0.3, games)
        runs = random.negative_binomial(7.8, 7.8 / (7.8 + total + 0.4))
        runs = np.maximum(runs, 1)
        home_win = random.random(games) < 1 / (1 + np.exp(-logit))
        loser = np.floor(random.random(games) * ((runs + 1) // 2)).astype(int)
        home_score = np.where(home_win, runs - loser, loser)
        close = logit + random.normal(0, 0.03, games)
        opening = logit - 1.2 * (starter[:, 1] - starter[:, 0]) + random.normal(0, 0.06, games)
        opening_total = np.round((total - 3.0 * starter.sum(axis=1)) * 2) / 2
        base = pd.DataFrame(
            {
                "game_id": season * 10000 + np.arange(games),
                "season": season,
                "season_type": "regular",
                "doubleheader": np.where(np.arange(games) % 29 == 0, "Y", "N"),
                "scheduled_innings": 9,
                "game_date": dates,
                "home_starter_fip_150": starter[:, 0],
                "away_starter_fip_150": starter[:, 1],
                "home_batting_160": batting[:, 0],
                "away_batting_160": batting[:, 1],
                "memory_home_logit": 0.15 + hidden + random.normal(0, 0.05, games),
                "memory_home_variance": random.uniform(0.01, 0.02, games),
                "memory_total": 8.6 + random.normal(0, 0.2, games),
                "memory_total_variance": random.uniform(0.1, 0.2, games),
                "market_home_logit": opening,
                "market_total_line": opening_total,
                "market_total_over_probability": 0.5,
                "market_home_odds": american(opening, 0.02),
                "market_away_odds": american(-opening, 0.02),
                "market_over_odds": -110.0,
                "market_under_odds": -110.0,
                "close_home_logit": close,
                "close_total_line": np.round(total * 2) / 2,
                "close_total_over_probability": 0.5,
                "close_spread_line": np.where(close > 0, -1.5, 1.5),
                "close_spread_home_probability": np.clip(1 / (1 + np.exp(-(close - np.sign(close) * 0.7))), 0.05, 0.95),
                "home_score": home_score.astype(float),
                "away_score": (runs - home_score).astype(float),
            }
        )
        tied = base.home_score == base.away_score
        base.loc[tied, "home_score"] += 1.0
        base["home_win"] = (base.home_score > base.away_score).astype(float)
        parts.append(base)
    base = pd.concat(parts, ignore_index=True)
    noon = (base.game_date - pd.Timedelta(hours=12)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")
    evening = (base.game_date + pd.Timedelta(hours=18)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")
    stages = [base.assign(stage="open", as_of=noon), base.assign(stage="lineup", as_of=evening)]
    stages[1]["home_lineup_slot"] = random.normal(5, 0.3, len(base))
    stages[1]["away_lineup_slot"] = random.normal(5, 0.3, len(base))
    return pd.concat(stages, ignore_index=True)


def american(logit: np.ndarray, margin: float) -> np.ndarray:
    """American odds of a side that wins with this logit, `margin` added to its probability."""
    chance = 1 / (1 + np.exp(-logit)) + margin
    return np.round(np.where(chance > 0.5, -100 * chance / (1 - chance), 100 * (1 - chance) / chance))


@dataclass(frozen=True)
class Market:
    """The frames that market memory reads."""

    games: pd.DataFrame
    results: pd.DataFrame
    probables: pd.DataFrame
    lineups: pd.DataFrame
    market_lines: pd.DataFrame


def market(days: int = 60, seed: int = 5, seasons: tuple[int, ...] = (2016,)) -> tuple[Market, pd.DataFrame]:
    """A league whose closes are home edge + team + starter (and small noise), and its requests at both stages."""
    random = np.random.default_rng(seed)
    teams = dict(zip(CLUBS, random.normal(0, 0.2, len(CLUBS)), strict=True))
    arms = {f"{club}{slot}": random.normal(0, 0.15) for club in CLUBS for slot in range(5)}
    rows = []
    for season in seasons:
        for day in range(days):
            order = random.permutation(len(CLUBS))
            for home, away in zip(order[0::2], order[1::2], strict=True):
                rows.append(
                    (pd.Timestamp(f"{season}-05-01") + pd.Timedelta(days=day), season, CLUBS[home], CLUBS[away], day)
                )
    games = pd.DataFrame(rows, columns=["game_date", "season", "home_team", "away_team", "day"])
    count = len(games)
    games["game_id"] = np.arange(1, count + 1)
    games["park_id"], games["scheduled_innings"] = games.home_team + "01", 9
    pitchers = {side: games[f"{side}_team"] + (games.day % 5).astype(str) for side in ("home", "away")}
    logit = 0.12 + games.home_team.map(teams) - games.away_team.map(teams)
    logit = logit + pitchers["home"].map(arms) - pitchers["away"].map(arms) + random.normal(0, 0.02, count)
    start = (games.game_date + pd.Timedelta(hours=19)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")
    noon = (games.game_date - pd.Timedelta(hours=12)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")
    morning = (games.game_date + pd.Timedelta(hours=30)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")
    results = pd.DataFrame(
        {
            "game_id": games.game_id,
            "known_at": morning,
            "suspended": False,
            "home_starter_id": pitchers["home"],
            "away_starter_id": pitchers["away"],
        }
    )
    probables = pd.concat(
        [
            pd.DataFrame({"game_id": games.game_id, "side": side, "known_at": noon, "player_id": pitchers[side]})
            for side in ("home", "away")
        ],
        ignore_index=True,
    )
    lineups = pd.concat(
        [
            pd.DataFrame(
                {
                    "game_id": games.game_id,
                    "side": side,
                    "known_at": start - pd.Timedelta(hours=3),
                    **{f"batter_{slot}": games[f"{side}_team"] + f"b{slot}" for slot in range(1, 10)},
                }
            )
            for side in ("home", "away")
        ],
        ignore_index=True,
    )
    chance = 1 / (1 + np.exp(-logit))
    lines = []
    for stage, known, shift in (("open", noon, 0.01), ("close", start - pd.Timedelta(minutes=1), 0.0)):
        lines.append(priced(games.game_id, stage, "moneyline", chance - shift, np.nan, known))
        lines.append(priced(games.game_id, stage, "total", pd.Series(0.5, games.index), 8.5, known))
    history = Market(games.drop(columns="day"), results, probables, lineups, pd.concat(lines, ignore_index=True))
    requests = pd.concat(
        [
            pd.DataFrame({"game_id": games.game_id, "stage": "open", "as_of": noon}),
            pd.DataFrame({"game_id": games.game_id, "stage": "lineup", "as_of": start - pd.Timedelta(hours=1)}),
        ],
        ignore_index=True,
    )
    return history, requests


def priced(
    game_id: pd.Series, stage: str, market_type: str, fair: pd.Series, line: float, known: pd.Series
) -> pd.DataFrame:
    """Rows of market_lines."""
    return pd.DataFrame(
        {
            "game_id": game_id,
            "stage": stage,
            "market_type": market_type,
            "fair_probability": fair,
            "line_value": line,
            "known_at": known,
        }
    )
