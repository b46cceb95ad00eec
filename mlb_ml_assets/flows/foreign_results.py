"""Final scores that another program wrote become results that features and training use.

Belongs here: rows of curated.enhanced_games that others finished, as listings and results of a table of games.
Not here: which game of ours such a listing is (warehouse/game_links.py), scores of MLB's schedule (flows/ingest.py).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import eastern_date, present
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.identity.known_at import result_known_at
from mlb_ml_assets.identity.teams import UnknownTeam, team_code
from mlb_ml_assets.sources.game_rows import SEASON_TYPES, GameResult, SourceGame
from mlb_ml_assets.sources.game_tables import SPEC
from mlb_ml_assets.warehouse.live_facts import TeamedGame, facts_of, write_facts, write_games
from mlb_ml_assets.warehouse.queries import read_objects


@dataclass(frozen=True)
class _Finished:
    """A final row of another program; clubs as spelled there, start in UTC."""

    id: int
    home_team: str
    away_team: str
    start: datetime
    game_pk: int | None
    season_type: str | None
    home_score: int
    away_score: int


def take_over_results(connection: psycopg.Connection[Any], days: DayRange) -> dict[str, int]:
    """Store the final scores of other programs for these days; the caller's transaction commits.

    A score counts as known from 06:00 Eastern on the day after, as an archive's: the row records no instant. MLB's own
    result of a game counts before it.

    Returns:
        results_taken_over, and the rows left out by reason.
    """
    listings: list[TeamedGame] = []
    results: list[GameResult] = []
    unknown = 0
    rows = read_objects(
        connection, "results_of_other_programs", _Finished, {"from_day": days.first, "to_day": days.last}
    )
    for row in rows:
        try:
            home, away = team_code(row.home_team), team_code(row.away_team)
        except UnknownTeam:
            unknown += 1
            continue
        if home == away:
            unknown += 1
            continue
        listings.append(_listing(row, home, away))
        known_at = result_known_at(eastern_date(row.start))
        results.append(GameResult(listings[-1].game.source_game_id, known_at, row.home_score, row.away_score))
    if listings:
        write_games(connection, SPEC.name, listings)
        write_facts(connection, SPEC.name, facts_of("game_results", results))
    report = {"results_taken_over": len(results)}
    return report | ({"results of other programs left out: clubs that are none": unknown} if unknown else {})


def _listing(row: _Finished, home: str, away: str) -> TeamedGame:
    day = eastern_date(row.start)
    game = SourceGame(
        source_game_id=f"enhanced_games:{row.id}",
        game_date=day,
        season=day.year,
        home_team=home,
        away_team=away,
        scheduled_start=row.start,
        status="final",
        captured_at=present(),
        game_pk=row.game_pk,
        season_type=row.season_type if row.season_type in SEASON_TYPES else None,
        status_detail="from curated.enhanced_games",
        neutral_site=False,
        scheduled_innings=9,
    )
    return TeamedGame(None, game, home, away, None)
