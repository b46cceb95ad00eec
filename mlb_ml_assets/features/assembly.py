"""The features of some games from one state: every column of the registry for a group of requests.

Belongs here: reading the state and the announcements, and putting numbers into columns.
Not here: move the state (sweep.py), formulas of one subject (ratings, pitching, batting, lineups).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.announcements import Announcements
from mlb_ml_assets.features.batting import batting_skill
from mlb_ml_assets.features.config import FeatureConfig
from mlb_ml_assets.features.decay import Floats, Ints
from mlb_ml_assets.features.declarations import BASEBALL_COLUMNS
from mlb_ml_assets.features.knowable import day_numbers
from mlb_ml_assets.features.league import league_means
from mlb_ml_assets.features.lineups import lineup_regulars, lineup_slot, platoon_share, recent_lineups
from mlb_ml_assets.features.pitching import bullpen_innings, bullpen_skill, starter_skill
from mlb_ml_assets.features.player_effects import mean_effects
from mlb_ml_assets.features.ratings import park_runs, run_ratings, umpire_runs
from mlb_ml_assets.features.rules import automatic_runner, designated_hitter
from mlb_ml_assets.features.state import NEVER, SweepState
from mlb_ml_assets.features.travel import ParkPlaces

_MOST_STARTER_REST = 30.0
_COLUMN = {name: position for position, name in enumerate(BASEBALL_COLUMNS)}


@dataclass(frozen=True)
class Slate:
    """Requests of one group: games with ids as places in the state, side rows interleaved.

    `hands` are by side row: of the announced starter, and of the nine batters; empty where unknown.
    """

    day: Ints  # (requests,)
    carded: NDArray[np.bool_]  # (requests,) whether line-ups and umpire may be used
    team: Ints  # (2 requests,)
    starter: Ints  # (2 requests,) place, 0 for a pitcher never seen
    starter_named: NDArray[np.bool_]  # (2 requests,) whether a starter is announced at all
    starter_hand: NDArray[np.str_]
    lineup: Ints  # (2 requests, 9)
    lineup_named: NDArray[np.bool_]  # (2 requests,)
    bats: NDArray[np.str_]  # (2 requests, 9)
    park: Ints  # (requests,) place in the state
    park_code: Ints  # (requests,) code in the history
    last_park_code: Ints  # (2 requests,)
    umpire: Ints  # (requests,)
    umpire_named: NDArray[np.bool_]


def fixed_columns(games: pd.DataFrame, announcement: Announcements) -> dict[str, Floats]:
    """Columns that need no state: the schedule, the rules, and today's weather; one value per request.

    `games` is the schedule row of each request.
    """
    day = day_numbers(games["game_date"])
    march = day_numbers(pd.to_datetime({"year": games["season"], "month": 3, "day": 1}))
    return {
        "temperature": (announcement.temperature - 72.0) / 10.0,
        "wind_out": announcement.wind_out / 10.0,
        "roof_closed": announcement.roof_closed,
        "season": games["season"].to_numpy(dtype=np.float64),
        "season_day": (day - march).astype(np.float64),
        "day_game": np.where(games["day_night"].isna(), np.nan, (games["day_night"] == "D").to_numpy(np.float64)),
        "neutral_site": games["neutral_site"].to_numpy(dtype=np.float64, na_value=np.nan),
        "postseason": (games["season_type"] == "postseason").to_numpy(dtype=np.float64),
        "second_game": ((games["doubleheader"] != "N") & (games["game_number"] > 1)).to_numpy(dtype=np.float64),
        "scheduled_innings": games["scheduled_innings"].to_numpy(dtype=np.float64, na_value=np.nan),
        "automatic_runner": automatic_runner(games),
        "designated_hitter": designated_hitter(games),
    }


def state_columns(state: SweepState, slate: Slate, places: ParkPlaces, config: FeatureConfig) -> Floats:
    """The columns that the state decides, one row per request, in the order of BASEBALL_COLUMNS; the rest NaN."""
    block = np.full((len(slate.day), len(BASEBALL_COLUMNS)), np.nan)
    side_values: dict[str, Floats] = {}
    # Requests of one group may be for several days; decays and league means are as of each game's day.
    for day in np.unique(slate.day).tolist():
        rows = np.flatnonzero(slate.day == day)
        _fill_day(state, _part(slate, rows), day, config, block, rows)
    side_values["rest_days"], side_values["travel_miles"], side_values["time_zones_east"] = _journey(
        state, slate, places, config
    )
    for name, values in side_values.items():
        block[:, _COLUMN[f"home_{name}"]], block[:, _COLUMN[f"away_{name}"]] = values[0::2], values[1::2]
    return block


def _fill_day(state: SweepState, slate: Slate, day: int, config: FeatureConfig, block: Floats, rows: Ints) -> None:
    means = league_means(state, day)
    side_day = np.full(len(slate.team), day, dtype=np.int64)
    opponent = np.arange(len(slate.team)) ^ 1
    runs = run_ratings(state, slate.team, day, config.runs)
    batting = batting_skill(state, slate.team, day, config.batting)
    starter = starter_skill(state, slate.starter, day, means, config.starter)
    pen_fip, pen_runs = bullpen_skill(state, slate.team, day, means, config.bullpen)
    pen_work = bullpen_innings(state, slate.team, side_day, config.bullpen_windows)
    pen_share = 1.0 - starter.share  # an unnamed starter goes as long as one never seen
    facing = slate.starter_hand[opponent]
    versus = np.where(facing == "L", batting.versus_left, np.where(facing == "R", batting.versus_right, np.nan))
    carded = np.repeat(slate.carded, 2) & slate.lineup_named

    named = slate.starter_named
    rest = np.minimum(starter.rest_days, _MOST_STARTER_REST)
    opener = _flag(starter.recent_innings < config.starter.opener_innings, starter.recent_innings)
    by_side = {
        "elo": state.arrays["elo"][slate.team],
        "offence_60": runs.offence[:, 0], "offence_160": runs.offence[:, 1],
        "defence_60": runs.defence[:, 0], "defence_160": runs.defence[:, 1],
        "batting_50": batting.overall[:, 0], "batting_160": batting.overall[:, 1],
        "batting_400": batting.overall[:, 2], "batting_versus_hand": versus,
        "fielding_babip": batting.fielding,
        "starter_fip_150": _if(named, starter.fip_fast * starter.share),
        "starter_fip_400": _if(named, starter.fip_slow * starter.share),
        "starter_strikeout_rate": _if(named, starter.strikeouts), "starter_walk_rate": _if(named, starter.walks),
        "starter_home_run_rate": _if(named, starter.home_runs), "starter_run_rate": _if(named, starter.runs),
        "starter_ground_share": _if(named, starter.ground_share), "starter_share": _if(named, starter.share),
        "starter_innings": _if(named, starter.innings), "starter_rookie": _if(named, starter.rookie),
        "starter_opener": _if(named, opener), "starter_rest_days": _if(named, rest),
        "starter_short_rest": _if(named, _flag(rest <= config.starter.short_rest_days, rest)),
        "starter_long_rest": _if(named, _flag(rest >= config.starter.long_rest_days, rest)),
        "bullpen_fip_60": pen_fip[:, 0] * pen_share, "bullpen_fip_250": pen_fip[:, 1] * pen_share,
        "bullpen_runs_60": pen_runs[:, 0] * pen_share, "bullpen_runs_250": pen_runs[:, 1] * pen_share,
        "bullpen_innings_1": pen_work[:, 0], "bullpen_innings_3": pen_work[:, 1],
        "bullpen_innings_7": pen_work[:, 2],
    }  # fmt: skip
    by_side |= _recent(state, slate.team, side_day, config)
    if carded.any():
        batting_effect, fielding_effect = mean_effects(state, slate.lineup)
        by_side |= {
            "lineup_slot": _if(carded, lineup_slot(state, slate.lineup, side_day, config.lineup)),
            "lineup_regulars": _if(carded, lineup_regulars(state, slate.team, slate.lineup)),
            "lineup_batting": _if(carded, batting_effect),
            "lineup_fielding": _if(carded, fielding_effect),
            "lineup_platoon": _if(carded, platoon_share(slate.bats, facing)),
        }
    for name, values in by_side.items():
        block[rows, _COLUMN[f"home_{name}"]], block[rows, _COLUMN[f"away_{name}"]] = values[0::2], values[1::2]
    block[rows, _COLUMN["park_runs"]] = park_runs(state, slate.park, day, config.runs)
    block[rows, _COLUMN["umpire_runs"]] = _if(
        slate.carded & slate.umpire_named, umpire_runs(state, slate.umpire, day, config.runs)
    )
    block[rows, _COLUMN["league_runs"]] = means.runs
    block[rows, _COLUMN["league_home_wins"]] = means.home_win_share


def _recent(state: SweepState, team: Ints, day: Ints, config: FeatureConfig) -> dict[str, Floats]:
    """Means over a team's last line-ups: what its card will probably be worth before it is out."""
    games = config.player.recent_lineups
    nines, played = recent_lineups(state, team, games)
    flat = nines.reshape(-1, nines.shape[2])
    batting, fielding = mean_effects(state, flat)
    slot = lineup_slot(state, flat, np.repeat(day, games), config.lineup)
    count = played.sum(axis=1)
    means = {}
    for name, values in (("batting", batting), ("fielding", fielding), ("slot", slot)):
        by_game, total = values.reshape(-1, games), np.zeros(len(team))
        for game in range(games):
            total = total + np.where(played[:, game], by_game[:, game], 0.0)
        means[f"recent_{name}"] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return means


def _journey(
    state: SweepState, slate: Slate, places: ParkPlaces, config: FeatureConfig
) -> tuple[Floats, Floats, Floats]:
    day, last = np.repeat(slate.day, 2), state.arrays["last_game_day"][slate.team].astype(np.int64)
    played = last > NEVER
    rest = np.where(played, np.minimum(day - last, config.most_rest_days).astype(np.float64), np.nan)
    here = np.repeat(slate.park_code, 2)
    miles = _if(played, places.miles(slate.last_park_code, here))
    return rest, miles, _if(played, places.zones_east(slate.last_park_code, here, day))


def _part(slate: Slate, rows: Ints) -> Slate:
    if len(rows) == len(slate.day):
        return slate
    sides = np.column_stack([2 * rows, 2 * rows + 1]).ravel()
    by_side = {"team", "starter", "starter_named", "starter_hand", "lineup", "lineup_named", "bats", "last_park_code"}
    return Slate(**{name: values[sides if name in by_side else rows] for name, values in vars(slate).items()})


def _if(condition: NDArray[np.bool_], values: Floats) -> Floats:
    return np.where(condition, values, np.nan)


def _flag(condition: NDArray[np.bool_], needs: Floats) -> Floats:
    return np.where(np.isnan(needs), np.nan, condition.astype(np.float64))
