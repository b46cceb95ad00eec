"""Lines of single players in MLB's box score, and the fielding positions of the starting nine.

Belongs here: batter and pitcher lines, and positions, of one side of a box score.
Not here: lines of starters, bullpens and teams (mlb_box_score.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import BatterLine, LineupPositions, PitcherLine
from mlb_ml_assets.sources.rows import mapping_of

_PITCHER, _DESIGNATED_HITTER = 1, 10
# Without these a box score has no player lines: older and trimmed payloads carry summaries only.
_NEEDED_OF_BATTER = (
    "plateAppearances", "atBats", "hits", "doubles", "triples", "homeRuns", "baseOnBalls", "strikeOuts",
)  # fmt: skip
_NEEDED_OF_PITCHER = (
    "battersFaced", "outs", "hits", "doubles", "triples", "homeRuns", "earnedRuns", "baseOnBalls", "strikeOuts",
)  # fmt: skip


def batter_lines(game: str, side: str, known_at: datetime, players: Sequence[Mapping[str, Any]]) -> list[BatterLine]:
    """A line per player with a plate appearance or a place in the order; none if any of them lacks its counts."""
    batted = [(player, _stats(player, "batting")) for player in players]
    batted = [(player, line) for player, line in batted if line and ("battingOrder" in player or line.get("atBats"))]
    if not all(name in line for _, line in batted for name in _NEEDED_OF_BATTER):
        return []
    return [
        BatterLine(
            source_game_id=game,
            side=side,
            known_at=known_at,
            player_id=_player_id(player),
            slot=_slot(player),
            started=str(player["battingOrder"]).endswith("00") if "battingOrder" in player else None,
            plate_appearances=reading.whole(line, "plateAppearances"),
            at_bats=reading.whole(line, "atBats"),
            hits=reading.whole(line, "hits"),
            doubles=reading.whole(line, "doubles"),
            triples=reading.whole(line, "triples"),
            home_runs=reading.whole(line, "homeRuns"),
            walks=reading.whole(line, "baseOnBalls"),
            intentional_walks=reading.whole_or_none(line, "intentionalWalks"),
            hit_by_pitch=reading.whole_or_none(line, "hitByPitch"),
            strikeouts=reading.whole(line, "strikeOuts"),
            sacrifice_bunts=reading.whole_or_none(line, "sacBunts"),
            sacrifice_flies=reading.whole_or_none(line, "sacFlies"),
        )
        for player, line in batted
    ]


def pitcher_lines(game: str, side: str, known_at: datetime, pitchers: Sequence[Mapping[str, Any]]) -> list[PitcherLine]:
    """A line per appearance, in order; none if any of them lacks its counts."""
    lines = [_stats(pitcher, "pitching") for pitcher in pitchers]
    if not all(name in line for line in lines for name in _NEEDED_OF_PITCHER):
        return []
    return [
        PitcherLine(
            source_game_id=game,
            side=side,
            known_at=known_at,
            player_id=_player_id(pitcher),
            appearance=appearance,
            batters_faced=reading.whole(line, "battersFaced"),
            outs=reading.whole(line, "outs"),
            hits=reading.whole(line, "hits"),
            doubles=reading.whole(line, "doubles"),
            triples=reading.whole(line, "triples"),
            home_runs=reading.whole(line, "homeRuns"),
            earned_runs=reading.whole(line, "earnedRuns"),
            walks=reading.whole(line, "baseOnBalls"),
            intentional_walks=reading.whole_or_none(line, "intentionalWalks"),
            hit_batters=reading.whole_or_none(line, "hitBatsmen"),
            strikeouts=reading.whole(line, "strikeOuts"),
            pitches=reading.whole_or_none(line, "numberOfPitches"),
        )
        for appearance, (pitcher, line) in enumerate(zip(pitchers, lines, strict=True), start=1)
    ]


def lineup_positions(
    game: str, side: str, known_at: datetime, nine: Sequence[Mapping[str, Any]]
) -> LineupPositions | None:
    """Starting positions of the nine in batting order; None where the box score does not list them."""
    positions = [_starting_position(player) for player in nine]
    known = [position for position in positions if position is not None]
    return LineupPositions(game, side, known_at, tuple(known)) if len(known) == 9 else None


def _starting_position(player: Mapping[str, Any]) -> int | None:
    listed = player.get("allPositions")
    codes = [str(mapping_of(one).get("code")) for one in listed] if isinstance(listed, list) else []
    numbers = [int(code) for code in codes if code.isdigit() and _PITCHER <= int(code) <= _DESIGNATED_HITTER]
    if not numbers:
        return None
    # A pitcher who also bats is his own designated hitter.
    return _DESIGNATED_HITTER if numbers[0] == _PITCHER and _DESIGNATED_HITTER in numbers else numbers[0]


def _stats(player: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return mapping_of(mapping_of(player.get("stats")).get(kind))


def _player_id(player: Mapping[str, Any]) -> str:
    return reading.identifier(reading.mapping(player, "person"), "id")


def _slot(player: Mapping[str, Any]) -> int | None:
    order = str(player.get("battingOrder", ""))
    return int(order) // 100 if order.isdigit() and 100 <= int(order) < 1000 else None
