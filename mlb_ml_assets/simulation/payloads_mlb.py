"""The MLB Stats API's answers: schedule, teams, and the parts that the live feed shares with them.

Belongs here: /api/v1/schedule with its hydrations and /api/v1/teams, as functions of an instant.
Does not: box score and live feed (payloads_mlb_game.py), what is public when (timeline.py).
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from mlb_ml_assets.simulation.circumstance import FIRST_UMPIRE_ID
from mlb_ml_assets.simulation.clubs import CLUBS, Club
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


def schedule(
    timeline: Timeline, first: date, last: date, now: datetime, *, hydrate: Iterable[str] = ()
) -> dict[str, Any]:
    """/api/v1/schedule for these days (both included) as answered at `now`.

    `hydrate` names what is added to each game: probablePitcher, linescore, team, weather, officials, lineups.
    """
    extra = frozenset(hydrate)
    listings = timeline.listings(first, last, now)
    records = timeline.records(last.year, now)
    dates = []
    for day in sorted({listing.day for listing in listings}):
        games = [_game(timeline, listing, now, extra, records) for listing in listings if listing.day == day]
        running = sum(game["status"]["codedGameState"] == "I" for game in games)
        dates.append(
            {
                "date": day.isoformat(),
                "totalItems": len(games),
                "totalEvents": 0,
                "totalGames": len(games),
                "totalGamesInProgress": running,
                "games": games,
                "events": [],
            }
        )
    return {
        "copyright": COPYRIGHT,
        "totalItems": len(listings),
        "totalEvents": 0,
        "totalGames": len(listings),
        "totalGamesInProgress": sum(day["totalGamesInProgress"] for day in dates),
        "dates": dates,
    }


def teams(season: int) -> dict[str, Any]:
    """/api/v1/teams?sportId=1."""
    return {"copyright": COPYRIGHT, "teams": [team(club, season) for club in CLUBS]}


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
    told = {
        "abstractGameState": abstract,
        "codedGameState": coded,
        "detailedState": detailed,
        "statusCode": code,
        "startTimeTBD": waits,
        "abstractGameCode": _ABSTRACT_CODE[abstract],
    }
    if listing.state in (POSTPONED, SUSPENDED):
        told["reason"] = "Rain"
    return told


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


def _game(
    timeline: Timeline, listing: Listing, now: datetime, extra: frozenset[str], records: list[tuple[int, int]]
) -> dict[str, Any]:
    row = listing.row
    game_pk, season = timeline.fact(row, "game_pk"), timeline.fact(row, "season")
    here = not listing.moved_away
    score = timeline.score(row, now) if here else None
    pitchers = timeline.probables(row, now) if here else (None, None)
    sides = {}
    for place, side in enumerate(("home", "away")):
        club = timeline.club(row, side)
        wins, losses = records[timeline.fact(row, side)]
        pct = f"{wins / max(wins + losses, 1):.3f}".removeprefix("0")
        told: dict[str, Any] = {
            "team": team(club, season) if "team" in extra else _short_team(club),
            "leagueRecord": {"wins": wins, "losses": losses, "ties": 0, "pct": pct},
            "splitSquad": False,
        }
        if score is not None:
            told["score"] = score.runs[place]
            if listing.state == FINAL:
                told["isWinner"] = score.runs[place] > score.runs[1 - place]
        pitcher = pitchers[place]
        if "probablePitcher" in extra and pitcher is not None:
            told["probablePitcher"] = person(timeline, pitcher)
        sides[side] = told
    game: dict[str, Any] = {
        "gamePk": game_pk,
        "link": f"/api/v1.1/game/{game_pk}/feed/live",
        "gameType": "R",
        "season": str(season),
        "gameDate": utc(listing.start),
        "officialDate": timeline.official_day(row, now).isoformat(),
        **_moves(timeline, listing, now),
        "status": status(listing),
        "teams": {"away": sides["away"], "home": sides["home"]},
        "venue": venue(timeline.club(row, "home")),
        "content": {"link": f"/api/v1/game/{game_pk}/content"},
        "gameNumber": listing.game_number,
        "publicFacing": True,
        "doubleHeader": listing.doubleheader,
        "gamedayType": "P",
        "tiebreaker": "N",
        "calendarEventID": f"14-{game_pk}-{listing.day}",
        "seasonDisplay": str(season),
        "dayNight": timeline.fact(row, "day_night"),
        "scheduledInnings": 9,
        "reverseHomeAwayStatus": False,
        "gamesInSeries": 3,
        "seriesGameNumber": 1,
        "seriesDescription": "Regular Season",
        "recordSource": "S",
        "ifNecessary": "N",
        "ifNecessaryDescription": "Normal Game",
    }
    if listing.state == FINAL:
        game["isTie"] = False
    if here:
        game |= _hydrated(timeline, row, now, extra, score)
    return game


def _short_team(club: Club) -> dict[str, Any]:
    return {"id": club.mlb_id, "name": club.full_name, "link": f"/api/v1/teams/{club.mlb_id}"}


def _moves(timeline: Timeline, listing: Listing, now: datetime) -> dict[str, str]:
    listings = timeline.of_game(listing.row, now)
    if len(listings) == 1:
        return {}
    first, second = listings
    if first.moved_away:
        if listing.moved_away:
            return {"rescheduleDate": utc(second.start), "rescheduleGameDate": second.day.isoformat()}
        return {"rescheduledFrom": utc(first.start), "rescheduledFromDate": first.day.isoformat()}
    if listing.resumes:
        return {"resumedFrom": utc(first.start), "resumedFromDate": first.day.isoformat()}
    return {"resumeDate": utc(second.start), "resumeGameDate": second.day.isoformat()}


def _hydrated(
    timeline: Timeline, row: int, now: datetime, extra: frozenset[str], score: Score | None
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if "linescore" in extra and score is not None:
        told["linescore"] = linescore(timeline, row, score)
    if timeline.weather_is_known(row, now):
        if "weather" in extra:
            told["weather"] = weather(timeline, row)
        if "officials" in extra:
            told["officials"] = officials(timeline, row)
    nines = timeline.lineups(row, now)
    if "lineups" in extra and nines is not None:
        told["lineups"] = {
            f"{side}Players": [person(timeline, player) for player in nine]
            for side, nine in zip(("home", "away"), nines, strict=True)
        }
    return told
