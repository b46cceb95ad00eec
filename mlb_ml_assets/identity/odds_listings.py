"""Which game the odds of another program are for, from what its tables say.

Belongs here: weighing the evidence about one Action Network game; the listing that it amounts to.
Not here: reading the evidence (warehouse/), which game of ours a listing is (game_matching.py).
"""

from dataclasses import dataclass
from datetime import date, datetime

from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.identity.teams import UnknownTeam, team_code


@dataclass(frozen=True)
class OddsEvidence:
    """What the database knows of one Action Network game; None where it knows nothing. Instants in UTC.

    Attributes:
        external_game_id: Action Network's id.
        game_pk: MLB's id, where a row of odds or games names it.
        schedule_date, schedule_home, schedule_away, schedule_start, season_type, game_number, doubleheader: of that
            gamePk in MLB's schedule.
        games_home, games_away, games_start: of the row of curated.enhanced_games with this Action Network id.
        staged_home, staged_away, staged_start: of the row of staging.action_network_games.
        listed_game_pk, listed_home, listed_away, listed_start: what was concluded earlier.
    """

    external_game_id: str
    game_pk: int | None
    schedule_date: date | None
    schedule_home: str | None
    schedule_away: str | None
    schedule_start: datetime | None
    season_type: str | None
    game_number: int | None
    doubleheader: str | None
    games_home: str | None
    games_away: str | None
    games_start: datetime | None
    staged_home: str | None
    staged_away: str | None
    staged_start: datetime | None
    listed_game_pk: int | None
    listed_home: str | None
    listed_away: str | None
    listed_start: datetime | None


@dataclass(frozen=True)
class OddsListing:
    """When and between whom a game is played, and which table says so."""

    external_game_id: str
    game_pk: int | None
    game_date: date
    home_team: str
    away_team: str
    start: datetime
    season_type: str | None
    game_number: int
    doubleheader: str
    evidence: str


def conclude_listing(evidence: OddsEvidence) -> OddsListing | str:
    """The listing of a game, or why there is none.

    MLB's schedule counts most, then the curated row, then the staged one: the curated row's start is an instant, the
    staged one's a date and a time of day. Clubs that a table has exchanged stay exchanged; matching tries both.
    """
    if evidence.schedule_date is not None and evidence.schedule_start is not None:
        assert evidence.schedule_home is not None
        assert evidence.schedule_away is not None
        return OddsListing(
            evidence.external_game_id,
            evidence.game_pk,
            evidence.schedule_date,
            evidence.schedule_home,
            evidence.schedule_away,
            evidence.schedule_start,
            evidence.season_type,
            evidence.game_number or 1,
            evidence.doubleheader or "N",
            "gamePk in MLB's schedule",
        )
    reason = "no table says who plays"
    for table, home, away, start in (
        ("curated.enhanced_games", evidence.games_home, evidence.games_away, evidence.games_start),
        ("staging.action_network_games", evidence.staged_home, evidence.staged_away, evidence.staged_start),
    ):
        if home is None or away is None or start is None:
            continue
        try:
            codes = team_code(home), team_code(away)
        except UnknownTeam as error:
            reason = str(error)
            continue
        if codes[0] == codes[1]:
            reason = f"{table} has {home} play itself"
            continue
        return OddsListing(
            evidence.external_game_id, evidence.game_pk, eastern_date(start), *codes, start, None, 1, "N", table
        )
    return reason


def is_concluded(evidence: OddsEvidence, listing: OddsListing) -> bool:
    """Whether an earlier look came to the same listing."""
    return (evidence.listed_game_pk, evidence.listed_home, evidence.listed_away, evidence.listed_start) == (
        listing.game_pk,
        listing.home_team,
        listing.away_team,
        listing.start,
    )
