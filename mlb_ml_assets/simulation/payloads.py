"""Every source's answer to a request about the league, at an instant; over HTTP (server.py) or into files.

Belongs here: which path and query is which payload, and a writer of recorded payloads.
Not here: the payloads themselves (payloads_*.py), faults (faults.py).
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.simulation import payloads_action_network as action_network
from mlb_ml_assets.simulation import payloads_mlb as mlb
from mlb_ml_assets.simulation import payloads_mlb_game as mlb_game
from mlb_ml_assets.simulation import payloads_odds_api as odds_api
from mlb_ml_assets.simulation import payloads_splits as splits
from mlb_ml_assets.simulation import payloads_weather as weather
from mlb_ml_assets.simulation.clubs import CLUBS
from mlb_ml_assets.simulation.league import League
from mlb_ml_assets.simulation.quotes import SideChange
from mlb_ml_assets.simulation.repricing import LeagueQuotes
from mlb_ml_assets.simulation.timeline import Timeline

JSON, HTML = "application/json;charset=UTF-8", "text/html; charset=utf-8"
Query = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """One response: status, type, body, and the price changes in the body (with the event they belong to)."""

    status: int
    content_type: str
    body: bytes
    changes: tuple[tuple[int, SideChange], ...] = field(default=(), repr=False)


class BadRequest(ValueError):
    """A query that the real source would refuse; the message names the parameter."""


class Answers:
    """What the sources would answer about one league. Safe to ask from several threads."""

    def __init__(self, league: League) -> None:
        self.league = league
        self.timeline, self.quotes = Timeline(league), LeagueQuotes(league)
        self.forecasts = weather.Forecasts(self.timeline)
        games = league.games
        self._row_of_pk = {int(pk): row for row, pk in enumerate(games["game_pk"])}
        self._event_of_id = {int(event): (row, False) for row, event in enumerate(games["action_network_id"])}
        self._event_of_id |= {
            int(event): (row, True) for row, event in enumerate(games["postponed_action_network_id"]) if event
        }
        self._lock = Lock()
        self._routes: tuple[tuple[re.Pattern[str], Callable[..., Answer]], ...] = (
            (re.compile(r"/api/v1/schedule/?"), self._schedule),
            (re.compile(r"/api/v1/teams/?"), self._teams),
            (re.compile(r"/api/v1/people/?"), self._people),
            (re.compile(r"/api/v1\.1/game/(\d+)/feed/live"), self._live_feed),
            (re.compile(r"/api/v1/game/(\d+)/boxscore"), self._box_score),
            (re.compile(r"/web/v2/scoreboard/(?:publicbetting/)?mlb"), self._scoreboard),
            (re.compile(r"/web/v2/markets/event/(\d+)/history"), self._history),
            (re.compile(r"/web/v1/books"), self._books),
            (re.compile(r"/wp-json/adpt/v1/mlb-odds"), self._dime),
            (re.compile(r"/betting-splits/?"), self._vsin),
            (re.compile(r"/v4/sports/baseball_mlb/odds/?"), self._odds_api),
            (re.compile(r"/points/(-?[\d.]+),(-?[\d.]+)"), self._weather_point),
            (re.compile(r"/gridpoints/SIM/(\d+),1/forecast/hourly"), self._hourly_weather),
            (re.compile(r"/v1/forecast"), self._open_meteo),
        )

    def answer(self, path: str, query: Query, now: datetime, *, skew: timedelta = timedelta(0)) -> Answer:
        """The response to GET `path` at `now` (UTC). `skew` runs the vendor's own stamps ahead of it."""
        for pattern, respond in self._routes:
            found = pattern.fullmatch(path)
            if found:
                try:
                    with self._lock:
                        return respond(query, now, skew, *found.groups())
                except BadRequest as error:
                    return _json({"message": str(error)}, status=400)
        return _missing(path)

    def get(self, url: str, now: datetime) -> Answer:
        """`answer` for a path with its query in one string."""
        parts = urlsplit(url)
        return self.answer(parts.path, dict(parse_qsl(parts.query)), now)

    def _schedule(self, query: Query, now: datetime, _skew: timedelta) -> Answer:
        first = _day(query, "date") or _day(query, "startDate") or now.astimezone(EASTERN).date()
        last = _day(query, "date") or _day(query, "endDate") or first
        if last < first:
            raise BadRequest(f"endDate {last} before startDate {first}")
        hydrate = re.findall(r"\w+", query.get("hydrate", ""))
        return _json(mlb.schedule(self.timeline, first, last, now, hydrate=hydrate))

    def _teams(self, query: Query, now: datetime, _skew: timedelta) -> Answer:
        return _json(mlb.teams(int(query.get("season", now.year))))

    def _people(self, query: Query, _now: datetime, _skew: timedelta) -> Answer:
        return _json(mlb_game.people_payload(self.timeline, _numbers(query.get("personIds", ""))))

    def _live_feed(self, _query: Query, now: datetime, _skew: timedelta, game_pk: str) -> Answer:
        row = self._row_of_pk.get(int(game_pk))
        return _missing(game_pk) if row is None else _json(mlb_game.live_feed(self.timeline, row, now))

    def _box_score(self, _query: Query, now: datetime, _skew: timedelta, game_pk: str) -> Answer:
        row = self._row_of_pk.get(int(game_pk))
        return _missing(game_pk) if row is None else _json(mlb_game.box_score(self.timeline, row, now))

    def _scoreboard(self, query: Query, now: datetime, _skew: timedelta) -> Answer:
        day = _day(query, "date") or now.astimezone(EASTERN).date()
        return _json(action_network.scoreboard(self.timeline, self.quotes, day, now, books=_books(query)))

    def _history(self, query: Query, now: datetime, _skew: timedelta, event_id: str) -> Answer:
        event = self._event_of_id.get(int(event_id))
        if event is None:
            return _missing(event_id)
        row, rained_out = event
        quotes, books = self.quotes.of(row, postponed=rained_out), _books(query)
        body = action_network.history(quotes, now, books=books)
        changes = action_network.published_changes(quotes, now, books=books)
        return _json(body, changes=tuple((quotes.event_id, change) for change in changes))

    def _books(self, _query: Query, _now: datetime, _skew: timedelta) -> Answer:
        return _json(action_network.book_catalog())

    def _dime(self, _query: Query, now: datetime, _skew: timedelta) -> Answer:
        return _json(splits.dime_feed(self.timeline, self.quotes, now))

    def _vsin(self, query: Query, now: datetime, _skew: timedelta) -> Answer:
        source = query.get("source", "DK").upper()
        if source not in ("DK", "CIRCA"):
            raise BadRequest(f"source {source!r} is not DK or CIRCA")
        day = now.astimezone(EASTERN).date() + timedelta(days=query.get("view") == "tomorrow")
        page = splits.vsin_page(self.timeline, self.quotes, day, now, source=source)
        return Answer(200, HTML, page.encode())

    def _odds_api(self, query: Query, now: datetime, skew: timedelta) -> Answer:
        if not query.get("apiKey"):
            return _json({"message": "API key is missing", "error_code": "MISSING_KEY"}, status=401)
        return _json(odds_api.odds_board(self.timeline, self.quotes, now, stamp=now + skew))

    def _weather_point(self, _query: Query, _now: datetime, _skew: timedelta, latitude: str, longitude: str) -> Answer:
        place = weather.point(float(latitude), float(longitude))
        return _missing(f"{latitude},{longitude}") if place is None else _json(place)

    def _hourly_weather(self, _query: Query, now: datetime, _skew: timedelta, club: str) -> Answer:
        if int(club) >= len(CLUBS):
            return _missing(club)
        return _json(weather.hourly_forecast(self.forecasts, int(club), now))

    def _open_meteo(self, query: Query, now: datetime, _skew: timedelta) -> Answer:
        first, last = _day(query, "start_date"), _day(query, "end_date")
        try:
            club = weather.club_at(float(query["latitude"]), float(query["longitude"]))
        except (KeyError, ValueError) as error:
            raise BadRequest(f"latitude and longitude must be given: {error}") from error
        if first is None or last is None or club is None:
            raise BadRequest("start_date, end_date and the place of a park must be given")
        leads = sorted({int(lead) for lead in re.findall(r"_previous_day(\d)", query.get("hourly", ""))})
        return _json(weather.open_meteo(self.forecasts, club, (first, last), leads, now))


def _json(content: Any, *, status: int = 200, changes: tuple[tuple[int, SideChange], ...] = ()) -> Answer:
    return Answer(status, JSON, json.dumps(content, separators=(",", ":")).encode(), changes)


def _missing(what: str) -> Answer:
    return _json({"messageNumber": 10, "message": f"Object not found: {what[:80]}", "traceId": None}, status=404)


def _day(query: Query, name: str) -> date | None:
    text = query.get(name)
    if not text:
        return None
    iso = re.sub(r"^(\d\d)/(\d\d)/(\d{4})$", r"\3-\1-\2", text)
    try:
        return date.fromisoformat(iso)
    except ValueError as error:
        raise BadRequest(f"{name} {text!r} is not a date") from error


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def _books(query: Query) -> Collection[int] | None:
    return set(_numbers(query["bookIds"])) if query.get("bookIds") else None


def write_recorded(answers: Answers, folder: Path, urls: Iterable[str], instants: Iterable[datetime]) -> list[Path]:
    """Write what the sources answered to `urls` at each of `instants`, a file each, for `mlb-ml ingest --from-files`.

    A file is named by the instant (UTC) and the last parts of the path: 20240615T174500Z_mlb_date-20240615.json.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for now in instants:
        for url in urls:
            answer = answers.get(url, now)
            parts = urlsplit(url)
            words = [*parts.path.strip("/").split("/")[-3:], *(f"{k}-{v}" for k, v in parse_qsl(parts.query))]
            stem = re.sub(r"[^\w.-]+", "_", "_".join(words))[:100]
            path = folder / f"{now:%Y%m%dT%H%M%SZ}_{stem}.{'html' if answer.content_type == HTML else 'json'}"
            path.write_bytes(answer.body)
            written.append(path)
    return written
