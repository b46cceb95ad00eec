"""Odds that another program wrote get their games, without any capture of ours.

Belongs here: evidence in, listings and books out; counts of what stays unidentified, by reason.
Not here: weighing evidence (identity/odds_listings.py), linking listings to games (warehouse/games.py).
"""

from collections import Counter
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.identity.books import describe_book
from mlb_ml_assets.identity.odds_listings import OddsListing, conclude_listing, is_concluded
from mlb_ml_assets.sources.action_network import SPEC
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.warehouse.live_facts import TeamedGame, write_games
from mlb_ml_assets.warehouse.live_rows import write_books
from mlb_ml_assets.warehouse.odds_evidence import read_odds_evidence, read_quoted_books


def identify_odds(connection: psycopg.Connection[Any], days: DayRange) -> dict[str, int]:
    """List the Action Network games of these days from the tables of other programs; the caller's transaction commits.

    A listing is revised when better evidence arrives, and leaves the games of our own captures alone.

    Returns:
        odds_games_listed (new or revised), and odds_games_unidentified by reason.
    """
    listings: list[OddsListing] = []
    reasons: Counter[str] = Counter()
    for evidence in read_odds_evidence(connection, days):
        listing = conclude_listing(evidence)
        if isinstance(listing, str):
            reasons[listing] += 1
        elif not is_concluded(evidence, listing):
            listings.append(listing)
    if listings:
        quoted = read_quoted_books(connection, [listing.external_game_id for listing in listings])
        write_books(connection, SPEC.name, [describe_book(book.book_id, SPEC.books, book) for book in quoted])
        write_games(connection, SPEC.name, [_game(listing) for listing in listings])
    report = {"odds_games_listed": len(listings)}
    return report | {f"odds games not identified: {reason}": count for reason, count in sorted(reasons.items())}


def _game(listing: OddsListing) -> TeamedGame:
    game = SourceGame(
        source_game_id=listing.external_game_id,
        game_date=listing.game_date,
        season=listing.game_date.year,
        home_team=listing.home_team,
        away_team=listing.away_team,
        scheduled_start=listing.start,
        status="scheduled",
        captured_at=present(),
        game_pk=listing.game_pk,
        season_type=listing.season_type,
        game_number=listing.game_number,
        doubleheader=listing.doubleheader,
        status_detail=f"from {listing.evidence}",
        # As of every odds page, which names neither; a schedule's record of the game counts before this one.
        neutral_site=False,
        scheduled_innings=9,
    )
    return TeamedGame(None, game, listing.home_team, listing.away_team, None)
