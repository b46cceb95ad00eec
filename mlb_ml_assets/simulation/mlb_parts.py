"""The objects that several answers of the MLB Stats API share: clubs, people, weather, umpires, line scores.

Belongs here: one function an object, in MLB's spelling.
Not here: whole answers (payloads_mlb.py, payloads_mlb_game.py), what is public when (timeline.py).
"""

from datetime import datetime
from typing import Any

from mlb_ml_assets.simulation.circumstance import FIRST_UMPIRE_ID
from mlb_ml_assets.simulation.clubs import Club
from mlb_ml_assets.simulation.timeline import (
    FINAL,
    LIVE,
    POSTPONED,
    PRE_GAME,
    SCHEDULED,
    SUSPENDED,
    Listing,
    Score,
    Timeline,
)

COPYRIGHT = "Simulated league; every name, number and result in it is invented."
# abstractGameState, codedGameState, detailedState, statusCode. MLB calls a postponed game "Final", too.
_STATUS = {
    SCHEDULED: ("Preview", "S", "Scheduled", "S"),
    PRE_GAME: ("Preview", "P", "Pre-Game", "P"),
    LIVE: ("Live", "I", "In Progress", "I"),
    SUSPENDED: ("Live", "U", "Suspended: Rain", "UR"),
    FINAL: ("Final", "F", "Final", "F"),
    POSTPONED: ("Final", "D", "Postponed", "DR"),
}
_ABSTRACT_CODE = {"Preview": "P", "Live": "L", "Final": "F"}
_LEAGUES = {"AL": (103, "American League"), "NL": (104, "National League")}
_DIVISIONS = {
    ("AL", "West"): 200,
    ("AL", "East"): 201,
    ("AL", "Central"): 202,
    ("NL", "West"): 203,
    ("NL", "East"): 204,
    ("NL", "Central"): 205,
}
_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd"}


def utc(instant: datetime) -> str:
    """An instant as MLB prints it."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def team(club: Club, season: int) -> dict[str, Any]:
    """A club with everything that hydration adds to it."""
    league_id, league = _LEAGUES[club.league]
    return {
        "id": club.mlb_id,
        "name": club.full_name,
        "link": f"/api/v1/teams/{club.mlb_id}",
        "season": season,
        "venue": venue(club),
        "teamCode": club.code.lower(),
        "fileCode": club.code.lower(),
        "abbreviation": {"ARI": "AZ"}.get(club.code, club.code),
        "teamName": club.nickname,
        "locationName": club.market,
        "league": {"id": league_id, "name": league, "link": f"/api/v1/league/{league_id}"},
        "division": {
            "id": _DIVISIONS[club.league, club.division],
            "name": f"{league} {club.division}",
            "link": f"/api/v1/divisions/{_DIVISIONS[club.league, club.division]}",
        },
        "sport": {"id": 1, "link": "/api/v1/sports/1", "name": "Major League Baseball"},
        "shortName": club.market,
        "franchiseName": club.market,
        "clubName": club.nickname,
        "active": True,
    }


def venue(club: Club) -> dict[str, Any]:
    """The club's park."""
    return {"id": club.venue_id, "name": club.venue, "link": f"/api/v1/venues/{club.venue_id}"}


def status(listing: Listing) -> dict[str, Any]:
    """The status object of a listing."""
    abstract, coded, detailed, code = _STATUS[listing.state]
    waits = listing.doubleheader == "Y" and listing.game_number == 2 and listing.state in (SCHEDULED, PRE_GAME)
    record = {
        "abstractGameState": abstract,
        "codedGameState": coded,
        "detailedState": detailed,
        "statusCode": code,
        "startTimeTBD": waits,
        "abstractGameCode": _ABSTRACT_CODE[abstract],
    }
    if listing.state in (POSTPONED, SUSPENDED):
        record["reason"] = "Rain"
    return record


def person(timeline: Timeline, player_id: int) -> dict[str, Any]:
    """A player as MLB refers to him."""
    player = timeline.people[player_id]
    return {
        "id": player_id,
        "fullName": f"{player['first']} {player['last']}",
        "link": f"/api/v1/people/{player_id}",
    }


def weather(timeline: Timeline, row: int) -> dict[str, str]:
    """The weather object."""
    return {
        "condition": str(timeline.fact(row, "sky")),
        "temp": str(timeline.fact(row, "temperature")),
        "wind": f"{timeline.fact(row, 'wind_speed')} mph, {timeline.fact(row, 'wind_direction')}",
    }


def officials(timeline: Timeline, row: int) -> list[dict[str, Any]]:
    """Umpires, the plate umpire first."""
    number = timeline.fact(row, "umpire")
    places = ("Home Plate", "First Base", "Second Base", "Third Base")
    crew = []
    for step, place in enumerate(places):
        umpire = FIRST_UMPIRE_ID + (number + 10 * step) % 40
        name = f"Sim Umpire {umpire - FIRST_UMPIRE_ID:02d}"
        crew.append(
            {
                "official": {"id": umpire, "fullName": name, "link": f"/api/v1/people/{umpire}"},
                "officialType": place,
            }
        )
    return crew


def linescore(timeline: Timeline, row: int, score: Score) -> dict[str, Any]:
    """The line score so far."""
    hits = timeline.league.boxes.batting("hits")[row]
    errors = timeline.league.boxes.errors[row]
    by_inning = {
        "home": _spread(int(hits[0] * score.share_played), score.home),
        "away": _spread(int(hits[1] * score.share_played), score.away),
    }
    innings = []
    for number in range(score.innings):
        inning: dict[str, Any] = {"num": number + 1, "ordinalNum": _ordinal(number + 1)}
        for side, runs in (("home", score.home), ("away", score.away)):
            half = {"hits": by_inning[side][number], "errors": 0, "leftOnBase": 0}
            inning[side] = half if runs[number] < 0 else {"runs": int(runs[number]), **half}
        innings.append(inning)
    top = bool(score.innings and score.home[score.innings - 1] < 0)
    return {
        "currentInning": max(score.innings, 1),
        "currentInningOrdinal": _ordinal(max(score.innings, 1)),
        "inningState": "Top" if top else "Bottom",
        "inningHalf": "Top" if top else "Bottom",
        "isTopInning": top,
        "scheduledInnings": 9,
        "innings": innings,
        "teams": {
            side: {
                "runs": score.runs[place],
                "hits": sum(by_inning[side]),
                "errors": int(errors[place] * score.share_played),
                "leftOnBase": 0,
            }
            for place, side in enumerate(("home", "away"))
        },
        "defense": {},
        "offense": {},
        "balls": 0,
        "strikes": 0,
        "outs": 0,
    }


def _spread(hits: int, runs: Any) -> list[int]:
    """Hits by inning: one a run first, the rest from the first inning on."""
    by_inning = [0] * len(runs)
    played = [number for number, scored in enumerate(runs) if scored >= 0]
    for number in played:
        by_inning[number] = min(int(runs[number]), hits)
        hits -= by_inning[number]
    for turn in range(hits if played else 0):
        by_inning[played[turn % len(played)]] += 1
    return by_inning


def _ordinal(number: int) -> str:
    return _ORDINALS.get(number, f"{number}th")
