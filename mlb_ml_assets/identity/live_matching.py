"""Which of our games a live source's game is, with the evidence.

Belongs here: matching by gamePk, start instant, teams, and order within a doubleheader; the reason where none fits.
Not here: reading or writing tables (warehouse/game_links.py), spelling of teams (teams.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mlb_ml_assets.domain.clock import EASTERN

# Delays and drifting feeds move a start; another game of the same teams is at least a night away, or a doubleheader.
SAME_GAME = timedelta(hours=12)
CLOSE_START = timedelta(minutes=20)
NEAR_START = timedelta(hours=2)
# All 36 split doubleheaders of 2024-25 are at least two hours apart, all 21 traditional ones five minutes.
APART = timedelta(hours=2)
ONE_TICKET = timedelta(minutes=4)
# Listings of one round of requests were all seen then.
ONE_ROUND = timedelta(minutes=2)


@dataclass(frozen=True)
class ListedGame:
    """A game as a source lists it, with our team codes. `game_date`: the source's day, in whichever zone it counts."""

    source_game_id: str
    game_pk: int | None
    game_date: date
    home_team: str
    away_team: str
    scheduled_start: datetime | None
    status: str
    game_number: int = 1
    doubleheader: str = "N"
    away_rotation: int | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True)
class KnownGame:
    """One of our games. `game_date`: MLB's official date; `start`: as scheduled, in a doubleheader perhaps by rule.

    `named_id`: the source's id of the game where the row of another program names it.
    """

    game_id: int
    game_pk: int | None
    game_date: date
    home_team: str
    away_team: str
    start: datetime
    game_number: int
    named_id: str | None = None


@dataclass(frozen=True)
class Link:
    """A match: `confidence` 0..1 and what it rests on."""

    source_game_id: str
    game_id: int
    confidence: float
    method: str
    evidence: Mapping[str, object]


@dataclass(frozen=True)
class Unmatched:
    """A game that none of ours is, and why. `is_called_off`: its own source calls it postponed or cancelled."""

    source_game_id: str
    reason: str
    detail: str
    is_called_off: bool = False


def match(incoming: Sequence[ListedGame], known: Sequence[KnownGame]) -> tuple[list[Link], list[Unmatched]]:
    """Match all games of one source. Give with each also its siblings: games of the same teams within two days.

    A game of ours gets at most one game of the source: of two that claim it the surer one, of equally sure ones the one
    that the source listed last, then the one with the nearer start.
    """
    by_pk = {game.game_pk: game for game in known if game.game_pk is not None}
    by_teams: dict[tuple[str, str], list[KnownGame]] = defaultdict(list)
    for game in known:
        by_teams[game.home_team, game.away_team].append(game)
    by_name = {game.named_id: game for game in known if game.named_id is not None}
    links: list[Link] = []
    unmatched: list[Unmatched] = []
    slates: dict[tuple[str, str, date], list[ListedGame]] = defaultdict(list)
    for one in incoming:
        if one.game_pk is not None and one.game_pk in by_pk:
            links.append(Link(one.source_game_id, by_pk[one.game_pk].game_id, 1.0, "gamePk", {"game_pk": one.game_pk}))
        elif (named := by_name.get(one.source_game_id)) is not None and _is_exchanged(one, named):
            links.append(Link(one.source_game_id, named.game_id, 0.97, "id in a row with clubs exchanged", {}))
        elif one.status in ("postponed", "cancelled"):
            reason = f"{one.status} by its source"
            unmatched.append(Unmatched(one.source_game_id, reason, str(one.game_date), is_called_off=True))
        else:
            slates[one.home_team, one.away_team, _day(one)].append(one)
    for (home, away, day), games in slates.items():
        candidates = by_teams[home, away]
        for result in _match_slate(games, candidates, day, swapped=by_teams[away, home]):
            if isinstance(result, Link):
                links.append(result)
            else:
                unmatched.append(result)
    seen = {one.source_game_id: one.last_seen for one in incoming if one.last_seen is not None}
    return _one_each(links, unmatched, seen)


def _is_exchanged(game: ListedGame, known: KnownGame) -> bool:
    """Whether a row that names this very game has its clubs the other way round."""
    clubs = (known.away_team, known.home_team) == (game.home_team, game.away_team)
    return clubs and game.scheduled_start is not None and abs(known.start - game.scheduled_start) <= SAME_GAME


def _day(game: ListedGame) -> date:
    """The day in New York, whatever zone the source counts its days in; without a start the source's own day."""
    return game.game_date if game.scheduled_start is None else game.scheduled_start.astimezone(EASTERN).date()


def _match_slate(
    games: Sequence[ListedGame], candidates: Sequence[KnownGame], day: date, swapped: Sequence[KnownGame]
) -> Iterable[Link | Unmatched]:
    of_day = sorted((game for game in candidates if game.game_date == day), key=lambda game: game.game_number)
    if len(of_day) > 1:
        return _match_double_header(games, of_day)
    return [_match_single(game, of_day, candidates, swapped, day) for game in games]


def _match_single(
    game: ListedGame,
    of_day: Sequence[KnownGame],
    candidates: Sequence[KnownGame],
    swapped: Sequence[KnownGame],
    day: date,
) -> Link | Unmatched:
    start = game.scheduled_start
    if start is None:
        if of_day:
            evidence = {"game_date": str(day), "games_of_the_day": 1}
            return Link(game.source_game_id, of_day[0].game_id, 0.9, "only game of these teams that day", evidence)
        return _nobody(game, candidates, swapped, day)
    near = sorted(
        (one for one in candidates if abs(one.start - start) <= SAME_GAME), key=lambda one: abs(one.start - start)
    )
    near = near or list(of_day)
    if not near:
        return _nobody(game, candidates, swapped, day)
    gap = abs(near[0].start - start)
    if len(near) > 1 and not (gap <= NEAR_START and abs(near[1].start - start) - gap >= APART):
        return _ambiguous(game, near)
    confidence = 0.99 if gap <= CLOSE_START else 0.95 if gap <= NEAR_START else 0.85
    return Link(
        game.source_game_id, near[0].game_id, confidence, "start and teams", {"start_gap_minutes": _minutes(gap)}
    )


def _match_double_header(games: Sequence[ListedGame], ours: Sequence[KnownGame]) -> list[Link | Unmatched]:
    """By order where the source has both games, because game 2 of one ticket is listed minutes after game 1."""
    if all(game.doubleheader != "N" for game in games) and len({game.game_number for game in games}) == len(games):
        numbers = {one.game_number: one for one in ours}
        if all(game.game_number in numbers for game in games):
            return [
                Link(
                    g.source_game_id,
                    numbers[g.game_number].game_id,
                    0.97,
                    "number in doubleheader",
                    {"number": g.game_number},
                )
                for g in games
            ]
    if len(games) == len(ours) and not _are_listings_of_one(games, ours):
        starts = {g.scheduled_start: g for g in games if g.scheduled_start is not None}
        if len(starts) == len(games):
            return _in_order([starts[at] for at in sorted(starts)], ours, 0.95, "start order in doubleheader")
        rotations = {g.away_rotation: g for g in games if g.away_rotation is not None}
        if len(rotations) == len(games):
            return _in_order([rotations[at] for at in sorted(rotations)], ours, 0.9, "rotation order in doubleheader")
        return [_ambiguous(game, ours) for game in games]
    return [_nearest(game, ours) for game in games]


def _are_listings_of_one(games: Sequence[ListedGame], ours: Sequence[KnownGame]) -> bool:
    """Whether a source's games on the day of a doubleheader are one game listed again, not its two games.

    They are where all have one rotation number, where their starts differ by less than the five minutes of two games on
    one ticket, and where all are nearest to the second game: no game is listed after that.
    """
    rotations = {game.away_rotation for game in games}
    starts = sorted(game.scheduled_start for game in games if game.scheduled_start is not None)
    if len(rotations) == 1 and None not in rotations:
        return True
    if len(starts) < len(games):
        return False
    if starts[-1] - starts[0] < ONE_TICKET:
        return True
    first, *later = sorted(one.start for one in ours)
    return all(min(abs(at - one) for one in later) < abs(at - first) for at in starts)


def _in_order(
    games: Sequence[ListedGame], ours: Sequence[KnownGame], confidence: float, method: str
) -> list[Link | Unmatched]:
    return [
        Link(game.source_game_id, one.game_id, confidence, method, {"number": one.game_number, "games": len(ours)})
        for game, one in zip(games, ours, strict=True)
    ]


def _nearest(game: ListedGame, ours: Sequence[KnownGame]) -> Link | Unmatched:
    """One game of the source for a doubleheader of ours: by start, where the other is clearly farther away."""
    start = game.scheduled_start
    if start is None:
        return _ambiguous(game, ours)
    first, second, *_ = sorted(ours, key=lambda one: abs(one.start - start))
    gap, other = abs(first.start - start), abs(second.start - start)
    if gap > timedelta(hours=1) or other - gap < APART / 2:
        return _ambiguous(game, ours)
    evidence = {"start_gap_minutes": _minutes(gap), "next_gap_minutes": _minutes(other)}
    return Link(game.source_game_id, first.game_id, 0.85, "nearest start in doubleheader", evidence)


def _ambiguous(game: ListedGame, ours: Sequence[KnownGame]) -> Unmatched:
    listed = ", ".join(f"{one.start:%Y-%m-%d %H:%M}Z (game {one.game_number})" for one in ours)
    return Unmatched(game.source_game_id, "doubleheader without a clear order", f"could be {listed}")


def _nobody(game: ListedGame, candidates: Sequence[KnownGame], swapped: Sequence[KnownGame], day: date) -> Unmatched:
    teams = f"{game.away_team} at {game.home_team}, {day}"
    if any(abs((one.game_date - day).days) <= 1 for one in swapped):
        return Unmatched(game.source_game_id, "home and away are swapped", teams)
    if candidates:
        nearest = min(candidates, key=lambda one: abs((one.game_date - day).days))
        return Unmatched(
            game.source_game_id, "no game of these teams that day", f"{teams}; nearest {nearest.game_date}"
        )
    return Unmatched(game.source_game_id, "no game of these teams near that day", teams)


def _one_each(
    links: list[Link], unmatched: list[Unmatched], seen: Mapping[str, datetime]
) -> tuple[list[Link], list[Unmatched]]:
    claims: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        claims[link.game_id].append(link)
    best = []
    for claimants in claims.values():
        newest = max((seen[one.source_game_id] for one in claimants if one.source_game_id in seen), default=None)
        holder, *others = sorted(claimants, key=lambda one: _rank(one, newest, seen))
        best.append(holder)
        for link in others:
            detail = f"{holder.source_game_id} fits better or was listed later ({holder.method})"
            unmatched.append(Unmatched(link.source_game_id, "another game of the source is that game", detail))
    return best, unmatched


def _rank(link: Link, newest: datetime | None, seen: Mapping[str, datetime]) -> tuple[float, bool, float, str]:
    """Place among the listings that claim one game, the least first."""
    last = seen.get(link.source_game_id)
    is_gone = newest is not None and (last is None or newest - last > ONE_ROUND)
    return -link.confidence, is_gone, _gap(link), link.source_game_id


def _gap(link: Link) -> float:
    gap = link.evidence.get("start_gap_minutes", 0)
    return float(gap) if isinstance(gap, int | float) else 0.0


def _minutes(gap: timedelta) -> int:
    return round(gap.total_seconds() / 60)
