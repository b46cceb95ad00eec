"""MLB's schedule: games, their states and moves, doubleheaders, probable starters, final scores.

Belongs here: reading one game object of the schedule, and what its status codes and dates mean.
Not here: addresses (mlb_stats_api.py), box scores (mlb_box_score.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.sources import mlb_box_score, reading
from mlb_ml_assets.sources.game_rows import GameResult, LineupCard, ProbableStarter, SourceGame, Suspension
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, mapping_of

SIDES = ("home", "away")

# By codedGameState, because abstractGameState says "Final" of postponed and cancelled games too.
STATUS = {
    "S": "scheduled",
    "P": "scheduled",
    "I": "live",
    "M": "live",
    "N": "live",
    "F": "final",
    "O": "final",
    "Q": "final",
    "R": "final",
    "D": "postponed",
    "C": "cancelled",
    "U": "suspended",
    "T": "suspended",
}
# Forfeited games among the final ones.
FORFEITED = ("Q", "R")
SEASON_TYPE = {
    "R": "regular",
    "F": "postseason",
    "D": "postseason",
    "L": "postseason",
    "W": "postseason",
    "S": "spring",
    "E": "spring",
}
# The API lists game 2 of a traditional doubleheader 5 minutes after game 1 (all 21 pairs of 2024-25); it starts after
# game 1 ends, by rule 3 h 30 after its start.
SECOND_GAME_DELAY = timedelta(hours=3, minutes=25)
# 11:33 pm and 3:33 am Eastern mean a time to be announced: 03:33Z and 07:33Z in summer.
PLACEHOLDER_TIMES = (time(23, 33), time(3, 33))


def add_schedule(parsed: Parsed, games: list[Any], endpoint: str) -> None:
    """Every game of the list, once, with what is listed beside it. `hydrated` schedules say who is listed to start."""
    hydrated = "probablePitcher" in endpoint or any(
        "probablePitcher" in mapping_of(mapping_of(mapping_of(game).get("teams")).get(side))
        for game in games
        for side in SIDES
    )
    continued: dict[str, SourceGame] = {}
    best: dict[str, tuple[tuple[bool, bool, datetime], SourceGame, Mapping[str, Any]]] = {}
    for record in games:
        try:
            if reading.text(record, "gameType") not in SEASON_TYPE:
                parsed.left_out[f"game type {record['gameType']}"] += 1
                continue
            game = schedule_game(record, parsed.captured_at)
        except BadField as error:
            parsed.reject(error, record, _pk(record))
            continue
        # A moved game is listed under both days with one gamePk; the listing it moved to is its state.
        rank = (game.status != "postponed", game.listing != "resumed", reading.instant(record, "gameDate"))
        held = best.get(game.source_game_id)
        if held is not None:
            parsed.left_out["second listing of a moved game"] += 1
        if held is None or rank > held[0]:
            best[game.source_game_id] = (rank, game, record)
        if game.listing == "resumed" and game.status != "suspended":
            continued[game.source_game_id] = game
    for _, listed, record in best.values():
        # How far a suspended game is, its continuation says.
        ahead = continued.get(listed.source_game_id, listed)
        game = replace(listed, status=ahead.status, status_detail=ahead.status_detail)
        parsed.games.append(game)
        try:
            _add_details(parsed, game, record, hydrated=hydrated)
        except BadField as error:
            parsed.reject(error, record, game.source_game_id)


def _pk(record: object) -> str | None:
    value = reading.get(record, "gamePk")
    return str(value)[:100] if isinstance(value, int) else None


def schedule_game(record: object, captured_at: datetime) -> SourceGame:
    """One game object of the schedule (the live feed is brought into the same form)."""
    status = reading.mapping(record, "status")
    teams = reading.mapping(record, "teams")
    home, away = (reading.identifier(reading.mapping(reading.mapping(teams, s), "team"), "id") for s in SIDES)
    venue = mapping_of(mapping_of(record).get("venue"))
    game_pk = reading.whole(record, "gamePk", 1, 2**40)
    listing = _listing(record)
    start = _start(record, listing)
    is_announced = start.listed is not None
    day_night = reading.text_or_none(record, "dayNight")
    detail = [reading.text_or_none(status, "detailedState"), reading.text_or_none(status, "reason")]
    return SourceGame(
        source_game_id=str(game_pk),
        game_pk=game_pk,
        game_date=reading.as_day(reading.get(record, "officialDate"), "officialDate"),
        season=reading.whole(record, "season", 1876, 2100),
        season_type=_season_type(record),
        home_team=home,
        away_team=away,
        # The number and kind of a listing left behind are those of its old day.
        game_number=1 if listing == "moved" else _game_number(record),
        doubleheader="N" if listing == "moved" else _doubleheader(record),
        scheduled_start=start.scheduled,
        start_assumed=start.is_assumed,
        listed_start=start.listed,
        listing=listing,
        moved_from=_day_or_none(record, "rescheduledFromDate"),
        status=_status(record, listing),
        status_detail=" ".join(part for part in detail if part)[:60] or None,
        venue_id=reading.identifier(venue, "id") if "id" in venue else None,
        venue_name=reading.text_or_none(venue, "name"),
        # MLB derives it from the listed start, of which a placeholder is none.
        day_night={"day": "D", "night": "N"}.get(day_night or "") if is_announced else None,
        scheduled_innings=reading.whole_or_none(record, "scheduledInnings", 1, 9),
        home_bats_first=mapping_of(record).get("reverseHomeAwayStatus") is True,
        captured_at=captured_at,
    )


def _coded_status(record: object) -> str:
    coded = reading.text(reading.mapping(record, "status"), "codedGameState")
    if coded not in STATUS:
        raise BadField("codedGameState", coded, "unknown status")
    return STATUS[coded]


def _listing(record: object) -> str:
    """Whether the game is where this listing is, has moved from there to a known day, or is continued there."""
    held = mapping_of(record)
    if _coded_status(record) == "postponed" and (held.get("rescheduleDate") or held.get("rescheduleGameDate")):
        return "moved"
    return "resumed" if isinstance(held.get("resumedFrom"), str) else "current"


def _status(record: object, listing: str) -> str:
    status = _coded_status(record)
    # A continuation that has not begun is no game that one could still bet on.
    return "suspended" if listing == "resumed" and status == "scheduled" else status


@dataclass(frozen=True)
class _Start:
    """`listed`: as listed, None for a placeholder; `scheduled`: None where only a rule can give it."""

    scheduled: datetime | None
    listed: datetime | None
    is_assumed: bool


# Where a listing names the start of the game that it is about; the first pitch of a continuation is not the game's.
START_FIELDS = {"current": "gameDate", "moved": "rescheduleDate", "resumed": "resumedFrom"}


def _start(record: object, listing: str) -> _Start:
    field = START_FIELDS[listing]
    value = reading.get(record, field)
    if listing == "moved" and (not isinstance(value, str) or len(value) <= 10):
        # A new day without a time.
        return _Start(None, None, is_assumed=True)
    listed = reading.as_instant(value, field)
    if is_placeholder(listed):
        return _Start(None, None, is_assumed=True)
    if listing == "current" and mapping_of(reading.mapping(record, "status")).get("startTimeTBD") is True:
        # On one ticket the second game is to be announced too, and listed with the first.
        is_second = _doubleheader(record) != "N" and _game_number(record) == 2
        scheduled = listed + SECOND_GAME_DELAY if is_second else None
        return _Start(scheduled, listed, is_assumed=True)
    is_continued = isinstance(reading.get(record, "resumeDate"), str)
    if listing == "current" and _doubleheader(record) == "Y" and _game_number(record) == 2 and not is_continued:
        return _Start(listed + SECOND_GAME_DELAY, listed, is_assumed=True)
    return _Start(listed, listed, is_assumed=False)


def is_placeholder(start: datetime) -> bool:
    """Whether a start is one of MLB's placeholders for a time to be announced."""
    return start.astimezone(EASTERN).time() in PLACEHOLDER_TIMES


def _season_type(record: object) -> str:
    kind = reading.text(record, "gameType")
    if kind not in SEASON_TYPE:
        raise BadField("gameType", kind, "unknown kind of game")
    return SEASON_TYPE[kind]


def _doubleheader(record: object) -> str:
    return reading.text_or_none(record, "doubleHeader") or "N"


def _game_number(record: object) -> int:
    return reading.whole_or_none(record, "gameNumber", 1, 3) or 1


def _day_or_none(record: object, field: str) -> date | None:
    value = reading.get(record, field)
    return reading.as_day(value[:10], field) if isinstance(value, str) else None


def _add_details(parsed: Parsed, game: SourceGame, record: Mapping[str, Any], *, hydrated: bool) -> None:
    known_at = parsed.captured_at
    teams = reading.mapping(record, "teams")
    if game.status == "final":
        parsed.results.append(_result(game, record, teams, known_at))
    stopped = suspension(game, record, known_at)
    if stopped is not None:
        parsed.suspensions.append(stopped)
    if hydrated:
        for side in SIDES:
            listed = mapping_of(teams.get(side)).get("probablePitcher")
            parsed.probables.append(probable_starter(game.source_game_id, side, known_at, listed))
    if mapping_of(record.get("weather")).get("condition"):
        parsed.conditions.append(
            mlb_box_score.conditions(
                game.source_game_id, known_at, mapping_of(record.get("weather")), record.get("officials")
            )
        )
    cards = mapping_of(record.get("lineups"))
    for side in SIDES:
        players = cards.get(f"{side}Players")
        if isinstance(players, list) and len(players) == 9:
            batters = tuple(reading.identifier(player, "id") for player in players)
            parsed.lineups.append(LineupCard(game.source_game_id, side, known_at, batters))


def _result(game: SourceGame, record: Mapping[str, Any], teams: Mapping[str, Any], known_at: datetime) -> GameResult:
    scores = {side: reading.whole(reading.mapping(teams, side), "score", 0, 60) for side in SIDES}
    innings, lines = mlb_box_score.line_scores(mapping_of(record.get("linescore")))
    return GameResult(
        source_game_id=game.source_game_id,
        known_at=known_at,
        home_score=scores["home"],
        away_score=scores["away"],
        innings=innings,
        home_line_score=lines.get("home"),
        away_line_score=lines.get("away"),
        suspended="resumedFrom" in record or "resumeDate" in record,
        home_bats_first=game.home_bats_first,
        forfeit=reading.text(reading.mapping(record, "status"), "codedGameState") in FORFEITED,
    )


def suspension(game: SourceGame, record: Mapping[str, Any], known_at: datetime) -> Suspension | None:
    """When a suspended game goes on, and its score and outs while it is suspended; None for every other game.

    Of its two listings the one under its own day has resumeDate, the one under the day it goes on resumedFrom.
    """
    resumes_at = None
    if isinstance(record.get("resumeDate"), str):
        resumes_at = reading.as_instant(record["resumeDate"], "resumeDate")
    elif isinstance(record.get("resumedFrom"), str):
        resumes_at = reading.instant(record, "gameDate")
    if game.status != "suspended":
        return None if resumes_at is None else Suspension(game.source_game_id, known_at, resumes_at=resumes_at)
    teams, linescore = mapping_of(record.get("teams")), mapping_of(record.get("linescore"))
    home, away = (reading.whole_or_none(mapping_of(teams.get(side)), "score", 0, 60) for side in SIDES)
    outs = mlb_box_score.outs_played(linescore)
    return Suspension(game.source_game_id, known_at, home, away, outs, resumes_at)


def probable_starter(pk: str, side: str, known_at: datetime, listed: object) -> ProbableStarter:
    """Who is listed; nobody where the listing is absent."""
    player = mapping_of(listed)
    player_id = reading.identifier(player, "id") if "id" in player else None
    return ProbableStarter(pk, side, known_at, player_id, reading.text_or_none(player, "fullName", 100))
