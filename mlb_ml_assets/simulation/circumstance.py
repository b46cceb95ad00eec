"""Around each game: who starts, who bats, weather, umpire, delays, and when each of these became public.

Belongs here: the facts of a game other than its score, with their publication instants.
Not here: fixtures (schedule.py), what follows from the facts (innings.py, market.py).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.simulation.clubs import CLUBS
from mlb_ml_assets.simulation.config import SimulationConfig, Stream
from mlb_ml_assets.simulation.roster import BATTERS, STARTERS, Roster

FIRST_UMPIRE_ID = 905001
UMPIRES = 40
WIND_DIRECTIONS = ("Out To CF", "Out To LF", "Out To RF", "In From CF", "In From LF", "In From RF", "L To R", "R To L")
SKIES = ("Clear", "Sunny", "Partly Cloudy", "Cloudy", "Overcast")
_REST_SHARE, _SIXTH_STARTER_SHARE = 0.12, 0.06
MONTH_TEMPERATURE = np.array([45, 48, 54, 60, 68, 76, 80, 79, 73, 62, 52, 46])


@dataclass(frozen=True)
class Circumstance:
    """Facts of each game in schedule order; sides are ordered (home, away) on axis 1.

    Attributes:
        starters, probables: player ids, shape (games, 2); they differ where the probable was scratched.
        lineups: player ids in batting order, shape (games, 2, 9).
        offense: log run effect of the side's lineup and club, shape (games, 2).
        starter_skill, probable_skill: log run effect of the side's pitcher, shape (games, 2).
        bullpen_skill: the same for its bullpen, shape (games, 2).
        table: one row a game: temperature, wind_speed, wind_direction, sky, umpire (number), attendance, delay_minutes,
            and the publication instants probables_at, scratched_at (NaT: nobody), lineups_at.
    """

    starters: NDArray[np.int64]
    probables: NDArray[np.int64]
    lineups: NDArray[np.int64]
    offense: NDArray[np.float64]
    starter_skill: NDArray[np.float64]
    probable_skill: NDArray[np.float64]
    bullpen_skill: NDArray[np.float64]
    table: pd.DataFrame


def draw_circumstance(config: SimulationConfig, roster: Roster, schedule: pd.DataFrame) -> Circumstance:
    """Draw what surrounds each game of the schedule."""
    random = config.stream(Stream.CIRCUMSTANCE)
    season = schedule["season"].to_numpy() - config.seasons[0]
    clubs = schedule[["home", "away"]].to_numpy()
    turn = _turns(schedule)
    late = random.random(clubs.shape) < _SIXTH_STARTER_SHARE
    probable = np.where(late, STARTERS - 1, turn % (STARTERS - 1))
    scratched = (random.random(clubs.shape) < config.scratched_share) & (probable != STARTERS - 1)
    starter = np.where(scratched, STARTERS - 1, probable)
    batters = _batting_orders(random, clubs.shape)
    by_season = season[:, None]
    return Circumstance(
        starters=roster.starter_ids[clubs, starter],
        probables=roster.starter_ids[clubs, probable],
        lineups=roster.batter_ids[clubs[:, :, None], batters],
        offense=roster.batter_skill[by_season[:, :, None], clubs[:, :, None], batters].mean(axis=2)
        + roster.club_offense[by_season, clubs],
        starter_skill=roster.starter_skill[by_season, clubs, starter],
        probable_skill=roster.starter_skill[by_season, clubs, probable],
        bullpen_skill=roster.bullpen_skill[by_season, clubs],
        table=_surroundings(random, schedule, scratched.any(axis=1)),
    )


def _turns(schedule: pd.DataFrame) -> NDArray[np.int64]:
    """How many games each side played before in its season: its place in the rotation."""
    played: dict[tuple[int, int], int] = {}
    turn = np.empty((len(schedule), 2), dtype=np.int64)
    for row, game in enumerate(zip(schedule["season"], schedule["home"], schedule["away"], strict=True)):
        for side, club in enumerate(game[1:]):
            turn[row, side] = played.get((game[0], club), 0)
            played[game[0], club] = turn[row, side] + 1
    return turn


def _batting_orders(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Nine of each side's batters: regulars in their place, a bench man where one rests."""
    order = np.broadcast_to(np.arange(9), (*shape, 9)).copy()
    resting = random.random(order.shape) < _REST_SHARE
    bench = np.arange(9, BATTERS)[random.permuted(np.tile(np.arange(BATTERS - 9), (*shape, 1)), axis=-1)]
    place = np.minimum(np.cumsum(resting, axis=-1), BATTERS - 9) - 1
    stand_in = np.take_along_axis(bench, np.maximum(place, 0), axis=-1)
    # The bench has four men: a fifth regular who wanted rest plays.
    really = resting & (np.cumsum(resting, axis=-1) <= BATTERS - 9)
    return np.where(really, stand_in, order)


def _surroundings(random: np.random.Generator, schedule: pd.DataFrame, scratched: NDArray[np.bool_]) -> pd.DataFrame:
    games = len(schedule)
    start, original = schedule["start"], schedule["original_start"]
    month = np.array([day.month for day in schedule["official_date"]])
    indoors = np.array([CLUBS[club].roof == "Dome" for club in schedule["home"]])
    closed = indoors | (
        np.array([CLUBS[club].roof == "Retractable" for club in schedule["home"]]) & (random.random(games) < 0.4)
    )
    outside = MONTH_TEMPERATURE[month - 1] + random.normal(0, 9, games) + (schedule["day_night"] == "day") * 4
    known_early = random.random(games) < 0.9
    hours_before = np.where(known_early, random.uniform(30, 60, games), random.uniform(6, 20, games))
    table = pd.DataFrame(
        {
            "temperature": np.where(closed, 72, np.clip(np.rint(outside), 34, 104)).astype(int),
            "wind_speed": np.where(closed, 0, np.clip(np.rint(random.gamma(2.6, 3.0, games)), 0, 30)).astype(int),
            "wind_direction": np.where(
                closed, "None", np.array(WIND_DIRECTIONS)[random.integers(len(WIND_DIRECTIONS), size=games)]
            ),
            "sky": np.where(indoors, "Dome", np.array(SKIES)[random.integers(len(SKIES), size=games)]),
            "umpire": random.integers(UMPIRES, size=games),
            "attendance": random.integers(9000, 42000, size=games),
            "delay_minutes": np.where(random.random(games) < 0.03, random.integers(25, 95, games), 1)
            + random.integers(0, 6, games),
            "probables_at": original - pd.to_timedelta(np.rint(hours_before * 60), unit="min"),
            "lineups_at": start - pd.to_timedelta(random.integers(150, 260, games), unit="min"),
        }
    )
    table["sky"] = np.where(closed & ~indoors, "Roof Closed", table["sky"])
    notice = pd.to_timedelta(random.integers(270, 700, games), unit="min")
    table["scratched_at"] = (start - notice).where(pd.Series(scratched))
    return table
