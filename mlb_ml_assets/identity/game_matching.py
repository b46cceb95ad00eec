"""Which game a source's record is about, with the evidence.

Belongs here: matching records to games by gamePk, teams, day, start, order and score; confidence; why one is unmatched.
Not here: create games (game_record.py), or know any source's format.

Date and teams alone decide only where one record meets one game. Two games of a doubleheader share both, three pairs
of ten seasons share even the score, and the second game of a one-admission pair is listed five minutes after the
first, so there the order decides and the score confirms.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pandas as pd

RECORD_COLUMNS = (
    "source", "source_game_id", "game_pk", "game_date", "home_team", "away_team", "game_number", "doubleheader",
    "away_rotation", "scheduled_start", "start_assumed", "home_score", "away_score",
)  # fmt: skip
GAME_COLUMNS = tuple(name for name in RECORD_COLUMNS if name not in ("source", "source_game_id", "away_rotation"))

# How sure a link is before the score is looked at; a score that agrees adds .04, one that differs takes .15.
CONFIDENCE = {
    "game_pk": 1.00,
    "teams_and_day": 0.95,
    "double_header_start": 0.95,
    "double_header_order": 0.93,
    "double_header_number": 0.90,
    "double_header_score": 0.88,
    "neighbouring_day": 0.83,
}
SCORE_AGREES, SCORE_DIFFERS, TEAMS_REVERSED = 0.04, -0.15, -0.10
# Listed starts drift by minutes between polls; a split doubleheader's games are at least two hours apart.
SAME_START = timedelta(minutes=45)
# Rain has delayed a first pitch by four hours and more, never by twelve.
SAME_DAY = timedelta(hours=12)


@dataclass(frozen=True)
class Link:
    """One record is about one game; `reversed` where the record's home club is the game's visitor."""

    source: str
    source_game_id: str
    game: int | str
    method: str
    confidence: float
    reversed: bool
    evidence: dict[str, Any]


@dataclass
class Matches:
    """Links, and the records without one with the reason."""

    links: list[Link] = field(default_factory=list)
    unmatched: dict[tuple[str, str], str] = field(default_factory=dict)


# A namedtuple of one record or game.
Row = Any


def match_games(records: pd.DataFrame, games: pd.DataFrame) -> Matches:
    """Link records (RECORD_COLUMNS) to games (GAME_COLUMNS, any unique index); each game once per source.

    A record whose gamePk differs from a game's is never linked to it. Days are official dates, starts UTC instants.
    """
    matches = Matches()
    known: list[Row] = list(games.itertuples())
    by_pk = {int(game.game_pk): game for game in known if pd.notna(game.game_pk)}
    waiting: list[Row] = []
    taken: set[tuple[str, Hashable]] = set()
    incoming: list[Row] = list(records[list(RECORD_COLUMNS)].itertuples(index=False))
    for record in incoming:
        game = by_pk.get(int(record.game_pk)) if pd.notna(record.game_pk) else None
        if game is not None and _pair(game) == _pair(record):
            _link(matches, taken, record, game, "game_pk")
        else:
            waiting.append(record)
    by_day: dict[tuple[Any, frozenset[str]], list[Row]] = {}
    for game in known:
        by_day.setdefault((game.game_date, _pair(game)), []).append(game)
    late = []
    for (source, day, pair), group in _grouped(waiting):
        here = [game for game in by_day.get((day, pair), []) if (source, game.Index) not in taken]
        possible = [game for game in here if _pk_compatible(group, game) and _starts_compatible(group, game)]
        late += _match_day(group, possible, matches, taken)
    _match_neighbours(late, by_day, matches, taken)
    return matches


def _grouped(records: list[Row]) -> Iterator[tuple[tuple[str, Any, frozenset[str]], list[Row]]]:
    groups: dict[tuple[str, Any, frozenset[str]], list[Row]] = {}
    for record in records:
        groups.setdefault((record.source, record.game_date, _pair(record)), []).append(record)
    yield from groups.items()


def _match_day(records: list[Row], games: list[Row], matches: Matches, taken: set[tuple[str, Hashable]]) -> list[Row]:
    """Link the records of one source, day and pair of clubs; returns those for which no game is left."""
    if not games:
        for record in records:
            matches.unmatched[_key(record)] = "no game of these clubs on that day"
        return records
    if len(records) == len(games) == 1 and not _told_as_other_game(records[0], games[0]):
        _link(matches, taken, records[0], games[0], "teams_and_day")
        return []
    if len(records) == len(games):
        reason = _match_in_order(records, games, matches, taken)
    else:
        reason = _match_one_by_one(records, games, matches, taken)
    left = [record for record in records if not _linked(matches, record, taken, games)]
    for record in left:
        matches.unmatched[_key(record)] = reason
    return left if len(records) > len(games) else []


def _told_as_other_game(record: Row, game: Row) -> bool:
    """One record and one game of a day that has two: whether they may be different ones."""
    double = record.doubleheader != "N" or game.doubleheader != "N"
    if not double or _same_start(record, game):
        return False
    return bool(record.game_number != game.game_number) or _score(record, game) is False


def _match_in_order(records: list[Row], games: list[Row], matches: Matches, taken: set[tuple[str, Hashable]]) -> str:
    games = sorted(games, key=lambda game: game.game_number)
    method, ordered = _in_order(records)
    scores = [_score(record, game) for record, game in zip(ordered, games, strict=True)]
    if False not in scores:
        for record, game in zip(ordered, games, strict=True):
            _link(matches, taken, record, game, method)
        return ""
    turned = list(reversed(ordered))
    if len(records) == 2 and all(_score(record, game) for record, game in zip(turned, games, strict=True)):
        for record, game in zip(turned, games, strict=True):
            _link(matches, taken, record, game, "double_header_score")
        return ""
    _match_one_by_one(records, games, matches, taken)
    return "doubleheader: neither order nor score decides"


def _in_order(records: list[Row]) -> tuple[str, list[Row]]:
    """Records as they were played: by recorded start where all have different ones, else by number or rotation."""
    starts = {record.scheduled_start for record in records}
    if len(starts) == len(records) and not any(record.start_assumed for record in records):
        return "double_header_start", sorted(records, key=lambda record: record.scheduled_start)
    return "double_header_order", sorted(records, key=lambda record: (record.game_number, record.away_rotation))


def _match_one_by_one(records: list[Row], games: list[Row], matches: Matches, taken: set[tuple[str, Hashable]]) -> str:
    """A pair is linked by the first test that singles out one game for the record and one record for the game."""
    tests: tuple[tuple[str, Callable[[Row, Row], bool]], ...] = (
        ("double_header_start", _same_start),
        ("double_header_score", lambda record, game: _score(record, game) is True),
        (
            "double_header_number",
            lambda record, game: (
                record.doubleheader != "N"
                and record.game_number == game.game_number
                and _score(record, game) is not False
            ),
        ),
    )
    open_records, open_games = list(records), list(games)
    for method, fits in tests:
        for record in list(open_records):
            fitting = [game for game in open_games if fits(record, game)]
            rivals = [other for other in open_records if fitting and fits(other, fitting[0])]
            if len(fitting) == len(rivals) == 1:
                _link(matches, taken, record, fitting[0], method)
                open_records.remove(record)
                open_games.remove(fitting[0])
    return "doubleheader: nothing identifies the game"


def _match_neighbours(
    records: list[Row],
    by_day: dict[tuple[Any, frozenset[str]], list[Row]],
    matches: Matches,
    taken: set[tuple[str, Hashable]],
) -> None:
    """A source may date a game by UTC or by the day it posted it: the day beside counts with the score or the start."""
    for record in records:
        found = [
            game
            for shift in (-1, 1)
            for game in by_day.get((record.game_date + timedelta(days=shift), _pair(record)), [])
            if (record.source, game.Index) not in taken
            and (_score(record, game) is True or _same_start(record, game))
            and _pk_compatible([record], game)
        ]
        if len(found) == 1:
            del matches.unmatched[_key(record)]
            _link(matches, taken, record, found[0], "neighbouring_day")


def _link(matches: Matches, taken: set[tuple[str, Hashable]], record: Row, game: Row, method: str) -> None:
    score = _score(record, game)
    turned = record.home_team != game.home_team
    confidence = CONFIDENCE[method]
    if method != "game_pk":
        confidence += 0 if score is None else SCORE_AGREES if score else SCORE_DIFFERS
        confidence += TEAMS_REVERSED if turned else 0
    evidence: dict[str, Any] = {"day": str(record.game_date)[:10], "game_number": int(record.game_number)}
    if score is not None:
        evidence["score_agrees"] = score
    if turned:
        evidence["teams_reversed"] = True
    if not record.start_assumed and not game.start_assumed:
        minutes = (record.scheduled_start - game.scheduled_start).total_seconds() / 60
        evidence["start_minutes_apart"] = round(minutes)
    if pd.notna(record.away_rotation):
        evidence["away_rotation"] = int(record.away_rotation)
    link = Link(
        record.source, record.source_game_id, game.Index, method, round(min(confidence, 1.0), 2), turned, evidence
    )
    matches.links.append(link)
    taken.add((record.source, game.Index))


def _linked(matches: Matches, record: Row, taken: set[tuple[str, Hashable]], games: list[Row]) -> bool:
    done = {(link.source, link.source_game_id) for link in matches.links[-len(games) :]}
    return bool(taken) and _key(record) in done


def _key(record: Row) -> tuple[str, str]:
    return record.source, record.source_game_id


def _pair(row: Row) -> frozenset[str]:
    return frozenset((row.home_team, row.away_team))


def _pk_compatible(records: list[Row], game: Row) -> bool:
    return pd.isna(game.game_pk) or all(pd.isna(record.game_pk) or record.game_pk == game.game_pk for record in records)


def _starts_compatible(records: list[Row], game: Row) -> bool:
    """False where every record starts half a day off: a source that dates by UTC means the game of the day before."""
    return any(
        record.start_assumed or game.start_assumed or abs(record.scheduled_start - game.scheduled_start) <= SAME_DAY
        for record in records
    )


def _same_start(record: Row, game: Row) -> bool:
    if record.start_assumed or game.start_assumed:
        return False
    return bool(abs(record.scheduled_start - game.scheduled_start) <= SAME_START)


def _score(record: Row, game: Row) -> bool | None:
    """Whether the scores agree; None where one of them has none."""
    if any(pd.isna(value) for row in (record, game) for value in (row.home_score, row.away_score)):
        return None
    scores = (record.home_score, record.away_score)
    return bool((scores if record.home_team == game.home_team else scores[::-1]) == (game.home_score, game.away_score))
