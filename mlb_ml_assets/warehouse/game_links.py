"""Links between a source's games and ours: curated.game_identity.

Belongs here: reading what is not linked yet, writing what identity/live_matching.py finds, counting the rest by reason.
Not here: the matching itself.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from mlb_ml_assets.identity.live_matching import KnownGame, ToldGame, Unmatched, match
from mlb_ml_assets.sources.catalogue import source_of
from mlb_ml_assets.warehouse.queries import read_objects, run_query
from mlb_ml_assets.warehouse.sql import query


@dataclass
class Links:
    """What linking did: new or moved links, games linked to none by reason, and each of those with its detail."""

    linked: int = 0
    linked_games: set[str] = field(default_factory=set)
    unmapped: Counter[str] = field(default_factory=Counter)
    games: list[Unmatched] = field(default_factory=list)


def read_game_ids(connection: psycopg.Connection[Any], source: str) -> dict[str, int]:
    """Our game id by the source's, for every linked record of the source."""
    return dict(run_query(connection, "game_ids_of_source", {"source": source}).fetchall())


def link_games(connection: psycopg.Connection[Any], source: str) -> Links:
    """Link every game of the source that is not linked yet and that now can be; inside the caller's transaction."""
    rows = connection.execute(query("games_to_link"), {"source": source}).fetchall()
    links = Links()
    if not rows:
        return links
    told = [ToldGame(*row[:11]) for row in rows]
    held = {row[0]: row[11] for row in rows}
    days = [game.game_date for game in told]
    known = read_objects(
        connection,
        "known_games",
        KnownGame,
        {"from_day": min(days) - timedelta(days=2), "to_day": max(days) + timedelta(days=2)},
    )
    found, unmatched = match(told, known)
    # A source that lists a game anew under another id would otherwise count twice, once with prices long gone.
    given_up = [one.source_game_id for one in unmatched if held[one.source_game_id] is not None]
    connection.execute(
        "DELETE FROM curated.game_identity WHERE source = %s AND source_game_id = ANY(%s) AND game_id = ANY(%s)",
        (source, given_up, [link.game_id for link in found]),
    )
    for link in found:
        if held[link.source_game_id] == link.game_id:
            continue
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
        games = [link.source_game_id for link in found]
        connection.execute(query("name_action_network_games"), {"games": games})
        connection.execute(
            "UPDATE staging.action_network_games AS a SET mlb_stats_api_game_id = e.mlb_stats_api_game_id "
            "FROM curated.game_identity AS i INNER JOIN curated.enhanced_games AS e ON e.id = i.game_id "
            "WHERE i.source = 'action_network' AND a.external_game_id = i.source_game_id "
            "AND a.mlb_stats_api_game_id IS NULL AND i.source_game_id = ANY(%s)",
            (games,),
        )
    links.games = [one for one in unmatched if held[one.source_game_id] is None]
    links.unmapped = Counter(one.reason for one in links.games)
    return links
