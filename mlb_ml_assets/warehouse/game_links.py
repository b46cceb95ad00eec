"""Links between a source's games and ours: curated.game_identity.

Belongs here: reading what is not linked yet, writing what identity/live_matching.py finds, counting the rest by reason.
Not here: the matching itself.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from mlb_ml_assets.identity.live_matching import KnownGame, ListedGame, Unmatched, match
from mlb_ml_assets.identity.teams import code_or_spelling
from mlb_ml_assets.sources.catalogue import source_of
from mlb_ml_assets.warehouse.queries import Parameters, read_objects, run_query
from mlb_ml_assets.warehouse.sql import query


@dataclass
class Links:
    """What linking did.

    Attributes:
        linked: new or moved links.
        linked_games: the source's ids of these.
        left_games: our ids of games that lost a link, and what the linked record contributed to them.
        unmapped: games without a link, by reason.
        games: each of these with its reason.
    """

    linked: int = 0
    linked_games: set[str] = field(default_factory=set)
    left_games: set[int] = field(default_factory=set)
    unmapped: Counter[str] = field(default_factory=Counter)
    games: list[Unmatched] = field(default_factory=list)


def read_game_ids(connection: psycopg.Connection[Any], source: str) -> dict[str, int]:
    """Our game id by the source's, for every linked record of the source."""
    return dict(run_query(connection, "game_ids_of_source", {"source": source}).fetchall())


def read_unlinked(connection: psycopg.Connection[Any], source: str) -> set[str]:
    """The source's ids of all its listings that have no link."""
    return {game for (game,) in run_query(connection, "unlinked_listings", {"source": source})}


def link_games(
    connection: psycopg.Connection[Any], source: str, games: Collection[str], day: date | None = None
) -> Links:
    """Match the games of a live source whose evidence changed, and those within a week that have no link.

    A link is a conclusion: one that the present evidence does not support is dropped, with its reason in
    curated.unlinked_games. Runs inside the caller's transaction.

    Args:
        connection: inside a transaction.
        source: a source that makes no games of its own.
        games: the source's ids of games that were listed anew, or whose game moved.
        day: games within a week of it that have no link are matched too, whether anything changed or not.
    """
    wanted: Parameters = {"source": source, "games": sorted(games), "day": day}
    rows = connection.execute(query("games_to_link"), wanted).fetchall()
    links = Links()
    if not rows:
        return links
    incoming = [ListedGame(*row[:11]) for row in rows]
    held = {row[0]: row[11] for row in rows}
    days = {game.game_date + timedelta(days=shift) for game in incoming for shift in range(-2, 3)}
    nearby = {"days": sorted(days), "source": source}
    known = [
        replace(game, home_team=code_or_spelling(game.home_team), away_team=code_or_spelling(game.away_team))
        for game in read_objects(connection, "known_games", KnownGame, nearby)
    ]
    found, unmatched = match(incoming, known)
    taken = {link.game_id for link in found}
    _drop_links(connection, source, unmatched, held, taken, links)
    for link in found:
        before = held[link.source_game_id]
        if before == link.game_id:
            continue
        if before is not None:
            links.left_games.add(before)
        parameters = {
            "source": source,
            "source_game_id": link.source_game_id,
            "game_id": link.game_id,
            "confidence": link.confidence,
            "method": link.method,
            "evidence": Jsonb(dict(link.evidence)),
        }
        links.linked += connection.execute(query("write_game_links"), parameters).rowcount
        links.linked_games.add(link.source_game_id)
    if found and source_of(source).games_table is not None:
        _name_shared_games(connection, [link.source_game_id for link in found])
    links.unmapped = Counter(one.reason for one in links.games)
    return links


def _drop_links(
    connection: psycopg.Connection[Any],
    source: str,
    unmatched: Sequence[Unmatched],
    held: Mapping[str, int | None],
    taken: Collection[int],
    links: Links,
) -> None:
    """Drop the links of games that match none of ours now, and keep the reasons of all that have no link.

    A listing that its source calls postponed keeps its game until another listing is that game: it is what was bet on.
    """
    kept = {one.source_game_id for one in unmatched if one.is_called_off and held[one.source_game_id] not in taken}
    links.games = [one for one in unmatched if one.source_game_id not in kept or held[one.source_game_id] is None]
    dropped = [one.source_game_id for one in links.games if held[one.source_game_id] is not None]
    links.left_games |= {game for name in dropped if (game := held[name]) is not None}
    connection.execute(
        "DELETE FROM curated.game_identity WHERE source = %s AND source_game_id = ANY(%s)", (source, dropped)
    )
    unlinked = [one.source_game_id for one in links.games]
    connection.execute(
        "DELETE FROM curated.unlinked_games WHERE source = %s AND source_game_id = ANY(%s)",
        (source, sorted(held.keys() - set(unlinked))),
    )
    parameters = {
        "source": source,
        "games": unlinked,
        "reasons": [one.reason for one in links.games],
        "details": [one.detail for one in links.games],
    }
    connection.execute(query("write_unlinked_games"), parameters)


def _name_shared_games(connection: psycopg.Connection[Any], games: list[str]) -> None:
    """Write what the links say of these games into the adopted tables that share them."""
    connection.execute(query("name_action_network_games"), {"games": games})
    connection.execute(
        "UPDATE staging.action_network_games AS a SET mlb_stats_api_game_id = e.mlb_stats_api_game_id "
        "FROM curated.game_identity AS i INNER JOIN curated.enhanced_games AS e ON e.id = i.game_id "
        "WHERE i.source = 'action_network' AND a.external_game_id = i.source_game_id "
        "AND a.mlb_stats_api_game_id IS NULL AND i.source_game_id = ANY(%s)",
        (games,),
    )
