"""Which game the odds of another program are for, from what its tables say.

Belongs here: weighing the claims about one Action Network game; the listing that they amount to.
Not here: reading the claims (warehouse/), which game of ours a listing is (game_matching.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.identity.teams import UnknownTeam, team_code

# Starts of one game in two tables differ by delays; the games of a doubleheader are hours apart.
SAME_START: Final = timedelta(minutes=45)


@dataclass(frozen=True)
class OddsClaim:
    """What one table says of one Action Network game; None where it says nothing.

    Attributes:
        external_game_id: Action Network's id.
        table_name: the table.
        is_listing: whether it is Action Network's own listing, to whose clubs the sides of its odds refer.
        game_pk: MLB's id, as text.
        home, away: clubs as spelled there.
        start: scheduled start, UTC.
    """

    external_game_id: str
    table_name: str
    is_listing: bool
    game_pk: str | None
    home: str | None
    away: str | None
    start: datetime | None


@dataclass(frozen=True)
class ScheduledGame:
    """A game with a gamePk, of MLB's schedule or as another program wrote it. Clubs as spelled there, start in UTC."""

    game_pk: int
    game_date: date
    home: str
    away: str
    start: datetime
    season_type: str | None
    game_number: int
    doubleheader: str
    table_name: str


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


@dataclass(frozen=True)
class _Played:
    """A claim with our team codes."""

    claim: OddsClaim
    home: str
    away: str
    start: datetime

    @property
    def pair(self) -> frozenset[str]:
        return frozenset({self.home, self.away})


class Schedule:
    """The games with a gamePk of some days, by it and by clubs and start."""

    def __init__(self, games: Iterable[ScheduledGame]) -> None:
        """Games whose clubs are not ours are left out."""
        self._by_pk: dict[int, tuple[ScheduledGame, str, str]] = {}
        self._by_pair: dict[frozenset[str], list[ScheduledGame]] = {}
        for game in games:
            try:
                home, away = team_code(game.home), team_code(game.away)
            except UnknownTeam:
                continue
            self._by_pk[game.game_pk] = (game, home, away)
            self._by_pair.setdefault(frozenset({home, away}), []).append(game)

    def find(self, game_pk: int | None, played: _Played | None) -> tuple[ScheduledGame, str, str] | None:
        """The game with this gamePk if its clubs do not contradict, else the only one of these clubs at this start."""
        found = None if game_pk is None else self._by_pk.get(game_pk)
        if found is not None and (played is None or played.pair == {found[1], found[2]}):
            return found
        if played is None:
            return None
        near = [g for g in self._by_pair.get(played.pair, []) if abs(g.start - played.start) <= SAME_START]
        return self._by_pk[near[0].game_pk] if len(near) == 1 else None


def conclude_listing(claims: Sequence[OddsClaim], schedule: Schedule) -> OddsListing | str:
    """The listing of a game, or why there is none.

    Day, start and gamePk are the schedule's where the game is in it. Home and away are those of Action Network's own
    listing, to which the sides of its odds refer, then the schedule's. A row of curated.enhanced_games counts last: its
    clubs are exchanged on some days.
    """
    played, reason = _read_clubs(claims)
    best = next(iter(played), None)
    found = schedule.find(_game_pk(claims), best)
    if found is None:
        if best is None:
            return reason
        start = next((one.start for one in played if not one.claim.is_listing), best.start)
        return OddsListing(
            best.claim.external_game_id, None, eastern_date(start), best.home, best.away, start, None, 1, "N",
            best.claim.table_name,
        )  # fmt: skip
    game, home, away = found
    if best is not None and best.claim.is_listing:
        home, away = best.home, best.away
    return OddsListing(
        claims[0].external_game_id, game.game_pk, game.game_date, home, away, game.start, game.season_type,
        game.game_number, game.doubleheader, f"gamePk in {game.table_name}",
    )  # fmt: skip


def _read_clubs(claims: Sequence[OddsClaim]) -> tuple[list[_Played], str]:
    """Claims that say who plays and when, Action Network's own first; and why there are none."""
    played, reason = [], "no table says who plays"
    for claim in claims:
        if claim.home is None or claim.away is None or claim.start is None:
            continue
        try:
            home, away = team_code(claim.home), team_code(claim.away)
        except UnknownTeam as error:
            reason = str(error)
            continue
        if home == away:
            reason = f"{claim.table_name} has {claim.home} play itself"
            continue
        played.append(_Played(claim, home, away, claim.start))
    return sorted(played, key=lambda one: not one.claim.is_listing), reason


def _game_pk(claims: Sequence[OddsClaim]) -> int | None:
    """The gamePk that the claims name; None where none does, or where two differ."""
    named = {int(claim.game_pk) for claim in claims if claim.game_pk is not None and claim.game_pk.isdigit()}
    return named.pop() if len(named) == 1 else None
