"""The MLB Stats API's answers about the league: schedule and teams.

Belongs here: /api/v1/schedule with its hydrations and /api/v1/teams, as functions of an instant.
Not here: box score and live feed (payloads_mlb_game.py), what is public when (timeline.py).
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from mlb_ml_assets.simulation.clubs import CLUBS, Club
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
from mlb_ml_assets.simulation.timeline import FINAL, Listing, Score, Timeline


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
        record: dict[str, Any] = {
            "team": team(club, season) if "team" in extra else _short_team(club),
            "leagueRecord": {"wins": wins, "losses": losses, "ties": 0, "pct": pct},
            "splitSquad": False,
        }
        if score is not None:
            record["score"] = score.runs[place]
            if listing.state == FINAL:
                record["isWinner"] = score.runs[place] > score.runs[1 - place]
        pitcher = pitchers[place]
        if "probablePitcher" in extra and pitcher is not None:
            record["probablePitcher"] = person(timeline, pitcher)
        sides[side] = record
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
    record: dict[str, Any] = {}
    if "linescore" in extra and score is not None:
        record["linescore"] = linescore(timeline, row, score)
    if timeline.weather_is_known(row, now):
        if "weather" in extra:
            record["weather"] = weather(timeline, row)
        if "officials" in extra:
            record["officials"] = officials(timeline, row)
    nines = timeline.lineups(row, now)
    if "lineups" in extra and nines is not None:
        record["lineups"] = {
            f"{side}Players": [person(timeline, player) for player in nine]
            for side, nine in zip(("home", "away"), nines, strict=True)
        }
    return record
