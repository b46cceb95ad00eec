"""What every batter and pitcher of the league did, from true rates of each, within the counts of the box scores.

Belongs here: true rates of batters, the plate appearances of a game and their outcomes, the rows of player files.
Not here: the counts of a side and its pitchers (box_scores.py), any estimate of a rate.

A side's counts are drawn before; here they are dealt to its plate appearances, each outcome to the batters in
proportion to their true rate of it. So a batter's truth is relative to the nine he bats with.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.simulation.box_scores import BULLPEN, STARTER
from mlb_ml_assets.simulation.config import Stream
from mlb_ml_assets.simulation.league import League
from mlb_ml_assets.simulation.roster import RELIEVERS

Ints = NDArray[np.int64]
# Log odds of an outcome for each unit of a batter's skill: good batters strike out less, walk and homer more.
RATE_SLOPES = {
    "strikeouts": -1.6,
    "walks": 1.2,
    "hit_batters": 0.0,
    "home_runs": 1.8,
    "triples": 0.3,
    "doubles": 0.6,
    "singles": 0.4,
}
_OUT = "outs"
_OUTCOMES = (*RATE_SLOPES, _OUT)
_BATTER_COUNTS = (
    "plate_appearances", "at_bats", "hits", "doubles", "triples", "home_runs", "walks", "intentional_walks",
    "hit_by_pitch", "strikeouts", "sacrifice_bunts", "sacrifice_flies", "reached_on_error",
)  # fmt: skip
_POSITIONS = (8, 4, 9, 3, 7, 10, 5, 2, 6)
_SIDES = ("home", "away")


@dataclass(frozen=True)
class PlateAppearances:
    """Every plate appearance of some games, one row each, in order within a side.

    Attributes:
        game: position of the game in the league.
        side: 0 where the home side bats.
        slot: place in the batting order, 0 to 8.
        stint: 0 against the starter, 1 against the bullpen.
        outcome: position in the outcomes (`RATE_SLOPES`, then outs).
    """

    game: Ints
    side: Ints
    slot: Ints
    stint: Ints
    outcome: Ints


def true_rates(league: League, season: int) -> pd.DataFrame:
    """True relative rate of each outcome of every batter in a season, by player id: 1 is a skill of 0."""
    skill = league.roster.batter_skill[season].ravel()
    rates = {name: np.exp(slope * skill) for name, slope in RATE_SLOPES.items()}
    return pd.DataFrame(rates, index=league.roster.batter_ids.ravel())


def player_frames(league: League, rows: NDArray[np.intp]) -> dict[str, pd.DataFrame]:
    """Player files of a history bundle for the games at these positions of the league, by name."""
    random = league.config.stream(Stream.PLAYERS)
    drawn = _deal(league, random)
    chosen = np.isin(drawn.game, rows)
    kept = PlateAppearances(*(values[chosen] for values in vars(drawn).values()))
    retro = league.roster.players.set_index("player_id")["retro_id"]
    return {
        "batter_lines": _batter_lines(league, kept, retro),
        "pitcher_lines": _pitcher_lines(league, kept, retro, random),
        "lineup_positions": _positions(league, rows),
    }


def _deal(league: League, random: np.random.Generator) -> PlateAppearances:
    """Deal the outcomes of all games to plate appearances: the starter's first, the order of batters never broken."""
    counts = {
        name: league.boxes.pitching[name][:, ::-1]
        for name in ("batters_faced", "hits", *RATE_SLOPES)
        if name != "singles"
    }
    counts["singles"] = counts["hits"] - counts["doubles"] - counts["triples"] - counts["home_runs"]
    faced = counts["batters_faced"]
    games, width = len(faced), int(faced.sum(axis=2).max())
    place = np.arange(width)
    exists = place < faced.sum(axis=2)[:, :, None]
    stint = np.where(place < faced[:, :, STARTER, None], STARTER, BULLPEN)
    slot = np.broadcast_to(place % 9, exists.shape)
    skill = _skill(league)
    batting = np.take_along_axis(skill, slot.reshape(games, 2, width), axis=2)
    outcome = np.full(exists.shape, _OUTCOMES.index(_OUT))
    free = exists.copy()
    for number, (name, slope) in enumerate(RATE_SLOPES.items()):
        for which in (STARTER, BULLPEN):
            # The largest of log rate plus Gumbel noise: draws without replacement in proportion to the rates.
            keys = np.where(free & (stint == which), slope * batting + random.gumbel(size=exists.shape), -np.inf)
            rank = np.argsort(np.argsort(-keys, axis=2), axis=2)
            dealt = (rank < counts[name][:, :, which, None]) & np.isfinite(keys)
            outcome[dealt] = number
            free &= ~dealt
    game, side, at = np.nonzero(exists)
    return PlateAppearances(game, side, slot[game, side, at], stint[game, side, at], outcome[game, side, at])


def _skill(league: League) -> NDArray[np.float64]:
    """Skill of each batter of each lineup, shape (games, 2, 9)."""
    season = league.games["season"].to_numpy() - league.config.seasons[0]
    place = pd.Series(np.arange(league.roster.batter_ids.size), index=league.roster.batter_ids.ravel())
    by_season = league.roster.batter_skill.reshape(len(league.roster.batter_skill), -1)
    return by_season[
        season[:, None, None], place.loc[league.facts.lineups.ravel()].to_numpy().reshape(league.facts.lineups.shape)
    ]


def _batter_lines(league: League, drawn: PlateAppearances, retro: "pd.Series[str]") -> pd.DataFrame:
    players = league.facts.lineups[drawn.game, drawn.side, drawn.slot]
    table = _count(["game", "side", "slot", "player"], (drawn.game, drawn.side, drawn.slot, players), drawn.outcome)
    hits = table["singles"] + table["doubles"] + table["triples"] + table["home_runs"]
    appearances = hits + table["walks"] + table["hit_batters"] + table["strikeouts"] + table[_OUT]
    lines = _heads(league, table, retro).assign(
        slot=table["slot"] + 1, started=1, plate_appearances=appearances,
        at_bats=appearances - table["walks"] - table["hit_batters"], hits=hits, doubles=table["doubles"],
        triples=table["triples"], home_runs=table["home_runs"], walks=table["walks"], intentional_walks=0,
        hit_by_pitch=table["hit_batters"], strikeouts=table["strikeouts"], sacrifice_bunts=0, sacrifice_flies=0,
        reached_on_error=0,
    )  # fmt: skip
    return lines[["retro_game_id", "side", "player_id", "slot", "started", *_BATTER_COUNTS]]


def _pitcher_lines(
    league: League, drawn: PlateAppearances, retro: "pd.Series[str]", random: np.random.Generator
) -> pd.DataFrame:
    """Lines of the side in the field: its starter, then its relievers in stretches of equal length."""
    field = 1 - drawn.side
    club = league.games[["home", "away"]].to_numpy()[drawn.game, field]
    relievers = np.maximum(league.boxes.relievers[drawn.game, field], 1)
    faced = league.boxes.pitching["batters_faced"][drawn.game, field, BULLPEN]
    order = pd.DataFrame({"game": drawn.game, "side": drawn.side, "stint": drawn.stint})
    within = order.groupby(["game", "side", "stint"]).cumcount().to_numpy()
    stretch = np.minimum(within * relievers // np.maximum(faced, 1), relievers - 1)
    appearance = np.where(drawn.stint == STARTER, 1, 2 + stretch)
    # Each day another part of the bullpen is fresh.
    first = random.integers(RELIEVERS, size=(len(league.games), 2))[drawn.game, field]
    used = league.roster.reliever_ids[club, (first + stretch) % RELIEVERS]
    pitcher = np.where(drawn.stint == STARTER, league.facts.starters[drawn.game, field], used)
    table = _count(["game", "side", "appearance", "player"], (drawn.game, field, appearance, pitcher), drawn.outcome)
    hits = table["singles"] + table["doubles"] + table["triples"] + table["home_runs"]
    outs = table["strikeouts"] + table[_OUT]
    return _heads(league, table, retro).assign(
        appearance=table["appearance"], outs=outs, hits=hits, doubles=table["doubles"], triples=table["triples"],
        batters_faced=hits + table["walks"] + table["hit_batters"] + outs, home_runs=table["home_runs"],

        earned_runs=_earned_runs(league, table, hits + table["walks"]),
        walks=table["walks"], intentional_walks=0, hit_batters=table["hit_batters"],
        strikeouts=table["strikeouts"],
    )  # fmt: skip


def _earned_runs(league: League, table: pd.DataFrame, reached: "pd.Series[int]") -> Ints:
    """The earned runs of starter and bullpen; relievers share theirs by the batters who reached against them."""
    stint = np.where(table["appearance"] == 1, STARTER, BULLPEN)
    total = league.boxes.pitching["earned_runs"][table["game"], table["side"], stint]
    group = [table["game"], table["side"], pd.Series(stint, index=table.index)]
    weight = (reached + 1).astype(float)
    through = np.rint(weight.groupby(group).cumsum() / weight.groupby(group).transform("sum") * total)
    return np.asarray(through - through.groupby(group).shift(fill_value=0.0), dtype=np.int64)


def _count(names: list[str], keys: tuple[Ints, ...], outcome: Ints) -> pd.DataFrame:
    """Outcomes by key: one row a key, one column an outcome."""
    frame = pd.DataFrame(dict(zip(names, keys, strict=True)))
    for number, name in enumerate(_OUTCOMES):
        frame[name] = outcome == number
    return frame.groupby(names, as_index=False)[list(_OUTCOMES)].sum()


def _heads(league: League, table: pd.DataFrame, retro: "pd.Series[str]") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "retro_game_id": league.games["game_id"].to_numpy()[table["game"]],
            "side": np.array(_SIDES)[table["side"]],
            "player_id": retro.loc[table["player"]].to_numpy(),
        }
    )


def _positions(league: League, rows: NDArray[np.intp]) -> pd.DataFrame:
    games = np.repeat(league.games["game_id"].to_numpy()[rows], 2)
    frame = pd.DataFrame({"retro_game_id": games, "side": np.tile(np.array(_SIDES), len(rows))})
    return frame.assign(**{f"position_{number}": position for number, position in enumerate(_POSITIONS, start=1)})
