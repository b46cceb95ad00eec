"""What a simulated league is made from: one seed and a handful of dials.

Belongs here: the configuration of a league and the streams of randomness derived from its seed.
Not here: any draw itself, nor defaults of the real pipeline.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum

import numpy as np


class BadLeagueConfig(ValueError):
    """A dial of the league is outside what it can simulate; the message names the dial and its value."""


class Stream(IntEnum):
    """One independent stream of random numbers per job, so that a new draw in one job never shifts another."""

    ROSTER = 1
    SCHEDULE = 2
    CIRCUMSTANCE = 3
    INNINGS = 4
    BOX = 5
    MARKET = 6
    QUOTES = 7
    SPLITS = 8
    FAULTS = 9
    PLAYERS = 10
    WEATHER = 11


@dataclass(frozen=True)
class SimulationConfig:
    """The dials of a league.

    Attributes:
        seed: same seed and dials, same league to the byte.
        first_day: opening day of the first season; later seasons open on the same month and day.
        today: the league's own today, fixed, inside its last season. Two more days are scheduled after it.
        season_days: calendar days of each season but the last, which stops two days after `today`.
        now_hour_utc: hour (with fraction) of `today` at which the demo looks at the league.
        open_error: sd of the market's opening error, in logits of the home win probability.
        close_error: sd of its error at first pitch; the error in between mean-reverts from one to the other.
        total_open_error: sd of the opening error of the total, in runs.
        total_close_error: sd of it at first pitch, in runs.
        planted_edge_points: sd, in percentage points of win probability, of a truth that opening prices ignore and
            box scores show: part of the difference between the starters. It leaks into the price linearly and is
            gone at first pitch. 0 plants nothing.
        postponed_share: share of games rained out once and played later under the same gamePk.
        split_doubleheader_share: share of makeup dates played as a day-night doubleheader (S) instead of Y.
        suspended_share: share of games stopped after an inning and finished the next day.
        scratched_share: share of probable starters replaced shortly before the game.
    """

    seed: int = 20
    first_day: date = date(2023, 4, 1)
    today: date = date(2024, 6, 15)
    season_days: int = 76
    now_hour_utc: float = 17.75
    open_error: float = 0.17
    close_error: float = 0.06
    total_open_error: float = 0.45
    total_close_error: float = 0.18
    planted_edge_points: float = 0.0
    postponed_share: float = 0.014
    split_doubleheader_share: float = 0.4
    suspended_share: float = 0.002
    scratched_share: float = 0.02

    def __post_init__(self) -> None:
        """Refuse dials that would give a league without games or with impossible shares."""
        if self.first_day > self.today:
            raise BadLeagueConfig(f"first_day {self.first_day} is after today {self.today}")
        if not 7 <= self.season_days <= 200:
            raise BadLeagueConfig(f"season_days {self.season_days} is not within 7..200")
        if self.opening_day(self.today.year) > self.today:
            raise BadLeagueConfig(f"today {self.today} lies before its season opens")
        if (self.today - self.opening_day(self.today.year)).days > 200:
            raise BadLeagueConfig(f"today {self.today} lies more than 200 days into its season")
        for dial in ("open_error", "close_error", "total_open_error", "total_close_error", "planted_edge_points"):
            if not 0 <= getattr(self, dial) <= 20:
                raise BadLeagueConfig(f"{dial} {getattr(self, dial)} is not within 0..20")
        for dial in ("postponed_share", "split_doubleheader_share", "suspended_share", "scratched_share"):
            if not 0 <= getattr(self, dial) <= 1:
                raise BadLeagueConfig(f"{dial} {getattr(self, dial)} is not a share")

    @classmethod
    def without_edge(cls, *, seed: int = 20) -> "SimulationConfig":
        """A league whose every price is the truth plus margin: nobody can win money in it."""
        return cls(seed=seed, open_error=0.0, close_error=0.0, total_open_error=0.0, total_close_error=0.0)

    @property
    def seasons(self) -> tuple[int, ...]:
        """Seasons by year, the last one being that of `today`."""
        return tuple(range(self.first_day.year, self.today.year + 1))

    @property
    def now(self) -> datetime:
        """The instant (UTC) at which the demo looks at the league."""
        return datetime(self.today.year, self.today.month, self.today.day, tzinfo=UTC) + timedelta(
            hours=self.now_hour_utc
        )

    def opening_day(self, season: int) -> date:
        """First day with games of a season."""
        return self.first_day.replace(year=season)

    def closing_day(self, season: int) -> date:
        """Last day with games of a season; for the current one two days after today."""
        if season == self.today.year:
            return self.today + timedelta(days=2)
        return self.opening_day(season) + timedelta(days=self.season_days - 1)

    def stream(self, job: Stream, *key: int) -> np.random.Generator:
        """The random numbers of one job (and, with `key`, of one game in it)."""
        return np.random.default_rng([self.seed, int(job), *key])
