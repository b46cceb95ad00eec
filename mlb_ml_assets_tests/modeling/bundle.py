"""The real bundle as market memory reads it: schedule, starters, lineups, opening and closing prices.

Belongs here: frames read in place for the tests of this room.
Not here: box scores, the rules that date archive facts for the product (identity/known_at.py).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from mlb_ml_assets_tests.modeling.league import EASTERN, Market, priced


def implied(american: pd.Series) -> pd.Series:
    """1 / decimal odds."""
    return pd.Series(np.where(american > 0, 100 / (100 + american), -american / (100 - american)), american.index)


def fair(first: pd.Series, second: pd.Series) -> pd.Series:
    """Shin's probability of the first side; NaN outside an overround of 0 to 12%."""
    over = implied(first) + implied(second) - 1
    return (implied(first) - over / 2).where((over >= 0) & (over <= 0.12))


def bundle(shared_data: Path, first_season: int, last_season: int) -> tuple[Market, pd.DataFrame, pd.DataFrame]:
    """History, requests of both stages, and one row a game with scores and prices; no suspended games."""
    folder = shared_data / "history"
    games = pd.read_csv(folder / "games.csv.gz", low_memory=False)
    games = games[games.season.between(first_season, last_season) & (games.game_type == "R") & ~games.suspended]
    odds = pd.read_csv(folder / "odds_open_close.csv.gz", low_memory=False)
    odds = odds[odds.is_primary & odds.odds_defect.isna()].drop_duplicates("game_id")
    cards = pd.read_csv(folder / "lineups.csv.gz")
    prices = [
        "ml_open_home",
        "ml_open_away",
        "ml_close_home",
        "ml_close_away",
        "rl_home",
        "rl_price_home",
        "rl_price_away",
    ]
    prices += ["total_open", "over_open", "under_open", "total_close", "over_close", "under_close"]
    batting = [f"{side}_bat{slot}_id" for side in ("home", "away") for slot in range(1, 10)]
    games = games.merge(odds[["game_id", *prices]], on="game_id", how="left")
    games = games.merge(cards[["game_id", *batting]], on="game_id", how="left")
    games = games.sort_values(["game_date", "game_id"], kind="stable").reset_index(drop=True)
    games["game_id"] = np.arange(1, len(games) + 1)
    games["game_date"] = pd.to_datetime(games.game_date).astype("datetime64[ns]")
    games["park_id"], games["scheduled_innings"] = games.park, 9
    games["doubleheader"] = np.where(games.dh_number > 0, "Y", "N")

    def at(hours: float) -> pd.Series:
        return (games.game_date + pd.Timedelta(hours=hours)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")

    noon, start, morning = at(-12), at(19), at(30)
    results = games[["game_id", "suspended", "home_starter_id", "away_starter_id"]].assign(known_at=morning)
    probables = pd.concat(
        [
            pd.DataFrame({"game_id": games.game_id, "side": s, "known_at": noon, "player_id": games[f"{s}_starter_id"]})
            for s in ("home", "away")
        ],
        ignore_index=True,
    )
    lineups = pd.concat(
        [
            pd.DataFrame(
                {
                    "game_id": games.game_id,
                    "side": s,
                    "known_at": start - pd.Timedelta(hours=3),
                    **{f"batter_{slot}": games[f"{s}_bat{slot}_id"] for slot in range(1, 10)},
                }
            )
            for s in ("home", "away")
        ],
        ignore_index=True,
    )
    lines = []
    for stage, known in (("open", noon), ("close", start - pd.Timedelta(minutes=1))):
        games[f"{stage}_home"] = fair(games[f"ml_{stage}_home"], games[f"ml_{stage}_away"])
        games[f"{stage}_over"] = fair(games[f"over_{stage}"], games[f"under_{stage}"])
        lines.append(priced(games.game_id, stage, "moneyline", games[f"{stage}_home"], np.nan, known))
        total = priced(games.game_id, stage, "total", games[f"{stage}_over"], np.nan, known)
        lines.append(total.assign(line_value=games[f"total_{stage}"]))
    games["spread_home"] = fair(games.rl_price_home, games.rl_price_away)
    columns = ["game_id", "game_date", "season", "home_team", "away_team", "park_id", "scheduled_innings"]
    history = Market(games[columns], results, probables, lineups, pd.concat(lines, ignore_index=True))
    requests = pd.concat(
        [
            pd.DataFrame({"game_id": games.game_id, "stage": "open", "as_of": noon}),
            pd.DataFrame({"game_id": games.game_id, "stage": "lineup", "as_of": start - pd.Timedelta(hours=1)}),
        ],
        ignore_index=True,
    )
    return history, requests, games
