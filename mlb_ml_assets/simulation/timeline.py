"""What of a game is public at an instant: its listings, state, starters, lineups, score so far.

Belongs here: the one place that compares the league's facts with the clock; payload modules print what it lets through.
Not here: print anything (payload modules), draw anything.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.simulation.clubs import CLUBS, Club
from mlb_ml_assets.simulation.league import League

_PRE_GAME = timedelta(minutes=60)
_WEATHER_BEFORE = timedelta(hours=3)
SCHEDULED, PRE_GAME, LIVE, SUSPENDED, FINAL, POSTPONED = (
    "scheduled",
    "pre-game",
    "live",
    "suspended",
    "final",
    "postponed",
)


@dataclass(frozen=True)
class Listing:
    """One entry of a game in a schedule. A game that moved has two: where it was, and where it went.

    Attributes:
        row: the game's position in the league.
        day: the date under which it is listed.
        start: the start listed there (UTC).
        state: one of the states above.
        doubleheader, game_number: as listed then.
        event_start: the start that books list (game 2 of a traditional doubleheader: hours after `start`).
        first_event: books quote the listing that rain ended, or will end, not the one after it.
        moved_away: rained out here; the other listing has it.
        resumes: this is the day on which a suspended game goes on.
    """

    row: int
    day: date
    start: datetime
    state: str
    doubleheader: str
    game_number: int
    event_start: datetime
    first_event: bool = False
    moved_away: bool = False
    resumes: bool = False


@dataclass(frozen=True)
class Score:
    """Runs by inning so far, -1 where a half has not been played."""

    home: np.ndarray
    away: np.ndarray
    share_played: float

    @property
    def runs(self) -> tuple[int, int]:
        """Runs of the home and the away side."""
        return int(np.maximum(self.home, 0).sum()), int(np.maximum(self.away, 0).sum())

    @property
    def innings(self) -> int:
        """Innings begun."""
        return int((self.away >= 0).sum())


class Timeline:
    """The league as the public sees it at a given instant. `now` is aware and in UTC."""

    def __init__(self, league: League) -> None:
        self.league = league
        games, table = league.games, league.facts.table
        self._columns: dict[str, list[Any]] = {name: games[name].to_list() for name in games.columns}
        self._columns |= {name: table[name].to_list() for name in table.columns}
        self._instants = {
            name: [None if value is pd.NaT else value.to_pydatetime() for value in self._columns[name]]
            for frame in (games, table)
            for name in frame.select_dtypes("datetimetz").columns
        }
        self.people: dict[int, dict[str, Any]] = {
            int(player["player_id"]): {str(name): value for name, value in player.items()}
            for player in league.roster.players.to_dict("records")
        }
        self._records_of: tuple[int, datetime] | None = None
        self._records: list[tuple[int, int]] = []
        self._by_day: dict[date, list[int]] = {}
        for row, played in enumerate(self._columns["official_date"]):
            days = {played, self._columns["original_date"][row]}
            if self._instants["resumed_at"][row] is not None:
                days.add(played + timedelta(days=1))
            for day in days:
                self._by_day.setdefault(day, []).append(row)

    def fact(self, row: int, name: str) -> Any:
        """One column of the league's games or of their circumstances."""
        return self._columns[name][row]

    def instant(self, row: int, name: str) -> datetime | None:
        """An instant of a game; None where it has none."""
        return self._instants[name][row]

    def club(self, row: int, side: str) -> Club:
        """The home or away club."""
        return CLUBS[int(self._columns[side][row])]

    def reached(self, row: int, name: str, now: datetime) -> bool:
        """Whether the named instant of a game lies behind `now`."""
        instant = self.instant(row, name)
        return instant is not None and instant <= now

    def listings(self, first: date, last: date, now: datetime) -> list[Listing]:
        """What a schedule for these days (both included) lists at `now`, in order of start."""
        found = []
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            of_day = [listing for row in self._by_day.get(day, []) for listing in self.of_game(row, now)]
            found += sorted((one for one in of_day if one.day == day), key=lambda one: (one.start, one.row))
        return found

    def of_game(self, row: int, now: datetime) -> list[Listing]:
        """Every listing of one game at `now`, the one that holds last."""
        games = self._columns
        start, original = self.instant(row, "start"), self.instant(row, "original_start")
        played, planned = games["official_date"][row], games["original_date"][row]
        assert start is not None
        assert original is not None
        rained_out = played != planned
        if self.instant(row, "moved_at") is not None and not self.reached(row, "moved_at", now):
            state = self._before(original, now)
            return [Listing(row, planned, original, state, "N", 1, original, first_event=rained_out)]
        event_start = self.instant(row, "market_start")
        assert event_start is not None
        kind, number, state = games["doubleheader"][row], games["game_number"][row], self.state(row, now)
        listing = Listing(row, played, start, state, kind, number, event_start)
        if rained_out:
            gone = Listing(row, planned, original, POSTPONED, "N", 1, original, first_event=True, moved_away=True)
            return [gone, listing]
        resumed_at = self.instant(row, "resumed_at")
        if resumed_at is not None and self.reached(row, "suspended_at", now):
            day = resumed_at.astimezone(EASTERN).date()
            return [listing, Listing(row, day, resumed_at, state, kind, number, event_start, resumes=True)]
        return [listing]

    def official_day(self, row: int, now: datetime) -> date:
        """The date to which the game belongs as of `now`: where it is played, or began if it was suspended."""
        return next(one.day for one in self.of_game(row, now) if not one.moved_away and not one.resumes)

    def state(self, row: int, now: datetime) -> str:
        """State of a game on the day on which it is played."""
        if self.reached(row, "ended_at", now):
            return FINAL
        if self.reached(row, "suspended_at", now) and not self.reached(row, "resumed_at", now):
            return SUSPENDED
        if self.reached(row, "first_pitch", now):
            return LIVE
        start = self.instant(row, "market_start")
        assert start is not None
        return self._before(start, now)

    @staticmethod
    def _before(start: datetime, now: datetime) -> str:
        return PRE_GAME if now >= start - _PRE_GAME else SCHEDULED

    def probables(self, row: int, now: datetime) -> tuple[int | None, int | None]:
        """Player ids of the listed starters, home and away; the actual ones from a scratch on."""
        if not self.reached(row, "probables_at", now):
            return None, None
        facts = self.league.facts
        actual = self.reached(row, "scratched_at", now) or self.reached(row, "first_pitch", now)
        home, away = (facts.starters if actual else facts.probables)[row]
        return int(home), int(away)

    def lineups(self, row: int, now: datetime) -> tuple[list[int], list[int]] | None:
        """Batting orders, home and away, once they are posted."""
        if not self.reached(row, "lineups_at", now):
            return None
        home, away = self.league.facts.lineups[row]
        return home.tolist(), away.tolist()

    def weather_is_known(self, row: int, now: datetime) -> bool:
        """Whether weather and umpires are published: from three hours before the start."""
        start = self.instant(row, "market_start")
        return start is not None and now >= start - _WEATHER_BEFORE

    def score(self, row: int, now: datetime) -> Score | None:
        """The score so far; None before first pitch."""
        pitch, end = self.instant(row, "first_pitch"), self.instant(row, "ended_at")
        assert pitch is not None
        assert end is not None
        if now < pitch:
            return None
        played, whole = now - pitch, end - pitch
        stopped, resumed = self.instant(row, "suspended_at"), self.instant(row, "resumed_at")
        if stopped is not None and resumed is not None:
            whole -= resumed - stopped
            played = min(now, stopped) - pitch + max(now - resumed, timedelta(0))
        share = min(1.0, played / whole)
        lines, innings = self.league.lines, int(self._columns["innings"][row])
        halves = 2 * innings if share >= 1 else int(2 * innings * share)
        home, away = lines.home[row, :innings].copy(), lines.away[row, :innings].copy()
        away[(halves + 1) // 2 :], home[halves // 2 :] = -1, -1
        return Score(home=home, away=away, share_played=share)

    def records(self, season: int, now: datetime) -> list[tuple[int, int]]:
        """Wins and losses of each club so far."""
        if self._records_of == (season, now):
            return self._records
        wins, losses = [0] * len(CLUBS), [0] * len(CLUBS)
        games = self._columns
        for row, year in enumerate(games["season"]):
            if year == season and games["ended_at"][row] <= now:
                home_won = games["home_score"][row] > games["away_score"][row]
                winner, loser = ("home", "away") if home_won else ("away", "home")
                wins[games[winner][row]] += 1
                losses[games[loser][row]] += 1
        self._records_of, self._records = (season, now), list(zip(wins, losses, strict=True))
        return self._records
