"""What the tables of other programs say of the games and books of their odds.

Belongs here: reading the claims about Action Network games, the games with a gamePk, and the books that quote them;
bringing odds of a second table into the one that all queries read.
Not here: what the claims amount to (identity/odds_listings.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.identity.odds_listings import OddsClaim, OddsListing, ScheduledGame
from mlb_ml_assets.warehouse.queries import read_objects, run_query


@dataclass(frozen=True)
class ListedOdds:
    """An Action Network game without a payload of ours; listed_* is what was concluded of it earlier."""

    external_game_id: str
    listed_game_pk: int | None
    listed_home: str | None
    listed_away: str | None
    listed_start: datetime | None

    def is_concluded(self, listing: OddsListing) -> bool:
        """Whether an earlier look came to the same listing."""
        return (self.listed_game_pk, self.listed_home, self.listed_away, self.listed_start) == (
            listing.game_pk,
            listing.home_team,
            listing.away_team,
            listing.start,
        )


@dataclass(frozen=True)
class QuotedBook:
    """A book that quotes an Action Network game; name and game_pk (text) of its rows, None where none has one."""

    external_game_id: str
    book_id: str
    name: str | None
    game_pk: str | None


def copy_unified_odds(connection: psycopg.Connection[Any], days: DayRange) -> int:
    """Prices that only staging.betting_odds_unified has, into Action Network's table of odds; gives rows written."""
    return run_query(connection, "copy_unified_odds", _range(days)).rowcount


def read_listed_odds(connection: psycopg.Connection[Any], days: DayRange) -> list[ListedOdds]:
    """Every Action Network game of these days of which no payload of ours is stored."""
    return read_objects(connection, "odds_listings", ListedOdds, _range(days))


def mark_listed_odds(connection: psycopg.Connection[Any], games: Sequence[str] | None = None) -> None:
    """Note which games of other programs' odds are listed: `read_listed_odds` looks the others up, each time.

    Args:
        connection: any.
        games: Action Network ids; None means all.
    """
    run_query(connection, "mark_listed_odds", {"games": None if games is None else list(games)})


def read_odds_claims(connection: psycopg.Connection[Any], games: Sequence[str], days: DayRange) -> list[OddsClaim]:
    """What tables say of these games, one claim per game and table."""
    return read_objects(connection, "odds_claims", OddsClaim, {"games": list(games), **_range(days)})


def read_landed_games(connection: psycopg.Connection[Any], games: Sequence[str]) -> dict[str, Any]:
    """The newest payload of each of these games in raw_data.action_network_games."""
    return dict(run_query(connection, "landed_games", {"games": list(games)}).fetchall())


def read_scheduled_games(connection: psycopg.Connection[Any], days: DayRange) -> list[ScheduledGame]:
    """Games with a gamePk of these days and their neighbors."""
    return read_objects(connection, "scheduled_games", ScheduledGame, _range(days))


def create_listed_games(connection: psycopg.Connection[Any], games: Sequence[str]) -> int:
    """Rows of curated.enhanced_games for games that no table of games and no schedule has; gives rows written."""
    return run_query(connection, "create_listed_games", {"games": list(games)}).rowcount


def read_quoted_books(connection: psycopg.Connection[Any], games: Sequence[str]) -> list[QuotedBook]:
    """The books that quote each of these Action Network games, with what their rows name; one pass over the odds."""
    return read_objects(connection, "quoted_books", QuotedBook, {"games": list(games)})


def _range(days: DayRange) -> dict[str, Any]:
    return {"from_day": days.first, "to_day": days.last}
