"""Facts of live sources about games into staging: state, probables, results, conditions, lineups, box score lines.

Belongs here: rows of changes by known-at that do not depend on the order of the payloads; the current state of a game.
Not here: prices (live_quotes.py), which game of ours it is (game_links.py), commits, the source's lock (live_rows.py).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.identity.game_states import Listing, Role, State, fold, second_game
from mlb_ml_assets.sources.game_rows import Person, SourceGame
from mlb_ml_assets.warehouse.contract import can_write
from mlb_ml_assets.warehouse.live_quotes import copy_incoming
from mlb_ml_assets.warehouse.partition_write import Target, upsert
from mlb_ml_assets.warehouse.queries import run_query
from mlb_ml_assets.warehouse.sql import query

GAME_COLUMNS = (
    "source VARCHAR(30)", "source_game_id VARCHAR(100)", "game_pk BIGINT", "game_date DATE", "season INTEGER",
    "season_type VARCHAR(20)", "home_team VARCHAR(10)", "away_team VARCHAR(10)", "game_number SMALLINT",
    "doubleheader CHAR(1)", "away_rotation INTEGER", "scheduled_start TIMESTAMPTZ", "start_assumed BOOLEAN",
    "status VARCHAR(20)", "status_detail VARCHAR(60)", "park_id VARCHAR(10)", "venue_name VARCHAR(200)",
    "day_night CHAR(1)", "neutral_site BOOLEAN", "scheduled_innings SMALLINT", "captured_at TIMESTAMPTZ",
    "payload_id BIGINT", "content_hash CHAR(64)",
)  # fmt: skip
FACT_COLUMNS = (
    "source VARCHAR(30)", "source_game_id VARCHAR(100)", "fact VARCHAR(30)", "side VARCHAR(4)",
    "known_at TIMESTAMPTZ", "content JSONB",
)  # fmt: skip
STATE_COLUMNS = (
    "game_pk", "game_date", "season", "season_type", "home_team", "away_team", "game_number", "doubleheader",
    "away_rotation", "scheduled_start", "start_assumed", "status", "status_detail", "park_id", "venue_name",
    "day_night", "neutral_site", "scheduled_innings",
)  # fmt: skip
# What a listing says and staging.source_games has no column for.
BESIDE_STATE = ("listed_start", "moved_from", "home_bats_first")
HISTORY_COLUMNS = (
    "status", "status_detail", "game_date", "scheduled_start", "game_number", "doubleheader", "park_id",
    "scheduled_innings", "home_bats_first",
)  # fmt: skip
DECIDED_COLUMNS = (*FACT_COLUMNS, "is_change BOOLEAN")
STATUS_HISTORY = "game_status_history"
# One game may be listed twice at one instant: where it was and where it is. Each is an observation of its own.
SIDE_OF_LISTING: Mapping[str, str] = {"current": "", "moved": "from", "resumed": "next"}
LISTING_OF_SIDE: Mapping[str, Role] = {"": "current", "from": "moved", "next": "resumed"}
# Game, table, side, known-at, and the columns that the table has beside them.
Fact = tuple[str, str, str, datetime, Mapping[str, object]]
# Tables whose rows come from payloads that each know a part (the schedule has no first pitch, the feed has): a value
# missing in one does not undo the value of another.
MERGED = ("game_results", "game_suspensions", "game_conditions")
_PEOPLE = Target(
    "staging.people",
    keys=("player_id",),
    columns=("player_id", "mlbam_id", "full_name", "bats", "throws", "birth_date", "debut"),
)
SIDED = ("probable_starters", "lineups", "lineup_positions", "starter_lines", "bullpen_lines", "team_lines")
# Tables with several rows per side and instant; they are observed, and change, together.
PLAYER_LINES = ("batter_lines", "pitcher_lines")


@dataclass(frozen=True)
class TeamedGame:
    """A source's game with our team codes and park; without a payload where tables of other programs list it."""

    payload_id: int | None
    game: SourceGame
    home_team: str
    away_team: str
    park_id: str | None


def write_games(connection: psycopg.Connection[Any], source: str, games: Sequence[TeamedGame]) -> int:
    """Present state of each game and the history of its states; gives games whose state is new, changed or newer.

    A state is what all listings of the game that were ever captured say together (identity/game_states.py).
    """
    if not games:
        return 0
    payloads = {one.game.source_game_id: one.payload_id for one in games}
    _copy_facts(connection, source, [_listing_fact(one) for one in games])
    named = {"source": source, "games": list(payloads), "payloads": list(payloads.values())}
    repeated = {game for (game,) in connection.execute(query("repeat_listings"), named).fetchall()}
    connection.execute(query("observe_facts"))
    news = {game: payload for game, payload in payloads.items() if game not in repeated}
    if not news:
        return len(repeated)
    written, states = _write_states(connection, source, news)
    _write_history(connection, source, states)
    return written + len(repeated)


def recall_games(connection: psycopg.Connection[Any], days: DayRange, now: datetime) -> None:
    """Bring the present states of the days' listings to what was captured by `now`, for a run as of the past.

    Usually nothing was captured later and nothing is done. The next run as of later brings the states forward again.
    """
    parameters = {"from_day": days.first, "to_day": days.last, "now": now}
    for source, games, listed_later in run_query(connection, "listings_to_recall", parameters).fetchall():
        _write_states(connection, source, dict.fromkeys(games), through=now)
        connection.execute(
            "UPDATE staging.source_games SET known_through = %s WHERE source = %s AND source_game_id = ANY(%s)",
            (now, source, listed_later),
        )


def _write_states(
    connection: psycopg.Connection[Any],
    source: str,
    payloads: Mapping[str, int | None],
    through: datetime | None = None,
) -> tuple[int, dict[str, list[State]]]:
    """Write the newest state of each game of `payloads`; gives rows changed, and all states, oldest first."""
    states = _fold_states(connection, source, sorted(payloads), through)
    rows = [_state_row(source, game, history[-1], payloads.get(game)) for game, history in states.items()]
    copy_incoming(connection, "incoming_games", GAME_COLUMNS, rows)
    written = connection.execute(query("write_source_games")).rowcount
    pairs = connection.execute(query("doubleheader_pairs"), {"source": source, "games": sorted(payloads)}).fetchall()
    if pairs:
        seconds = _second_games(connection, source, pairs, through)
        rows = [_state_row(source, game, history[-1], payloads.get(game)) for game, history in seconds.items()]
        copy_incoming(connection, "incoming_games", GAME_COLUMNS, rows)
        connection.execute(query("write_source_games"))
        states |= seconds
    return written, states


def _listing_fact(one: TeamedGame) -> Fact:
    game = one.game
    content = {name: getattr(game, name) for name in STATE_COLUMNS if hasattr(game, name)}
    content |= {"home_team": one.home_team, "away_team": one.away_team, "park_id": one.park_id}
    content |= {name: getattr(game, name) for name in BESIDE_STATE}
    side = SIDE_OF_LISTING[game.listing]
    return game.source_game_id, STATUS_HISTORY, side, game.captured_at, content


def _copy_facts(connection: psycopg.Connection[Any], source: str, facts: Iterable[Fact]) -> int:
    rows = [(source, game, fact, side, at, Jsonb(_plain(content))) for game, fact, side, at, content in facts]
    if rows:
        copy_incoming(connection, "incoming_facts", FACT_COLUMNS, rows)
    return len(rows)


def _fold_states(
    connection: psycopg.Connection[Any], source: str, games: Sequence[str], through: datetime | None
) -> dict[str, list[State]]:
    """States of these games, oldest first, from all their listings captured by `through`."""
    parameters = {"source": source, "games": list(games), "through": through}
    listings: dict[str, list[Listing]] = {}
    for game, side, known_at, content in connection.execute(query("listings_of_games"), parameters).fetchall():
        role = LISTING_OF_SIDE[side]
        listings.setdefault(game, []).append(Listing(known_at, role, _typed(content)))
    return {game: fold(held) for game, held in listings.items()}


def _second_games(
    connection: psycopg.Connection[Any], source: str, pairs: Sequence[tuple[str, str]], through: datetime | None
) -> dict[str, list[State]]:
    """States of the second games of doubleheaders, which start when the first ones allow."""
    states = _fold_states(connection, source, sorted({game for pair in pairs for game in pair}), through)
    return {
        second: second_game(states[second], states[first])
        for first, second in pairs
        if first in states and second in states
    }


def _typed(content: Mapping[str, Any]) -> dict[str, Any]:
    """A stored listing with its days and instants as such."""
    typed: dict[str, Any] = {name: content.get(name) for name in (*STATE_COLUMNS, *BESIDE_STATE)}
    for name in ("scheduled_start", "listed_start"):
        if typed[name] is not None:
            typed[name] = datetime.fromisoformat(typed[name]).astimezone(UTC)
    for name in ("game_date", "moved_from"):
        if typed[name] is not None:
            typed[name] = date.fromisoformat(typed[name])
    return typed


def _state_row(source: str, game: str, state: State, payload_id: int | None) -> tuple[object, ...]:
    content = tuple(state.content.get(name) for name in STATE_COLUMNS)
    digest = hashlib.sha256(repr(content).encode()).hexdigest()
    return (source, game, *content, state.known_at, payload_id, digest)


def _write_history(connection: psycopg.Connection[Any], source: str, states: Mapping[str, Sequence[State]]) -> None:
    """staging.game_status_history of these games: a row where a state differs from the one before."""
    decided = []
    for game, history in states.items():
        before: dict[str, object] | None = None
        for state in history:
            now = {name: state.content.get(name) for name in HISTORY_COLUMNS}
            row = (source, game, STATUS_HISTORY, "", state.known_at, Jsonb(_plain(now)), now != before)
            decided.append(row)
            before = now
    copy_incoming(connection, "decided_facts", DECIDED_COLUMNS, decided)
    _apply(connection, STATUS_HISTORY)


def write_action_network_games(
    connection: psycopg.Connection[Any], games: Sequence[str], names: Mapping[str, str]
) -> None:
    """The adopted staging.action_network_games for these games, where it fits; `names`: full club names by code."""
    if not can_write(connection, "staging.action_network_games"):
        return
    parameters = {"games": list(games), "codes": list(names), "names": list(names.values())}
    run_query(connection, "write_action_network_games", parameters)


def facts_of(table: str, rows: Iterable[Any]) -> list[Fact]:
    """Source rows as facts of a table: game, table, side, known-at, and the rest as content."""
    facts: list[Fact] = []
    for row in rows:
        content = asdict(row)
        game, known_at, side = content.pop("source_game_id"), content.pop("known_at"), content.pop("side", "")
        facts.append((game, table, side, known_at, content))
    return _together(table, facts) if table in PLAYER_LINES else facts


def _together(table: str, facts: Iterable[Fact]) -> list[Fact]:
    """Lines of single players as one fact per game, side and instant, independent of their order."""
    sides: dict[tuple[str, str, datetime], list[Mapping[str, object]]] = {}
    for game, _, side, known_at, content in facts:
        sides.setdefault((game, side, known_at), []).append(content)
    return [
        (game, table, side, known_at, {"lines": sorted(lines, key=lambda line: str(line["player_id"]))})
        for (game, side, known_at), lines in sides.items()
    ]


def write_facts(
    connection: psycopg.Connection[Any],
    source: str,
    facts: Iterable[Fact],
) -> int:
    """Facts into their tables, a row where the fact changes; gives rows written."""
    given = list(facts)
    if not _copy_facts(connection, source, given):
        return 0
    connection.execute(query("observe_facts"))
    connection.execute("DROP TABLE IF EXISTS decided_facts")
    connection.execute(query("decide_fact_changes"))
    tables = sorted({fact[1] for fact in given})
    _merge(connection, source, [table for table in tables if table in MERGED])
    return sum(
        _apply_lines(connection, table) if table in PLAYER_LINES else _apply(connection, table) for table in tables
    )


def _plain(content: Mapping[str, object]) -> dict[str, object]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in content.items()}


def _merge(connection: psycopg.Connection[Any], source: str, tables: Sequence[str]) -> None:
    """Decide again, for facts reported in parts: each instant has what was known by then."""
    if not tables:
        return
    parameters = {"source": source, "facts": list(tables)}
    observed = connection.execute(query("observed_facts_of_incoming"), parameters).fetchall()
    connection.execute("DELETE FROM decided_facts WHERE fact = ANY(%s)", (list(tables),))
    known: dict[tuple[str, str], dict[str, object]] = {}
    decided = []
    for game, fact, known_at, content in observed:
        before = known.get((game, fact), {})
        now = {**content, **before, **{key: value for key, value in content.items() if value is not None}}
        decided.append((source, game, fact, "", known_at, Jsonb(now), now != before))
        known[game, fact] = now
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO decided_facts (source, source_game_id, fact, side, known_at, content, is_change) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            decided,
        )


def _apply(connection: psycopg.Connection[Any], table: str) -> int:
    """Make the table's rows of the decided facts what was decided."""
    status = table == "game_status_history"
    stamp = "captured_at" if status else "known_at"
    key = ["source", "source_game_id", *(["side"] if table in SIDED else []), stamp]
    extra = [] if status else ["assumed"]
    held = sql.SQL(", ").join(
        sql.SQL("d.known_at") if name == stamp else sql.SQL("d.") + sql.Identifier(name) for name in key
    )
    names = connection.execute(
        "SELECT DISTINCT jsonb_object_keys(content) FROM decided_facts WHERE fact = %s ORDER BY 1", (table,)
    ).fetchall()
    content = [name for (name,) in names]
    target = sql.Identifier("staging", table)
    parts = {
        "target": target,
        "key": sql.SQL(", ").join(sql.SQL("t.") + sql.Identifier(name) for name in key),
        "held": held,
        "columns": sql.SQL(", ").join(map(sql.Identifier, [*key, *extra, *content])),
        "assumed": sql.SQL("FALSE, " if extra else ""),
        "values": sql.SQL(", ").join(sql.SQL("r.") + sql.Identifier(name) for name in content),
        "conflict": sql.SQL(", ").join(map(sql.Identifier, key)),
        "set": sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in content),
        "old": sql.SQL(", ").join(sql.SQL("t.") + sql.Identifier(name) for name in content),
        "new": sql.SQL(", ").join(sql.SQL("excluded.") + sql.Identifier(name) for name in content),
    }
    connection.execute(
        sql.SQL(
            "DELETE FROM {target} AS t USING decided_facts AS d "
            "WHERE d.fact = %s AND NOT d.is_change AND ({key}) = ({held})"
        ).format(**parts),
        (table,),
    )
    return connection.execute(
        sql.SQL(
            "INSERT INTO {target} AS t ({columns}) SELECT {held}, {assumed}{values} FROM decided_facts AS d "
            "CROSS JOIN LATERAL jsonb_populate_record(NULL::{target}, d.content) AS r "
            "WHERE d.fact = %s AND d.is_change ON CONFLICT ({conflict}) DO UPDATE SET {set} "
            "WHERE ROW({old}) IS DISTINCT FROM ROW({new})"
        ).format(**parts),
        (table,),
    ).rowcount


def _apply_lines(connection: psycopg.Connection[Any], table: str) -> int:
    """Make the table's lines of each decided side and instant exactly those that were decided."""
    target = sql.Identifier("staging", table)
    connection.execute(
        sql.SQL(
            "DELETE FROM {} AS t USING decided_facts AS d WHERE d.fact = %s "
            "AND (t.source, t.source_game_id, t.side, t.known_at) "
            "= (d.source, d.source_game_id, d.side, d.known_at)"
        ).format(target),
        (table,),
    )
    names = connection.execute(
        "SELECT DISTINCT jsonb_object_keys(line) FROM decided_facts "
        "CROSS JOIN LATERAL jsonb_array_elements(content -> 'lines') AS line WHERE fact = %s ORDER BY 1",
        (table,),
    ).fetchall()
    content = [name for (name,) in names]
    columns = sql.SQL(", ").join(map(sql.Identifier, content))
    values = sql.SQL(", ").join(sql.SQL("r.") + sql.Identifier(name) for name in content)
    return connection.execute(
        sql.SQL(
            "INSERT INTO {target} (source, source_game_id, side, known_at, assumed, {columns}) "
            "SELECT d.source, d.source_game_id, d.side, d.known_at, FALSE, {values} FROM decided_facts AS d "
            "CROSS JOIN LATERAL jsonb_populate_recordset(NULL::{target}, d.content -> 'lines') AS r "
            "WHERE d.fact = %s AND d.is_change"
        ).format(target=target, columns=columns, values=values),
        (table,),
    ).rowcount


def write_people(connection: psycopg.Connection[Any], people: Iterable[Person]) -> None:
    """Add players not yet known; rows of an archive are kept."""
    rows = {p.player_id: (p.player_id, _mlbam(p), p.full_name, p.bats, p.throws, p.birth_date, p.debut) for p in people}
    if rows:
        upsert(connection, _PEOPLE, list(rows.values()), update=())


def _mlbam(person: Person) -> int | None:
    return int(person.player_id) if person.player_id.isdigit() else None
