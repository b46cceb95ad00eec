"""Rows about a game itself: when, where, who, how it ended. Prices are in rows.py.

Belongs here: the types of a game, its starters, conditions, lineups and box score lines, and their limits.
Not here: prices and splits (rows.py), team codes (a team is what the source calls it until identity/ maps it).
"""

from dataclasses import dataclass, fields
from datetime import date, datetime

from mlb_ml_assets.sources.reading import BadField

STATUSES = ("scheduled", "live", "final", "postponed", "cancelled", "suspended")
SEASON_TYPES = ("regular", "postseason", "spring")
# 26 innings is the record (1920); 150 at-bats in one game is beyond it.
HIGHEST_COUNT = 400


@dataclass(frozen=True, slots=True)
class SourceGame:
    """A game as one source lists it at `captured_at`.

    `home_team`, `away_team`: the source's own words or ids. `game_date`: MLB's official date where the source has it,
    else the Eastern date of the start. `scheduled_start` None: the source gives no time; with `start_assumed` it is to
    be announced, and a rule gives one. `listed_start`: the start as listed, unless a placeholder. `season_type`,
    `neutral_site`, `scheduled_innings` None: not given. `listing`: "current", "moved" where the game has left this day
    for a known one, "resumed" where it continues a suspended game. `moved_from`: the day that the game has left.
    """

    source_game_id: str
    game_date: date
    season: int
    home_team: str
    away_team: str
    scheduled_start: datetime | None
    status: str
    captured_at: datetime
    game_pk: int | None = None
    season_type: str | None = None
    game_number: int = 1
    doubleheader: str = "N"
    away_rotation: int | None = None
    start_assumed: bool = False
    status_detail: str | None = None
    venue_id: str | None = None
    venue_name: str | None = None
    day_night: str | None = None
    neutral_site: bool | None = None
    scheduled_innings: int | None = None
    listed_start: datetime | None = None
    listing: str = "current"
    moved_from: date | None = None
    home_bats_first: bool = False

    def __post_init__(self) -> None:
        if self.home_team == self.away_team:
            raise BadField("away_team", self.away_team, "plays against itself")
        if self.status not in STATUSES:
            raise BadField("status", self.status, "unknown status")
        if self.season_type is not None and self.season_type not in SEASON_TYPES:
            raise BadField("season_type", self.season_type, "unknown kind of season")
        if self.doubleheader not in ("N", "Y", "S"):
            raise BadField("doubleheader", self.doubleheader, "neither N, Y nor S")
        if not 1 <= self.game_number <= 3:
            raise BadField("game_number", self.game_number, "no game of a doubleheader")
        if self.scheduled_innings is not None and not 1 <= self.scheduled_innings <= 9:
            raise BadField("scheduled_innings", self.scheduled_innings, "not 1..9")
        if not self.source_game_id or len(self.source_game_id) > 100:
            raise BadField("source_game_id", self.source_game_id, "empty or longer than 100")


@dataclass(frozen=True, slots=True)
class ProbableStarter:
    """Who is listed to start for a side at `known_at`; player None: the listing was withdrawn."""

    source_game_id: str
    side: str
    known_at: datetime
    player_id: str | None
    player_name: str | None


@dataclass(frozen=True, slots=True)
class GameResult:
    """Final score in runs. `home_starter_id`, `away_starter_id`: who actually started. Line scores as "0010000x1"."""

    source_game_id: str
    known_at: datetime
    home_score: int
    away_score: int
    innings: int | None = None
    home_line_score: str | None = None
    away_line_score: str | None = None
    suspended: bool = False
    home_bats_first: bool = False
    first_pitch: datetime | None = None
    home_starter_id: str | None = None
    home_starter_name: str | None = None
    away_starter_id: str | None = None
    away_starter_name: str | None = None
    completed_at: datetime | None = None
    forfeit: bool | None = None

    def __post_init__(self) -> None:
        for name in ("home_score", "away_score"):
            if not 0 <= getattr(self, name) <= 60:
                raise BadField(name, getattr(self, name), "no score of a game")


@dataclass(frozen=True, slots=True)
class Suspension:
    """A game that was stopped to be completed later, as reported at `known_at`; what is not reported is None.

    `home_score`, `away_score` and `outs` (of both sides) when it was stopped; `resumes_at`: scheduled or actual.
    """

    source_game_id: str
    known_at: datetime
    home_score: int | None = None
    away_score: int | None = None
    outs: int | None = None
    resumes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """Weather at the park (degrees Fahrenheit, miles an hour) and the plate umpire, as known at `known_at`."""

    source_game_id: str
    known_at: datetime
    temperature_fahrenheit: int | None
    wind_speed_mph: int | None
    wind_direction: str | None
    sky: str | None
    precipitation: str | None
    roof_closed: bool | None
    umpire_id: str | None
    umpire_name: str | None

    def __post_init__(self) -> None:
        if self.temperature_fahrenheit is not None and not -20 <= self.temperature_fahrenheit <= 120:
            raise BadField("temperature_fahrenheit", self.temperature_fahrenheit, "no weather for baseball")
        if self.wind_speed_mph is not None and not 0 <= self.wind_speed_mph <= 100:
            raise BadField("wind_speed_mph", self.wind_speed_mph, "no weather for baseball")


@dataclass(frozen=True, slots=True)
class LineupCard:
    """The nine of a side in batting order, player ids, as posted at `known_at`."""

    source_game_id: str
    side: str
    known_at: datetime
    batters: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.batters) != 9 or len(set(self.batters)) != 9:
            raise BadField("batters", list(self.batters), "not nine different batters")


class _Counts:
    """Box score counts: whole numbers of one game."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]
            value = getattr(self, one.name)
            if isinstance(value, int) and not 0 <= value <= HIGHEST_COUNT:
                raise BadField(one.name, value, "no count of one game")


@dataclass(frozen=True, slots=True)
class StarterLine(_Counts):
    """The starting pitcher's line of a finished game."""

    source_game_id: str
    side: str
    known_at: datetime
    player_id: str
    outs: int
    batters_faced: int | None
    hits: int
    runs: int
    earned_runs: int
    walks: int
    hit_batters: int | None
    strikeouts: int
    home_runs: int
    pitches: int | None
    ground_outs: int | None
    air_outs: int | None


@dataclass(frozen=True, slots=True)
class BullpenLine(_Counts):
    """All relievers of a side together."""

    source_game_id: str
    side: str
    known_at: datetime
    outs: int
    hits: int
    earned_runs: int
    walks: int
    strikeouts: int
    home_runs: int


@dataclass(frozen=True, slots=True)
class TeamLine(_Counts):
    """A side's batting, and its own errors."""

    source_game_id: str
    side: str
    known_at: datetime
    at_bats: int
    runs: int
    hits: int
    doubles: int
    triples: int
    home_runs: int
    walks: int
    strikeouts: int
    stolen_bases: int | None
    errors: int | None


@dataclass(frozen=True, slots=True)
class BatterLine(_Counts):
    """A player's batting line of a finished game; `slot` 1 to 9, `started`: in the starting nine."""

    source_game_id: str
    side: str
    known_at: datetime
    player_id: str
    slot: int | None
    started: bool | None
    plate_appearances: int
    at_bats: int
    hits: int
    doubles: int
    triples: int
    home_runs: int
    walks: int
    intentional_walks: int | None
    hit_by_pitch: int | None
    strikeouts: int
    sacrifice_bunts: int | None
    sacrifice_flies: int | None


@dataclass(frozen=True, slots=True)
class PitcherLine(_Counts):
    """A pitching appearance of a finished game; `appearance` 1 is the starter."""

    source_game_id: str
    side: str
    known_at: datetime
    player_id: str
    appearance: int
    batters_faced: int
    outs: int
    hits: int
    doubles: int
    triples: int
    home_runs: int
    earned_runs: int
    walks: int
    intentional_walks: int | None
    hit_batters: int | None
    strikeouts: int
    pitches: int | None


@dataclass(frozen=True, slots=True)
class LineupPositions:
    """Fielding positions of the starting nine in batting order: 1 pitcher, 2 catcher, … 9 right field, 10 DH."""

    source_game_id: str
    side: str
    known_at: datetime
    positions: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.positions) != 9 or not all(1 <= position <= 10 for position in self.positions):
            raise BadField("positions", list(self.positions), "not nine positions from 1 to 10")


@dataclass(frozen=True, slots=True)
class Person:
    """A player: MLBAM id as text, handedness L, R or B (both)."""

    player_id: str
    full_name: str
    bats: str | None = None
    throws: str | None = None
    birth_date: date | None = None
    debut: date | None = None
