"""MLB's schedule: games, their states and moves, double-headers, probable starters, final scores.

Belongs here: reading one game object of the schedule, and what its status codes and dates mean.
Not here: addresses (mlb_stats_api.py), box scores (mlb_box_score.py).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mlb_ml_assets.sources import mlb_box_score, reading
from mlb_ml_assets.sources.game_rows import GameResult, LineupCard, ProbableStarter, SourceGame
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
SEASON_TYPE = {
    "R": "regular",
    "F": "postseason",
    "D": "postseason",
    "L": "postseason",
    "W": "postseason",
    "S": "spring",
    "E": "spring",
}
# The API lists game 2 of a traditional double-header 5 minutes after game 1 (all 21 pairs of 2024-25); it starts after
# game 1 ends, by rule 3 h 30 after its start.
SECOND_GAME_DELAY = timedelta(hours=3, minutes=25)


def add_schedule(parsed: Parsed, games: list[Any], endpoint: str) -> None:
    """Every game of the list, once, with what is told beside it. `hydrated` schedules say who is listed to start."""
    hydrated = "probablePitcher" in endpoint or any(
        "probablePitcher" in mapping_of(mapping_of(mapping_of(game).get("teams")).get(side))
        for game in games
        for side in SIDES
    )
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
        rank = (game.status != "postponed", "resumedFrom" not in record, reading.instant(record, "gameDate"))
        held = best.get(game.source_game_id)
        if held is not None:
            parsed.left_out["second listing of a moved game"] += 1
        if held is None or rank > held[0]:
            best[game.source_game_id] = (rank, game, record)
    for _, game, record in best.values():
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
    coded = reading.text(status, "codedGameState")
    if coded not in STATUS:
        raise BadField("codedGameState", coded, "unknown status")
    start = reading.instant(record, "gameDate")
    double_header = reading.text_or_none(record, "doubleHeader") or "N"
    number = reading.whole_or_none(record, "gameNumber", 1, 3) or 1
    assumed = status.get("startTimeTBD") is True
    kind = reading.text(record, "gameType")
    if kind not in SEASON_TYPE:
        raise BadField("gameType", kind, "unknown kind of game")
    moved_to = reading.get(record, "rescheduleDate") if STATUS[coded] == "postponed" else reading.MISSING
    resumed_from = reading.get(record, "resumedFrom")
    if isinstance(resumed_from, str):
        start = reading.as_instant(resumed_from, "resumedFrom")
    elif isinstance(moved_to, str) and len(moved_to) > 10:
        start = reading.as_instant(moved_to, "rescheduleDate")
    elif double_header == "Y" and number == 2 and isinstance(reading.get(record, "resumeDate"), str) is False:
        start, assumed = start + SECOND_GAME_DELAY, True
    teams = reading.mapping(record, "teams")
    home, away = (reading.identifier(reading.mapping(reading.mapping(teams, s), "team"), "id") for s in SIDES)
    venue = mapping_of(mapping_of(record).get("venue"))
    game_pk = reading.whole(record, "gamePk", 1, 2**40)
    day_night = reading.text_or_none(record, "dayNight")
    detail = " ".join(
        part for part in (reading.text_or_none(status, "detailedState"), reading.text_or_none(status, "reason")) if part
    )
    return SourceGame(
        source_game_id=str(game_pk),
        game_pk=game_pk,
        game_date=reading.as_day(reading.get(record, "officialDate"), "officialDate"),
        season=reading.whole(record, "season", 1876, 2100),
        season_type=SEASON_TYPE[kind],
        home_team=home,
        away_team=away,
        game_number=number,
        doubleheader=double_header,
        scheduled_start=start,
        start_assumed=assumed,
        status=STATUS[coded],
        status_detail=detail[:60] or None,
        venue_id=reading.identifier(venue, "id") if "id" in venue else None,
        venue_name=reading.text_or_none(venue, "name"),
        day_night={"day": "D", "night": "N"}.get(day_night or ""),
        # Only the hydrated schedule tells whose park it is; identity/ compares the venue with the home team's.
        neutral_site=False,
        scheduled_innings=reading.whole_or_none(record, "scheduledInnings", 1, 9) or 9,
        captured_at=captured_at,
    )


def _add_details(parsed: Parsed, game: SourceGame, record: Mapping[str, Any], *, hydrated: bool) -> None:
    known_at = parsed.captured_at
    teams = reading.mapping(record, "teams")
    if game.status == "final":
        parsed.results.append(_result(game, record, teams, known_at))
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
        home_bats_first=record.get("reverseHomeAwayStatus") is True,
    )


def probable_starter(pk: str, side: str, known_at: datetime, listed: object) -> ProbableStarter:
    """Who is listed; nobody where the listing is absent."""
    player = mapping_of(listed)
    player_id = reading.identifier(player, "id") if "id" in player else None
    return ProbableStarter(pk, side, known_at, player_id, reading.text_or_none(player, "fullName", 100))
