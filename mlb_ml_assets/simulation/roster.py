"""The people of the league and their true skill.

Belongs here: fictional players (ids from 900001 on, which MLB has not given out), their handedness and dates, and the
skill of each starter, batter and bullpen by season.
Not here: who plays on which day (schedule.py), nor any estimate of skill.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.simulation.clubs import CLUBS
from mlb_ml_assets.simulation.config import SimulationConfig, Stream

STARTERS, RELIEVERS, BATTERS = 6, 7, 13
FIRST_PLAYER_ID = 900001

# Skill keeps .8 of itself over a winter; clubs differ so that closing prices spread like MLB's (sd .088 in 2010-21).
_WINTER_MEMORY = 0.8
_CLUB_OFFENSE_SD, _BATTER_SD, _STARTER_SD, _BULLPEN_SD, _PARK_SD = 0.06, 0.22, 0.185, 0.085, 0.05

_ONSETS = "Bar Cal Dor Fen Gar Hol Jer Kes Lam Mor Nel Pol Quin Ros Sal Tor Ven Wil Yan Zam"
_ENDINGS = "aldi bert cott dano ellis fied gado hurst ington kov lund mont ney ova quez rado sen tero uela wick"
_FIRST_NAMES = (
    "Aldo Bram Cyrus Dario Emmet Fabio Gus Hideo Ivan Jonah Kofi Luca Mateo Nils "
    "Otis Pavel Rafa Silas Tomas Ugo Viktor Wes Xander Yuki"
)


@dataclass(frozen=True)
class Roster:
    """Players and their true skill.

    Attributes:
        players: one row a player: player_id, retro_id, first, last, bats, throws, birth_date, debut, club (code),
            role (starter, reliever, batter) and slot within the role.
        starter_ids, reliever_ids, batter_ids: player ids, shape (30, slots).
        starter_skill, batter_skill: log run effect, positive is good for the player's side; shape (seasons, 30, slots).
        bullpen_skill, club_offense: the same by club, shape (seasons, 30).
        park: log run factor of each home park, shape (30,).
    """

    players: pd.DataFrame
    starter_ids: NDArray[np.int64]
    reliever_ids: NDArray[np.int64]
    batter_ids: NDArray[np.int64]
    starter_skill: NDArray[np.float64]
    batter_skill: NDArray[np.float64]
    bullpen_skill: NDArray[np.float64]
    club_offense: NDArray[np.float64]
    park: NDArray[np.float64]


def build_roster(config: SimulationConfig) -> Roster:
    """Draw the league's people and their skill for each season of `config`."""
    random = config.stream(Stream.ROSTER)
    players = _people(config, random)
    ids = {
        role: players.loc[players["role"] == role, "player_id"].to_numpy().reshape(len(CLUBS), -1)
        for role in ("starter", "reliever", "batter")
    }
    seasons = len(config.seasons)
    # A rotation is built downwards: its first man is about one sd better than its last.
    ladder = np.linspace(0.75, -0.75, STARTERS)
    return Roster(
        players=players,
        starter_ids=ids["starter"],
        reliever_ids=ids["reliever"],
        batter_ids=ids["batter"],
        starter_skill=_STARTER_SD * (0.8 * _through_winters(random, seasons, (len(CLUBS), STARTERS)) + ladder),
        batter_skill=_BATTER_SD * _through_winters(random, seasons, (len(CLUBS), BATTERS)),
        bullpen_skill=_BULLPEN_SD * _through_winters(random, seasons, (len(CLUBS),)),
        club_offense=_CLUB_OFFENSE_SD * _through_winters(random, seasons, (len(CLUBS),)),
        park=_PARK_SD * random.standard_normal(len(CLUBS)),
    )


def _through_winters(random: np.random.Generator, seasons: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    skill = np.empty((seasons, *shape))
    skill[0] = random.standard_normal(shape)
    for season in range(1, seasons):
        fresh = random.standard_normal(shape)
        skill[season] = _WINTER_MEMORY * skill[season - 1] + np.sqrt(1 - _WINTER_MEMORY**2) * fresh
    return skill


def _people(config: SimulationConfig, random: np.random.Generator) -> pd.DataFrame:
    player_ids = count(FIRST_PLAYER_ID)
    namesakes: dict[str, int] = {}
    first_names, onsets, endings = _FIRST_NAMES.split(), _ONSETS.split(), _ENDINGS.split()
    rows = []
    slots = [("starter", s) for s in range(STARTERS)]
    slots += [("reliever", s) for s in range(RELIEVERS)] + [("batter", s) for s in range(BATTERS)]
    for club in CLUBS:
        for role, slot in slots:
            first = first_names[random.integers(len(first_names))]
            last = onsets[random.integers(len(onsets))] + endings[random.integers(len(endings))]
            stem = (last[:4] + first[0]).lower()
            namesakes[stem] = namesakes.get(stem, 500) + 1
            left = random.random() < (0.28 if role != "batter" else 0.1)
            bats = "L" if left else "R"
            if role == "batter":
                bats = ("R", "L", "B")[int(random.choice(3, p=[0.55, 0.33, 0.12]))]
            age_days = int(random.integers(22 * 365, 36 * 365))
            birth = config.first_day - timedelta(days=age_days)
            years_up = int(random.integers(0, max(1, age_days // 365 - 21)))
            debut = date(config.first_day.year - years_up, 4, 1) + timedelta(days=int(random.integers(0, 150)))
            rows.append(
                {
                    "player_id": next(player_ids),
                    "retro_id": f"{stem}{namesakes[stem]}",
                    "first": first,
                    "last": last,
                    "bats": bats,
                    "throws": "L" if left else "R",
                    "birth_date": birth,
                    "debut": min(debut, config.first_day),
                    "club": club.code,
                    "role": role,
                    "slot": slot,
                }
            )
    return pd.DataFrame(rows)
