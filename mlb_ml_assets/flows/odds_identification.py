"""Odds that another program wrote get their games, without any capture of ours.

Belongs here: evidence in, listings and books out; counts of what stays unidentified, by reason.
Not here: weighing evidence (identity/odds_listings.py), linking listings to games (warehouse/games.py).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import psycopg

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.identity.books import describe_book
from mlb_ml_assets.identity.odds_listings import OddsClaim, OddsListing, Schedule, conclude_listing
from mlb_ml_assets.identity.teams import UnknownTeam, team_code_by
from mlb_ml_assets.sources.action_network import SPEC, parse
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.rows import PayloadShapeError
from mlb_ml_assets.warehouse.live_facts import TeamedGame, write_games
from mlb_ml_assets.warehouse.live_rows import write_books
from mlb_ml_assets.warehouse.odds_evidence import (
    QuotedBook,
    copy_unified_odds,
    create_listed_games,
    mark_listed_odds,
    read_landed_games,
    read_listed_odds,
    read_odds_claims,
    read_quoted_books,
    read_scheduled_games,
)


def identify_odds(connection: psycopg.Connection[Any], days: DayRange) -> dict[str, int]:
    """List the Action Network games of these days from the tables of other programs; the caller's transaction commits.

    A listing is revised when better evidence arrives, and leaves the games of our own captures alone.

    Returns:
        odds_games_listed (new or revised), odds_games_created (that no table of games and no schedule has),
        unified_odds_read (prices that only staging.betting_odds_unified had), and the games that stay unidentified by
        reason.
    """
    read = copy_unified_odds(connection, days)
    listed = read_listed_odds(connection, days)
    games = [one.external_game_id for one in listed]
    quoted = read_quoted_books(connection, games)
    claims = _read_claims(connection, games, days, quoted)
    schedule = Schedule(read_scheduled_games(connection, days))
    listings: list[OddsListing] = []
    reasons: Counter[str] = Counter()
    for one in listed:
        listing = conclude_listing(claims.get(one.external_game_id, ()), schedule)
        if isinstance(listing, str):
            reasons[listing] += 1
        elif not one.is_concluded(listing):
            listings.append(listing)
    if listings:
        books = _books_of({listing.external_game_id for listing in listings}, quoted)
        write_books(connection, SPEC.name, [describe_book(book.book_id, SPEC.books, book) for book in books])
        write_games(connection, SPEC.name, [_game(listing) for listing in listings])
        mark_listed_odds(connection, [listing.external_game_id for listing in listings])
    created = create_listed_games(connection, games)
    report = {"odds_games_listed": len(listings), "odds_games_created": created, "unified_odds_read": read}
    return report | {f"odds games not identified: {reason}": count for reason, count in sorted(reasons.items())}


def _books_of(games: Collection[str], quoted: Sequence[QuotedBook]) -> list[Book]:
    """The books that quote these games, each once; of several names the last in the alphabet, whatever the order."""
    names: dict[str, str] = {}
    for one in quoted:
        if one.external_game_id in games:
            names[one.book_id] = max(names.get(one.book_id, ""), one.name or "")
    return [Book(book_id, name or book_id) for book_id, name in sorted(names.items())]


def _read_claims(
    connection: psycopg.Connection[Any], games: Sequence[str], days: DayRange, quoted: Sequence[QuotedBook]
) -> Mapping[str, Sequence[OddsClaim]]:
    """What is claimed of each game; payloads that another program landed count where no table says who plays."""
    claims: dict[str, list[OddsClaim]] = defaultdict(list)
    for claim in [*read_odds_claims(connection, games, days), *map(_claim_of_odds, quoted)]:
        claims[claim.external_game_id].append(claim)
    without_clubs = [game for game in games if all(claim.home is None for claim in claims[game])]
    for game, payload in read_landed_games(connection, without_clubs).items():
        landed = _landed_claim(game, payload)
        if landed is not None:
            claims[game].append(landed)
    return claims


def _claim_of_odds(quoted: QuotedBook) -> OddsClaim:
    return OddsClaim(
        external_game_id=quoted.external_game_id,
        table_name="staging.action_network_odds_historical",
        is_listing=False,
        game_pk=quoted.game_pk,
        home=None,
        away=None,
        start=None,
    )


def _landed_claim(game: str, payload: object) -> OddsClaim | None:
    """What a landed payload says of its game; None where it is neither a scoreboard nor one game of it."""
    board = payload if isinstance(payload, Mapping) and "games" in payload else {"games": [payload]}
    try:
        found = [one for one in parse(board, present()).games if one.source_game_id == game]
        if not found:
            return None
        home, away = (team_code_by(SPEC.team_naming, team) for team in (found[0].home_team, found[0].away_team))
    except (PayloadShapeError, UnknownTeam):
        return None
    return OddsClaim(
        external_game_id=game,
        table_name="raw_data.action_network_games",
        is_listing=True,
        game_pk=None,
        home=home,
        away=away,
        start=found[0].scheduled_start,
    )


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
