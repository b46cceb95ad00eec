"""MLB's live feed 1.1: the one payload with the state, the weather, the actual first pitch and the box score of a game.

Belongs here: gameData and liveData of /api/v1.1/game/{pk}/feed/live.
Not here: the parts it shares with other payloads (mlb_schedule.py, mlb_box_score.py).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import GameResult, Person, SourceGame
from mlb_ml_assets.sources.mlb_box_score import add_box, conditions, line_scores
from mlb_ml_assets.sources.mlb_schedule import (
    FORFEITED,
    SEASON_TYPE,
    SIDES,
    probable_starter,
    schedule_game,
    suspension,
)
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, mapping_of

# Where a feed says that its game moved or was continued, as the schedule does.
MOVES = ("resumedFrom", "resumeDate", "rescheduleDate", "rescheduleGameDate", "rescheduledFrom", "rescheduledFromDate")
# The first pitch of a game that was suspended later: not before the crowd is in, and on the evening that it began.
EARLY, SUSPENDED_WITHIN = timedelta(minutes=30), timedelta(hours=6)
HANDS = {"L": "L", "R": "R", "S": "B"}


def add_live_feed(parsed: Parsed, content: object) -> None:
    """Everything of /api/v1.1/game/{pk}/feed/live."""
    data, live = reading.mapping(content, "gameData"), reading.mapping(content, "liveData")
    game = schedule_game(_as_schedule(content, data, live), parsed.captured_at)
    if reading.text(reading.mapping(data, "game"), "type") not in SEASON_TYPE:
        parsed.left_out["all-star or exhibition"] += 1
        return
    parsed.games.append(game)
    pk, known_at = game.source_game_id, parsed.captured_at
    _add_people(parsed, data)
    listed = data.get("probablePitchers")
    if isinstance(listed, Mapping):
        for side in SIDES:
            parsed.probables.append(probable_starter(pk, side, known_at, listed.get(side)))
    box = mapping_of(live.get("boxscore"))
    weather = mapping_of(data.get("weather"))
    starters: dict[str, tuple[str, str | None]] = {}
    if weather.get("condition"):
        with _part_of(parsed, pk):
            parsed.conditions.append(conditions(pk, known_at, weather, box.get("officials")))
    with _part_of(parsed, pk):
        starters = add_box(parsed, pk, box, final=game.status == "final")
    with _part_of(parsed, pk):
        stopped = suspension(game, _as_schedule(content, data, live) | _score(live), known_at)
        if stopped is not None:
            parsed.suspensions.append(stopped)
    if game.status == "final":
        with _part_of(parsed, pk):
            parsed.results.append(_result(parsed, game, data, live, starters))


@contextmanager
def _part_of(parsed: Parsed, pk: str) -> Iterator[None]:
    """A part that cannot be read is put aside; the other parts of the game go on."""
    try:
        yield
    except BadField as error:
        parsed.reject(error, {"gamePk": pk, "field": error.field, "value": str(error.value)[:200]}, pk)


def _as_schedule(content: object, data: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """The live feed's scattered facts in the places where the schedule has them."""
    game, when = reading.mapping(data, "game"), reading.mapping(data, "datetime")
    teams = reading.mapping(data, "teams")
    record: dict[str, Any] = {
        "gamePk": reading.get(content, "gamePk"),
        "gameType": game.get("type"),
        "season": game.get("season"),
        "gameDate": when.get("dateTime"),
        "officialDate": when.get("officialDate"),
        "dayNight": when.get("dayNight"),
        "status": data.get("status"),
        "teams": {side: {"team": reading.mapping(teams, side)} for side in SIDES},
        "venue": data.get("venue"),
        "gameNumber": game.get("gameNumber"),
        "doubleHeader": game.get("doubleHeader"),
        "scheduledInnings": mapping_of(live.get("linescore")).get("scheduledInnings"),
    }
    moved = {key: when[key] for key in MOVES if key in when}
    return {key: value for key, value in record.items() if value is not None} | moved


def _add_people(parsed: Parsed, data: Mapping[str, Any]) -> None:
    for player in mapping_of(data.get("players")).values():
        try:
            parsed.people.append(
                Person(
                    player_id=reading.identifier(player, "id"),
                    full_name=reading.text(player, "fullName", 100),
                    bats=HANDS.get(str(mapping_of(mapping_of(player).get("batSide")).get("code"))),
                    throws=HANDS.get(str(mapping_of(mapping_of(player).get("pitchHand")).get("code"))),
                    birth_date=_day(player, "birthDate"),
                    debut=_day(player, "mlbDebutDate"),
                )
            )
        except BadField as error:
            parsed.reject(error, {"player": str(reading.get(player, "id"))[:50], "field": error.field})


def _day(record: object, field: str) -> date | None:
    value = reading.text_or_none(record, field)
    return None if value is None else reading.as_day(value, field)


def _result(
    parsed: Parsed,
    game: SourceGame,
    data: Mapping[str, Any],
    live: Mapping[str, Any],
    starters: dict[str, tuple[str, str | None]],
) -> GameResult:
    linescore = reading.mapping(live, "linescore")
    totals = reading.mapping(linescore, "teams")
    innings, lines = line_scores(linescore)
    when = mapping_of(data.get("datetime"))
    home, away = starters.get("home", (None, None)), starters.get("away", (None, None))
    return GameResult(
        source_game_id=game.source_game_id,
        known_at=parsed.captured_at,
        home_score=reading.whole(reading.mapping(totals, "home"), "runs", 0, 60),
        away_score=reading.whole(reading.mapping(totals, "away"), "runs", 0, 60),
        innings=innings,
        home_line_score=lines.get("home"),
        away_line_score=lines.get("away"),
        suspended="resumedFrom" in when or "resumeDate" in when,
        home_bats_first=game.home_bats_first,
        first_pitch=_first_pitch(data, game),
        home_starter_id=home[0],
        home_starter_name=home[1],
        away_starter_id=away[0],
        away_starter_name=away[1],
        completed_at=_last_play(live),
        forfeit=reading.text(reading.mapping(data, "status"), "codedGameState") in FORFEITED,
    )


def _first_pitch(data: Mapping[str, Any], game: SourceGame) -> datetime | None:
    """The actual first pitch; None where the feed has none, or for a continued game has that of the continuation."""
    value = mapping_of(data.get("gameInfo")).get("firstPitch")
    if value is None:
        return None
    first = reading.as_instant(value, "gameInfo.firstPitch")
    when = mapping_of(data.get("datetime"))
    if "resumedFrom" not in when and "resumeDate" not in when:
        return first
    start = game.scheduled_start
    return first if start is not None and start - EARLY <= first < start + SUSPENDED_WITHIN else None


def _score(live: Mapping[str, Any]) -> dict[str, Any]:
    """The score so far and the line score, in the places where the schedule has them."""
    linescore = mapping_of(live.get("linescore"))
    totals = mapping_of(linescore.get("teams"))
    scores = {side: {"score": mapping_of(totals.get(side)).get("runs")} for side in SIDES}
    return {"linescore": linescore, "teams": scores}


def _last_play(live: Mapping[str, Any]) -> datetime | None:
    """End of the last play; None where the feed has no plays."""
    about = mapping_of(mapping_of(mapping_of(live.get("plays")).get("currentPlay")).get("about"))
    ended = about.get("endTime")
    return None if ended is None else reading.as_instant(ended, "plays.currentPlay.about.endTime")
