"""A whole league: fixtures, people, facts, scores, box scores, prices and the truth behind them, from one seed.

Belongs here: putting the parts together, and the instants at which a game begins, stops and ends.
Not here: any draw (each part has its module), any payload (payload modules), any file (bundle.py).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from mlb_ml_assets.simulation.box_scores import BoxScores, draw_box_scores
from mlb_ml_assets.simulation.circumstance import Circumstance, draw_circumstance
from mlb_ml_assets.simulation.clubs import CLUBS
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.innings import LineScores, Truth, half_inning_rates, play, true_outcomes
from mlb_ml_assets.simulation.market import Market, draw_market
from mlb_ml_assets.simulation.roster import Roster, build_roster
from mlb_ml_assets.simulation.schedule import build_schedule

# Game 2 of a traditional doubleheader begins after game 1; books list it three and a half hours later.
SECOND_GAME_EXPECTED_AFTER = timedelta(hours=3, minutes=30)
_BETWEEN_GAMES = timedelta(minutes=35)
_FIRST_ROTATION_NUMBER = 901


@dataclass(frozen=True)
class League:
    """Everything that is so, and when it became known.

    Attributes:
        games: one row a game in order of play: the columns of `build_schedule`, and game_id (Retrosheet style),
            home_code and away_code, away_rotation and home_rotation, market_start (when books list it), first_pitch,
            ended_at, suspended_at and resumed_at (NaT unless suspended), home_score, away_score, innings.
        facts, lines, boxes, truth, market: aligned with `games` by position.
    """

    config: SimulationConfig
    roster: Roster
    games: pd.DataFrame
    facts: Circumstance
    lines: LineScores
    boxes: BoxScores
    truth: Truth
    market: Market

    def truth_table(self) -> pd.DataFrame:
        """The true probabilities of every game: what a perfect forecaster would predict before it.

        Returns:
            game_pk, official_date, home_team, away_team, home_win, home_covers_minus_1_5, home_covers_plus_1_5,
            expected_total, and closing_total with over and push probabilities at that number (over given no push).
        """
        over, push = self.truth.over(self.market.total_line[:, -1])
        return pd.DataFrame(
            {
                "game_pk": self.games["game_pk"],
                "official_date": self.games["official_date"],
                "home_team": self.games["home_code"],
                "away_team": self.games["away_code"],
                "home_win": self.truth.home_win,
                "home_covers_minus_1_5": self.truth.home_covers(-1.5),
                "home_covers_plus_1_5": self.truth.home_covers(1.5),
                "expected_total": self.truth.total @ np.arange(self.truth.total.shape[1]),
                "closing_total": self.market.total_line[:, -1],
                "over": over,
                "push": push,
            }
        )


def simulate_league(config: SimulationConfig | None = None) -> League:
    """Draw a league. The same configuration gives the same league, whatever the machine's clock or hash seed."""
    config = config or SimulationConfig()
    roster = build_roster(config)
    schedule = build_schedule(config)
    facts = draw_circumstance(config, roster, schedule)
    rates = half_inning_rates(roster, schedule, facts)
    truth = true_outcomes(rates)
    lines = play(config, rates)
    boxes = draw_box_scores(config, facts, lines)
    games = _in_time(schedule, facts, lines)
    return League(
        config=config,
        roster=roster,
        games=games,
        facts=facts,
        lines=lines,
        boxes=boxes,
        truth=truth,
        market=draw_market(config, roster, games, facts, truth),
    )


def _in_time(schedule: pd.DataFrame, facts: Circumstance, lines: LineScores) -> pd.DataFrame:
    games = schedule.copy()
    games["home_code"] = [CLUBS[club].code for club in games["home"]]
    games["away_code"] = [CLUBS[club].code for club in games["away"]]
    games["game_id"] = [
        f"{CLUBS[home].retrosheet}{day:%Y%m%d}{0 if kind == 'N' else number}"
        for home, day, kind, number in zip(
            games["home"], games["official_date"], games["doubleheader"], games["game_number"], strict=True
        )
    ]
    of_day = games.groupby("official_date").cumcount()
    games["away_rotation"] = _FIRST_ROTATION_NUMBER + 2 * of_day
    games["home_rotation"] = games["away_rotation"] + 1
    games["home_score"], games["away_score"], games["innings"] = lines.home_score, lines.away_score, lines.innings
    waits = (games["doubleheader"] == "Y") & (games["game_number"] == 2)
    games["market_start"] = games["start"] + pd.to_timedelta(
        np.where(waits, SECOND_GAME_EXPECTED_AFTER.total_seconds(), 0), unit="s"
    )
    runs = games["home_score"] + games["away_score"]
    minutes = 122 + 3 * runs + 13 * (games["innings"] - 9)
    _clock(games, minutes.to_numpy(), facts.table["delay_minutes"].to_numpy(), waits.to_numpy())
    return games


def _clock(games: pd.DataFrame, minutes: np.ndarray, delays: np.ndarray, waits: np.ndarray) -> None:
    """First pitch, stop, resumption and end of each game; the second of two waits for the first."""
    ends: dict[tuple[object, int], datetime] = {}
    first_pitches, ended, stopped, resumed = [], [], [], []
    columns = games[["start", "home", "official_date", "suspended"]]
    for row, (start, home, day, suspended) in enumerate(columns.itertuples(index=False, name=None)):
        pitch = start.to_pydatetime() + timedelta(minutes=int(delays[row]))
        if waits[row] and (day, home) in ends:
            pitch = ends[day, home] + _BETWEEN_GAMES
        end = pitch + timedelta(minutes=int(minutes[row]))
        stop = back = None
        if suspended:
            stop = pitch + timedelta(minutes=int(minutes[row]) // 2)
            noon = datetime(day.year, day.month, day.day, 12, 5, tzinfo=CLUBS[home].zone) + timedelta(days=1)
            back = noon.astimezone(UTC)
            end = back + (pitch + timedelta(minutes=int(minutes[row])) - stop)
        ends[day, home] = end
        first_pitches.append(pitch)
        ended.append(end)
        stopped.append(stop)
        resumed.append(back)
    for name, instants in (
        ("first_pitch", first_pitches),
        ("ended_at", ended),
        ("suspended_at", stopped),
        ("resumed_at", resumed),
    ):
        games[name] = pd.Series(instants, dtype="datetime64[ns, UTC]")
