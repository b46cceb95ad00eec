"""What MLB's box score records of a game: line scores, weather, umpire, lineups, starters, bullpens, batting.

Belongs here: reading boxscore, linescore and weather objects, wherever they stand.
Not here: the schedule (mlb_schedule.py), the live feed around them (mlb_live_feed.py).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import BullpenLine, Conditions, LineupCard, StarterLine, TeamLine
from mlb_ml_assets.sources.mlb_player_lines import batter_lines, lineup_positions, pitcher_lines
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, mapping_of

SIDES = ("home", "away")
WET = ("Rain", "Drizzle", "Snow")
GAME_IN_ENDPOINT = re.compile(r"game/(\d+)/|game_pk=(\d+)")


def add_box_score(parsed: Parsed, content: object, endpoint: str) -> None:
    """/api/v1/game/{pk}/boxscore: the game is named by its address only."""
    found = GAME_IN_ENDPOINT.search(endpoint)
    if found is None:
        raise BadField("gamePk", endpoint, "a box score does not say of which game; its address would")
    pk = found.group(1) or found.group(2)
    # The length of a game ("T") is written when it is over.
    notes = content.get("info") if isinstance(content, Mapping) else None
    final = any(mapping_of(note).get("label") == "T" for note in notes or []) if isinstance(notes, list) else False
    try:
        add_box(parsed, pk, mapping_of(content), final=final)
    except BadField as error:
        parsed.reject(error, {"gamePk": pk, "field": error.field, "value": str(error.value)[:200]}, pk)
    parsed.left_out["box score without its game"] += 1


def conditions(pk: str, known_at: datetime, weather: Mapping[str, Any], officials: object) -> Conditions:
    """Weather and plate umpire, in the words of the Retrosheet archive (sky cloudy, wind tocf)."""
    sky = reading.text(weather, "condition", 30)
    speed, direction = _wind(reading.text_or_none(weather, "wind", 60))
    roofed = sky in ("Dome", "Roof Closed")
    plate: Mapping[str, Any] = {}
    for one in officials if isinstance(officials, list) else []:
        if mapping_of(one).get("officialType") == "Home Plate":
            plate = mapping_of(mapping_of(one).get("official"))
    wet = next((word.lower() for word in WET if word in sky), None)
    return Conditions(
        source_game_id=pk,
        known_at=known_at,
        temperature_fahrenheit=reading.whole_or_none(weather, "temp"),
        wind_speed_mph=speed,
        wind_direction=direction,
        sky="dome" if roofed else None if wet else SKY.get(sky, sky.lower()),
        precipitation=wet or "none",
        roof_closed=roofed,
        umpire_id=reading.identifier(plate, "id") if "id" in plate else None,
        umpire_name=reading.text_or_none(plate, "fullName", 100),
    )


SKY = {"Clear": "sunny", "Sunny": "sunny", "Partly Cloudy": "cloudy", "Cloudy": "cloudy", "Overcast": "overcast"}
WIND = {
    "Out To LF": "tolf",
    "Out To CF": "tocf",
    "Out To RF": "torf",
    "In From LF": "fromlf",
    "In From CF": "fromcf",
    "In From RF": "fromrf",
    "L To R": "ltor",
    "R To L": "rtol",
}


def _wind(words: str | None) -> tuple[int | None, str | None]:
    if words is None:
        return None, None
    speed, _, direction = words.partition(" mph")
    return reading.as_whole(speed, "weather.wind", 0, 100), WIND.get(direction.strip(" ,"))


def line_scores(linescore: Mapping[str, Any]) -> tuple[int | None, dict[str, str]]:
    """Innings played and runs by inning of both sides: a digit each, (10) for ten or more, x for an unplayed half."""
    innings = linescore.get("innings")
    if not isinstance(innings, list) or not innings:
        return None, {}
    lines: dict[str, str] = {}
    for side in SIDES:
        marks = []
        for inning in innings:
            runs = reading.whole_or_none(mapping_of(mapping_of(inning).get(side)), "runs", 0, 60)
            marks.append("x" if runs is None else str(runs) if runs < 10 else f"({runs})")
        lines[side] = "".join(marks)[:60]
    return len(innings), lines


def outs_played(linescore: Mapping[str, Any]) -> int | None:
    """Outs of both sides so far: by the inning, half and outs in progress, else three for each half that has runs."""
    inning, outs = linescore.get("currentInning"), linescore.get("outs")
    if isinstance(inning, int) and isinstance(outs, int) and isinstance(linescore.get("isTopInning"), bool):
        return 6 * (inning - 1) + (0 if linescore["isTopInning"] else 3) + outs
    _, lines = line_scores(linescore)
    return 3 * sum(len(line.replace("x", "")) - line.count("(") * 3 for line in lines.values()) if lines else None


def add_box(parsed: Parsed, pk: str, box: Mapping[str, Any], *, final: bool) -> dict[str, tuple[str, str | None]]:
    """Line-ups, and when the game is over the lines; gives each side's actual starter."""
    starters: dict[str, tuple[str, str | None]] = {}
    teams = mapping_of(box.get("teams"))
    known_at = parsed.captured_at
    for side in SIDES:
        team = mapping_of(teams.get(side))
        players = mapping_of(team.get("players"))
        listed = [mapping_of(player) for player in players.values()]
        nine = sorted(
            (player for player in listed if str(player.get("battingOrder", "")).endswith("00")),
            key=lambda player: str(player["battingOrder"]),
        )
        if len(nine) == 9:
            ids = tuple(reading.identifier(reading.mapping(player, "person"), "id") for player in nine)
            parsed.lineups.append(LineupCard(pk, side, known_at, ids))
            positions = lineup_positions(pk, side, known_at, nine)
            parsed.lineup_positions += [] if positions is None else [positions]
        used = team.get("pitchers")
        if not isinstance(used, list) or not used:
            continue
        pitchers = [mapping_of(players.get(f"ID{one}")) for one in used]
        person = reading.mapping(pitchers[0], "person")
        starters[side] = (reading.identifier(person, "id"), reading.text_or_none(person, "fullName", 100))
        if final:
            _add_lines(parsed, pk, side, starters[side][0], pitchers, reading.mapping(team, "teamStats"))
            parsed.batter_lines += batter_lines(pk, side, known_at, listed)
            parsed.pitcher_lines += pitcher_lines(pk, side, known_at, pitchers)
    return starters


def _add_lines(
    parsed: Parsed,
    pk: str,
    side: str,
    starter: str,
    pitchers: list[Mapping[str, Any]],
    team: Mapping[str, Any],
) -> None:
    lines = [reading.mapping(reading.mapping(pitcher, "stats"), "pitching") for pitcher in pitchers]
    first, others, known_at = lines[0], lines[1:], parsed.captured_at
    parsed.starter_lines.append(
        StarterLine(
            source_game_id=pk,
            side=side,
            known_at=known_at,
            player_id=starter,
            outs=_outs(first),
            runs=reading.whole(first, "runs"),
            **_pitching(first),
            batters_faced=reading.whole_or_none(first, "battersFaced"),
            hit_batters=reading.whole_or_none(first, "hitBatsmen"),
            pitches=reading.whole_or_none(first, "numberOfPitches"),
            ground_outs=reading.whole_or_none(first, "groundOuts"),
            air_outs=reading.whole_or_none(first, "airOuts"),
        )
    )
    sums: dict[str, int] = {}
    for line in others:
        for name, value in _pitching(line).items():
            sums[name] = sums.get(name, 0) + value
    names = ("hits", "earned_runs", "walks", "strikeouts", "home_runs")
    totals = {name: sums.get(name, 0) for name in names}
    parsed.bullpen_lines.append(BullpenLine(pk, side, known_at, sum(_outs(line) for line in others), **totals))
    batting, fielding = reading.mapping(team, "batting"), mapping_of(team.get("fielding"))
    parsed.team_lines.append(
        TeamLine(
            source_game_id=pk,
            side=side,
            known_at=known_at,
            at_bats=reading.whole(batting, "atBats"),
            runs=reading.whole(batting, "runs"),
            hits=reading.whole(batting, "hits"),
            doubles=reading.whole(batting, "doubles"),
            triples=reading.whole(batting, "triples"),
            home_runs=reading.whole(batting, "homeRuns"),
            walks=reading.whole(batting, "baseOnBalls"),
            strikeouts=reading.whole(batting, "strikeOuts"),
            stolen_bases=reading.whole_or_none(batting, "stolenBases"),
            errors=reading.whole_or_none(fielding, "errors"),
        )
    )


def _pitching(line: Mapping[str, Any]) -> dict[str, int]:
    return {
        "hits": reading.whole(line, "hits"),
        "earned_runs": reading.whole(line, "earnedRuns"),
        "walks": reading.whole(line, "baseOnBalls"),
        "strikeouts": reading.whole(line, "strikeOuts"),
        "home_runs": reading.whole(line, "homeRuns"),
    }


def _outs(line: Mapping[str, Any]) -> int:
    outs = reading.whole_or_none(line, "outs", 0, 150)
    if outs is not None:
        return outs
    # "6.2" is six innings and two outs.
    innings, _, part = reading.text(line, "inningsPitched").partition(".")
    return 3 * reading.as_whole(innings, "inningsPitched", 0, 50) + reading.as_whole(
        part or "0", "inningsPitched", 0, 2
    )
