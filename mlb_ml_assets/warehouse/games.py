"""The master games table, from every source that knows a game.

Belongs here: linking records to games, creating and adopting rows of curated.enhanced_games, its details and identity.
Not here: which record is which game (identity/), lines of the market (market_lines.py).
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.identity.game_record import Resolution, resolve
from mlb_ml_assets.identity.parks import PARKS
from mlb_ml_assets.identity.teams import TEAMS, code_or_spelling
from mlb_ml_assets.warehouse.connection import require_transaction
from mlb_ml_assets.warehouse.contract import require_fit
from mlb_ml_assets.warehouse.game_links import Links, link_games
from mlb_ml_assets.warehouse.live_facts import recall_games
from mlb_ml_assets.warehouse.locks import lock_partition
from mlb_ml_assets.warehouse.partition_write import Target, upsert
from mlb_ml_assets.warehouse.queries import read_frame, run_query
from mlb_ml_assets.warehouse.quote_months import months_of_games
from mlb_ml_assets.warehouse.sql import query
from mlb_ml_assets.warehouse.upkeep import analyze_filled

Report = dict[str, int | float | str]
_IDENTITY = Target("curated.game_identity", keys=("source", "source_game_id"))


def build_enhanced_games(connection: psycopg.Connection[Any], from_day: date, to_day: date) -> Report:
    """Bring every game of the days up to date, each once; both days included. The caller's transaction commits.

    Records that no game was found for stay in staging and are tried again whenever their day or a neighbour is built;
    curated.unmapped_games shows them.

    Returns:
        Counts for the asset's metadata: games, created, updated, links, and unmapped by reason.

    Raises:
        ContractError: curated.enhanced_games does not fit.
        WriteRefused: no transaction is open.
    """
    require_transaction(connection)
    require_fit(connection, "curated.enhanced_games")
    # One writer: two days built at once could both create a game that one source dates to either.
    lock_partition(connection, "curated.enhanced_games", "identity")
    days = {"from_day": from_day, "to_day": to_day}
    recall_games(connection, DayRange(from_day, to_day), present())
    run_query(connection, "link_duplicate_games", days)
    records = read_frame(connection, "records_to_link", days)
    games = read_frame(connection, "games_to_link_to", days).set_index("id")
    for side in ("home_team", "away_team"):
        games[side] = games[side].map(code_or_spelling)
    linked = read_frame(connection, "standing_links", days)
    resolution = resolve(records, games, linked)
    made = _create(connection, resolution)
    _link(connection, resolution, made)
    listings = connection.execute(query("listings_to_match"), days).fetchall()
    matched = {source: link_games(connection, source, ids) for source, ids in listings}
    # Without statistics many new games are joined by nested loops: those of two seasons take 77 s instead of 2.
    new = len(resolution.links) + sum(links.linked for links in matched.values())
    analyze_filled(connection, ("curated.game_identity", "curated.enhanced_games"), new)
    left = {game for links in matched.values() for game in links.left_games}
    touched = sorted({*_touched(connection, days), *left})
    updated = refresh_games(connection, touched)
    report = _report(resolution, records, touched, updated)
    return report | _live_report(report, listings, matched)


def refresh_games(connection: psycopg.Connection[Any], games: Collection[int]) -> int:
    """Bring what curated tables say of these games up to date with their linked records; gives rows changed."""
    _load_names(connection)
    parameters = {"game_ids": sorted(games), "now": present(), **months_of_games(connection, games)}
    (updated,) = run_query(connection, "update_enhanced_games", parameters).fetchone() or (0,)
    connection.execute(query("update_game_details"), parameters)
    return int(updated)


def _live_report(report: Report, listings: list[tuple[str, list[str]]], matched: Mapping[str, Links]) -> Report:
    """The report's counts with those of live sources added."""
    listed = {source: set(ids) for source, ids in listings}
    unmapped = {
        source: Counter(one.reason for one in links.games if one.source_game_id in listed[source])
        for source, links in matched.items()
    }
    total, missing = sum(map(len, listed.values())), sum(counts.total() for counts in unmapped.values())
    counts: Report = {
        "records": int(report["records"]) + total,
        "records_mapped": int(report["records_mapped"]) + total - missing,
        "records_unmapped": int(report["records_unmapped"]) + missing,
    }
    return counts | {
        f"unmapped {source}: {reason}": count
        for source, reasons in unmapped.items()
        for reason, count in sorted(reasons.items())
    }


def _create(connection: psycopg.Connection[Any], resolution: Resolution) -> dict[int, int]:
    """Ids of the new games by the resolution's own numbers."""
    if not resolution.created:
        return {}
    sources, ids = zip(*resolution.created.values(), strict=True)
    params = {"numbers": list(resolution.created), "sources": list(sources), "source_game_ids": list(ids)}
    return dict(connection.execute(query("create_games"), params).fetchall())


def _link(connection: psycopg.Connection[Any], resolution: Resolution, made: dict[int, int]) -> None:
    for source, source_game_id in resolution.dissolved:
        connection.execute(
            "DELETE FROM curated.game_identity WHERE source = %s AND source_game_id = %s", (source, source_game_id)
        )
    if not resolution.links:
        return
    rows = pd.DataFrame(
        [
            (
                link.source,
                link.source_game_id,
                made.get(int(link.game), link.game),
                link.confidence,
                link.method,
                link.evidence,
            )
            for link in resolution.links
        ],
        columns=["source", "source_game_id", "game_id", "confidence", "method", "evidence"],
    )
    upsert(connection, _IDENTITY, rows)


def _touched(connection: psycopg.Connection[Any], days: dict[str, Any]) -> list[int]:
    """Games of the days, and games linked to records of the days."""
    return [row[0] for row in connection.execute(query("games_of_days"), days)]


def _load_names(connection: psycopg.Connection[Any]) -> None:
    """Team names and places as temporary tables: identity/ is their home, and the update joins them."""
    connection.execute(query("names_and_places"))
    names = [(team.code, name.full_name, name.valid_from, name.valid_to) for team in TEAMS for name in team.names]
    places = [(park.park_id, park.city, park.state, park.timezone) for park in PARKS]
    with connection.cursor() as cursor:
        with cursor.copy("COPY pg_temp.game_names FROM STDIN") as copy:
            for name in names:
                copy.write_row(name)
        with cursor.copy("COPY pg_temp.game_places FROM STDIN") as copy:
            for place in places:
                copy.write_row(place)


def _report(resolution: Resolution, records: pd.DataFrame, touched: list[int], updated: int) -> Report:
    report: Report = {
        "games": len(touched),
        "games_created": len(resolution.created),
        "games_updated": updated,
        "records": len(records),
        "records_mapped": resolution.carried + len(resolution.links),
        "records_unmapped": len(resolution.unmatched),
    }
    for (source, reason), count in sorted(
        Counter((source, reason) for (source, _), reason in resolution.unmatched.items()).items()
    ):
        report[f"unmapped {source}: {reason}"] = count
    for method, count in sorted(Counter(link.method for link in resolution.links).items()):
        report[f"linked by {method}"] = count
    return report
