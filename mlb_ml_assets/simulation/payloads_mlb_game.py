"""The MLB Stats API's answers about one game: live feed 1.1 and box score.

Belongs here: /api/v1.1/game/{pk}/feed/live and /api/v1/game/{pk}/boxscore, as functions of an instant.
Not here: the schedule (payloads_mlb.py), pitch by pitch data, which the league does not have.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from mlb_ml_assets.simulation.box_scores import BULLPEN, STARTER
from mlb_ml_assets.simulation.clubs import CLUBS
from mlb_ml_assets.simulation.mlb_parts import (
    COPYRIGHT,
    linescore,
    officials,
    person,
    status,
    team,
    utc,
    venue,
    weather,
)
from mlb_ml_assets.simulation.roster import RELIEVERS
from mlb_ml_assets.simulation.timeline import FINAL, Timeline

# Our statistic, MLB's name among a pitcher's, MLB's name among a batter's.
_PITCHING = {
    "runs": "runs",
    "doubles": "doubles",
    "triples": "triples",
    "home_runs": "homeRuns",
    "strikeouts": "strikeOuts",
    "walks": "baseOnBalls",
    "hits": "hits",
    "at_bats": "atBats",
    "earned_runs": "earnedRuns",
    "batters_faced": "battersFaced",
    "outs": "outs",
    "hit_batters": "hitBatsmen",
    "pitches": "numberOfPitches",
    "strikes": "strikes",
    "ground_outs": "groundOuts",
    "air_outs": "airOuts",
    "sac_flies": "sacFlies",
}
_BATTING = {
    "runs": "runs",
    "doubles": "doubles",
    "triples": "triples",
    "home_runs": "homeRuns",
    "strikeouts": "strikeOuts",
    "walks": "baseOnBalls",
    "hits": "hits",
    "at_bats": "atBats",
    "hit_batters": "hitByPitch",
    "left_on_base": "leftOnBase",
    "ground_outs": "groundOuts",
    "air_outs": "airOuts",
    "sac_flies": "sacFlies",
    "batters_faced": "plateAppearances",
}
_SIDES = ("home", "away")


def live_feed(timeline: Timeline, row: int, now: datetime) -> dict[str, Any]:
    """/api/v1.1/game/{pk}/feed/live as answered at `now`."""
    listing = next(one for one in reversed(timeline.of_game(row, now)) if not one.resumes)
    game_pk, season = timeline.fact(row, "game_pk"), timeline.fact(row, "season")
    home = timeline.club(row, "home")
    score, known = timeline.score(row, now), timeline.weather_is_known(row, now)
    local = listing.start.astimezone(home.zone)
    planned = timeline.of_game(row, now)[0].day
    data: dict[str, Any] = {
        "game": {
            "pk": game_pk,
            "type": "R",
            "doubleHeader": listing.doubleheader,
            "id": f"{listing.day:%Y/%m/%d}/{timeline.club(row, 'away').code.lower()}mlb-{home.code.lower()}mlb-"
            f"{listing.game_number}",
            "gamedayType": "P",
            "tiebreaker": "N",
            "gameNumber": listing.game_number,
            "calendarEventID": f"14-{game_pk}-{listing.day}",
            "season": str(season),
            "seasonDisplay": str(season),
        },
        "datetime": {
            "dateTime": utc(listing.start),
            "originalDate": planned.isoformat(),
            "officialDate": listing.day.isoformat(),
            "dayNight": timeline.fact(row, "day_night"),
            "time": local.strftime("%I:%M").lstrip("0"),
            "ampm": local.strftime("%p"),
        },
        "status": status(listing),
        "teams": {side: team(timeline.club(row, side), season) for side in ("away", "home")},
        "players": _players(timeline, row, now),
        "venue": {
            **venue(home),
            "timeZone": {"id": home.timezone},
            "fieldInfo": {"roofType": home.roof, "turfType": "Grass"},
            "active": True,
            "season": str(season),
        },
        "weather": weather(timeline, row) if known else {},
        "gameInfo": {},
        "probablePitchers": {
            side: person(timeline, pitcher)
            for side, pitcher in zip(_SIDES, timeline.probables(row, now), strict=True)
            if pitcher is not None
        },
    }
    if timeline.reached(row, "suspended_at", now):
        resumed = timeline.instant(row, "resumed_at")
        assert resumed is not None
        data["datetime"] |= {"resumeDate": utc(resumed), "resumeGameDate": f"{resumed:%Y-%m-%d}"}
    pitch = timeline.instant(row, "first_pitch")
    assert pitch is not None
    if score is not None:
        data["gameInfo"] = {
            "attendance": timeline.fact(row, "attendance"),
            "firstPitch": pitch.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "gameDurationMinutes": int(_duration(timeline, row) / timedelta(minutes=1)),
        }
    return {
        "copyright": COPYRIGHT,
        "gamePk": game_pk,
        "link": f"/api/v1.1/game/{game_pk}/feed/live",
        "metaData": {"wait": 10, "timeStamp": now.strftime("%Y%m%d_%H%M%S"), "gameEvents": [], "logicalEvents": []},
        "gameData": data,
        "liveData": {
            "plays": {"allPlays": [], "scoringPlays": [], "playsByInning": []},
            "linescore": linescore(timeline, row, score) if score is not None else {"scheduledInnings": 9},
            "boxscore": box_score(timeline, row, now),
            "decisions": {},
            "leaders": {},
        },
    }


def box_score(timeline: Timeline, row: int, now: datetime) -> dict[str, Any]:
    """/api/v1/game/{pk}/boxscore as answered at `now`."""
    info: list[dict[str, str]] = []
    if timeline.weather_is_known(row, now):
        record = weather(timeline, row)
        info.append({"label": "Weather", "value": f"{record['temp']} degrees, {record['condition']}."})
        info.append({"label": "Wind", "value": f"{record['wind']}."})
    if timeline.state(row, now) == FINAL:
        minutes = int(_duration(timeline, row) / timedelta(minutes=1))
        info.append({"label": "T", "value": f"{minutes // 60}:{minutes % 60:02d}."})
        info.append({"label": "Att", "value": f"{timeline.fact(row, 'attendance'):,}."})
    return {
        "copyright": COPYRIGHT,
        "teams": {side: _side(timeline, row, side, now) for side in ("away", "home")},
        "officials": officials(timeline, row) if timeline.weather_is_known(row, now) else [],
        "info": info,
        "pitchingNotes": [],
    }


def _duration(timeline: Timeline, row: int) -> timedelta:
    pitch, end = timeline.instant(row, "first_pitch"), timeline.instant(row, "ended_at")
    assert pitch is not None
    assert end is not None
    stopped, resumed = timeline.instant(row, "suspended_at"), timeline.instant(row, "resumed_at")
    pause = resumed - stopped if stopped is not None and resumed is not None else timedelta(0)
    return end - pitch - pause


def _side(timeline: Timeline, row: int, side: str, now: datetime) -> dict[str, Any]:
    place, club, boxes = _SIDES.index(side), timeline.club(row, side), timeline.league.boxes
    score = timeline.score(row, now)
    share = 0.0 if score is None else score.share_played
    batting = {theirs: int(boxes.batting(ours)[row, place] * share) for ours, theirs in _BATTING.items()}
    batting |= {"stolenBases": int(boxes.stolen_bases[row, place] * share), "caughtStealing": 0}
    batting["rbi"] = int(boxes.batting("earned_runs")[row, place] * share)
    fielding = {"errors": int(boxes.errors[row, place] * share), "assists": 0, "putOuts": 0}
    pitchers = _pitchers(timeline, row, place, share) if score is not None else []
    totals = {theirs: int(boxes.pitching[ours][row, place].sum() * share) for ours, theirs in _PITCHING.items()}
    players = {}
    for player_id, line in pitchers:
        players[f"ID{player_id}"] = _player(timeline, player_id, club.mlb_id, pitching=line)
    nines = timeline.lineups(row, now)
    nine = [] if nines is None else nines[place]
    for spot, player_id in enumerate(nine):
        line = {name: _part(count, len(nine), (spot + row) % 9) for name, count in batting.items()}
        players[f"ID{player_id}"] = _player(timeline, player_id, club.mlb_id, batting=line, spot=spot)
    return {
        "team": team(club, timeline.fact(row, "season")),
        "teamStats": {"batting": batting, "pitching": {**totals, **_thirds(totals)}, "fielding": fielding},
        "players": players,
        "batters": nine,
        "pitchers": [player_id for player_id, _ in pitchers],
        "bench": [],
        "bullpen": [],
        "battingOrder": nine,
        "info": [],
        "note": [],
    }


def _pitchers(timeline: Timeline, row: int, place: int, share: float) -> list[tuple[int, dict[str, Any]]]:
    """Pitchers in order of use with their lines; the bullpen's counts are dealt out evenly."""
    league = timeline.league
    counts, club = league.boxes.pitching, timeline.fact(row, _SIDES[place])
    first = {theirs: int(counts[ours][row, place, STARTER] * share) for ours, theirs in _PITCHING.items()}
    used = [(int(league.facts.starters[row, place]), {"gamesStarted": 1, **first, **_thirds(first)})]
    relievers = int(league.boxes.relievers[row, place]) if share >= 1 else 0
    for number in range(relievers):
        line = {
            theirs: _part(int(counts[ours][row, place, BULLPEN]), relievers, number)
            for ours, theirs in _PITCHING.items()
        }
        player_id = int(league.roster.reliever_ids[club, (row + number) % RELIEVERS])
        used.append((player_id, {"gamesStarted": 0, **line, **_thirds(line)}))
    return used


def _part(count: int, shares: int, number: int) -> int:
    """The `number`-th of `shares` nearly equal parts of a count; parts of a smaller count are never larger."""
    return count // shares + (number < count % shares)


def _thirds(line: dict[str, int]) -> dict[str, str]:
    return {"inningsPitched": f"{line['outs'] // 3}.{line['outs'] % 3}"}


def _player(
    timeline: Timeline,
    player_id: int,
    team_id: int,
    *,
    batting: dict[str, int] | None = None,
    pitching: dict[str, Any] | None = None,
    spot: int | None = None,
) -> dict[str, Any]:
    record: dict[str, Any] = {
        "person": person(timeline, player_id),
        "position": _position(pitcher=pitching is not None),
        "status": {"code": "A", "description": "Active"},
        "parentTeamId": team_id,
        "stats": {"batting": batting or {}, "pitching": pitching or {}, "fielding": {}},
    }
    if spot is not None:
        record["battingOrder"] = f"{spot + 1}00"
    return record


def _position(*, pitcher: bool) -> dict[str, str]:
    if pitcher:
        return {"code": "1", "name": "Pitcher", "type": "Pitcher", "abbreviation": "P"}
    return {"code": "10", "name": "Designated Hitter", "type": "Hitter", "abbreviation": "DH"}


def _players(timeline: Timeline, row: int, now: datetime) -> dict[str, Any]:
    """Everybody whom the feed mentions, with hands and dates."""
    nines = timeline.lineups(row, now) or ([], [])
    listed: list[int] = [pitcher for pitcher in timeline.probables(row, now) if pitcher is not None]
    listed += [*nines[0], *nines[1]]
    if timeline.score(row, now) is not None:
        relief = timeline.league.roster.reliever_ids[[CLUBS.index(timeline.club(row, side)) for side in _SIDES]]
        listed += np.concatenate([timeline.league.facts.starters[row], relief.ravel()]).tolist()
    return {f"ID{player_id}": biography(timeline, player_id) for player_id in dict.fromkeys(listed)}


def people_payload(timeline: Timeline, player_ids: Sequence[int]) -> dict[str, Any]:
    """/api/v1/people?personIds=: players with hands and dates."""
    known = [player_id for player_id in player_ids if player_id in timeline.people]
    return {"copyright": COPYRIGHT, "people": [biography(timeline, player_id) for player_id in known]}


def biography(timeline: Timeline, player_id: int) -> dict[str, Any]:
    """One player with hands and dates."""
    player = timeline.people[player_id]
    bats = "S" if player["bats"] == "B" else player["bats"]
    return {
        **person(timeline, player_id),
        "firstName": player["first"],
        "lastName": player["last"],
        "birthDate": player["birth_date"].isoformat(),
        "active": True,
        "primaryPosition": _position(pitcher=player["role"] != "batter"),
        "mlbDebutDate": player["debut"].isoformat(),
        "batSide": {"code": bats, "description": {"L": "Left", "R": "Right", "S": "Switch"}[bats]},
        "pitchHand": {"code": player["throws"], "description": {"L": "Left", "R": "Right"}[player["throws"]]},
    }
