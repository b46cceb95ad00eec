"""The fixtures of the league: series, start times, doubleheaders, games that rain moved or stopped.

Belongs here: who plays whom, where and when, as scheduled and as it came about.
Not here: who pitches or bats (circumstance.py), scores (innings.py).
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pandas as pd

from mlb_ml_assets.simulation.clubs import CLUBS
from mlb_ml_assets.simulation.config import SimulationConfig, Stream

FIRST_GAME_PK = 990001
FIRST_ACTION_NETWORK_ID = 900001
# All 21 completed traditional doubleheaders of 2024-25 list game 2 five minutes after game 1.
SECOND_GAME_LISTED_AFTER = timedelta(minutes=5)

_NIGHT = ("18:40", "19:05", "19:10", "19:10", "19:40")
_DAY = ("12:35", "13:10", "13:10")
_SATURDAY = ("13:05", "13:10", "14:10", "14:15", "16:05", "16:10", "18:10", "19:10", "19:15")
_SUNDAY = ("12:10", "13:35", "13:35", "13:40", "14:10", "16:10", "19:10")
_DAY_SHARE = {2: 0.3, 3: 0.45}


@dataclass
class Fixture:
    """One game on its way from plan to play. `start` and `official_date` are the final ones."""

    season: int
    home: int
    away: int
    official_date: date
    start: datetime
    last_of_series: bool
    doubleheader: str = "N"
    game_number: int = 1
    original_date: date | None = None
    original_start: datetime | None = None
    postponed_at: datetime | None = None
    moved_at: datetime | None = None
    suspended: bool = False
    ids: dict[str, int] = field(default_factory=dict)


def build_schedule(config: SimulationConfig) -> pd.DataFrame:
    """Every game of every season, in order of play.

    Returns:
        One row a game: game_pk, action_network_id, postponed_action_network_id (0 if it never moved), season,
        official_date (date), start (UTC, final schedule), home and away (club numbers), doubleheader, game_number,
        original_date, original_start, postponed_at (NaT unless rained out), moved_at (when original_start gave way to
        start, also for the game that it then shared its day with), suspended, day_night (day or night).
    """
    random = config.stream(Stream.SCHEDULE)
    fixtures = [game for season in config.seasons for game in _season(config, season, random)]
    _rain_out(config, fixtures, random)
    fixtures.sort(key=lambda game: (game.official_date, game.start, game.home))
    _number(fixtures, random)
    for game in fixtures:
        if game.doubleheader == "N" and game.postponed_at is None:
            # The day after is kept free of a second story: the league's last day cannot resume anything.
            room = game.official_date < config.closing_day(game.season)
            game.suspended = bool(random.random() < config.suspended_share) and room
    return _frame(fixtures)


def _season(config: SimulationConfig, season: int, random: np.random.Generator) -> list[Fixture]:
    opening, closing = config.opening_day(season), config.closing_day(season)
    monday = opening - timedelta(days=opening.weekday())
    home_games, last_opponent = np.zeros(len(CLUBS), int), np.full(len(CLUBS), -1)
    games: list[Fixture] = []
    while monday <= closing:
        for weekend in (False, True):
            for home, away in _pairings(home_games, last_opponent, random):
                first, length = (4, 3) if weekend else ((0, 4), (0, 3), (1, 3), (1, 3))[int(random.integers(4))]
                days = [monday + timedelta(days=first + step) for step in range(length)]
                days = [day for day in days if opening <= day <= closing]
                home_games[home] += len(days)
                games += [
                    Fixture(season, home, away, day, _start(day, home, random), last_of_series=day == days[-1])
                    for day in days
                ]
        monday += timedelta(days=7)
    return games


def _pairings(home_games: np.ndarray, last_opponent: np.ndarray, random: np.random.Generator) -> list[tuple[int, int]]:
    for _ in range(60):
        order = random.permutation(len(CLUBS)).reshape(-1, 2)
        if not np.any(last_opponent[order[:, 0]] == order[:, 1]):
            break
    pairs = []
    for one, other in order.tolist():
        last_opponent[one], last_opponent[other] = other, one
        pairs.append((one, other) if home_games[one] <= home_games[other] else (other, one))
    return pairs


def _start(day: date, home: int, random: np.random.Generator) -> datetime:
    weekday = day.weekday()
    menu = {5: _SATURDAY, 6: _SUNDAY}.get(weekday, _NIGHT)
    if weekday < 5 and random.random() < _DAY_SHARE.get(weekday, 0.03):
        menu = _DAY
    return _at(day, menu[int(random.integers(len(menu)))], home)


def _at(day: date, clock: str, home: int) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=CLUBS[home].zone).astimezone(UTC)


def _rain_out(config: SimulationConfig, fixtures: list[Fixture], random: np.random.Generator) -> None:
    """Move some games to the next day of their series, where the two are played as a doubleheader."""
    by_slot = {(game.home, game.away, game.official_date): game for game in fixtures}
    wet: set[tuple[int, int, int]] = set()
    for game in fixtures:
        # Games that can move are about 2/3 of all at parks without a roof, about 3/4 of the parks.
        moved = random.random() < 2 * config.postponed_share
        key = (game.home, game.away, game.official_date.toordinal() // 5)
        neighbour = by_slot.get((game.home, game.away, game.official_date + timedelta(days=1)))
        if not moved or key in wet or game.last_of_series or neighbour is None or CLUBS[game.home].roof != "Open":
            continue
        if neighbour.doubleheader != "N" or game.doubleheader != "N":
            continue
        wet.add(key)
        game.original_date, game.original_start = game.official_date, game.start
        game.postponed_at = game.start - timedelta(minutes=int(random.integers(30, 180)))
        game.official_date = neighbour.official_date
        game.moved_at = neighbour.moved_at = game.postponed_at
        neighbour.original_start = neighbour.start
        _play_two(config, [game, neighbour], random)


def _play_two(config: SimulationConfig, pair: list[Fixture], random: np.random.Generator) -> None:
    if random.random() < 0.5:
        pair.reverse()
    day, home = pair[0].official_date, pair[0].home
    split = random.random() < config.split_doubleheader_share
    pair[0].start = _at(day, "13:10" if split else "14:05", home)
    pair[1].start = _at(day, "18:40", home) if split else pair[0].start + SECOND_GAME_LISTED_AFTER
    for number, game in enumerate(pair, start=1):
        game.doubleheader, game.game_number = ("S" if split else "Y"), number


def _number(fixtures: list[Fixture], random: np.random.Generator) -> None:
    game_pks = FIRST_GAME_PK + random.permutation(len(fixtures) * 2)
    for number, game in enumerate(fixtures):
        game.ids = {
            "game_pk": int(game_pks[number]),
            "action_network_id": FIRST_ACTION_NETWORK_ID + 2 * number,
            "postponed_action_network_id": FIRST_ACTION_NETWORK_ID + 2 * number + 1 if game.postponed_at else 0,
        }


def _frame(fixtures: list[Fixture]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            **{name: [game.ids[name] for game in fixtures] for name in fixtures[0].ids},
            "season": [game.season for game in fixtures],
            "official_date": [game.official_date for game in fixtures],
            "start": [game.start for game in fixtures],
            "home": [game.home for game in fixtures],
            "away": [game.away for game in fixtures],
            "doubleheader": [game.doubleheader for game in fixtures],
            "game_number": [game.game_number for game in fixtures],
            "original_date": [game.original_date or game.official_date for game in fixtures],
            "original_start": [game.original_start or game.start for game in fixtures],
            "postponed_at": pd.Series([game.postponed_at for game in fixtures], dtype="datetime64[ns, UTC]"),
            "moved_at": pd.Series([game.moved_at for game in fixtures], dtype="datetime64[ns, UTC]"),
            "suspended": [game.suspended for game in fixtures],
        }
    )
    hours = [start.astimezone(CLUBS[home].zone).hour for start, home in zip(frame["start"], frame["home"], strict=True)]
    frame["day_night"] = ["day" if hour < 17 else "night" for hour in hours]
    return frame
