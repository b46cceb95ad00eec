"""The features of some games from one state: every column of the registry for a group of requests.

Belongs here: reading the state for announced players, and laying the values out in columns.
Not here: updates of the state (sweep.py), formulas of one subject (ratings, pitching, batting, lineups).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.domain.input_ages import LONGEST_BREAK, age_column
from mlb_ml_assets.features.batting import batting_skill
from mlb_ml_assets.features.config import FeatureConfig
from mlb_ml_assets.features.decay import Floats, Ints
from mlb_ml_assets.features.declarations import BASEBALL_COLUMNS
from mlb_ml_assets.features.fact_ages import STATE_GROUPS, fact_ages
from mlb_ml_assets.features.league import LeagueMeans, league_means
from mlb_ml_assets.features.lineups import lineup_regulars, lineup_slot, platoon_share, recent_lineups
from mlb_ml_assets.features.pitching import bullpen_innings, bullpen_skill, starter_skill
from mlb_ml_assets.features.player_effects import mean_effects
from mlb_ml_assets.features.player_matchups import Matchups, PlayerCatalog, player_columns, umpire_value
from mlb_ml_assets.features.ratings import park_runs, run_ratings, umpire_runs
from mlb_ml_assets.features.state import NEVER, SweepState
from mlb_ml_assets.features.travel import ParkPlaces

_MAX_STARTER_REST = 30.0
Columns = dict[str, Floats]

_COLUMN = {name: position for position, name in enumerate(BASEBALL_COLUMNS)}


@dataclass(frozen=True)
class Slate:
    """Requests of one group: games with ids as places in the state, side rows interleaved.

    `hands` are by side row: of the announced starter, and of the nine batters; empty where unknown.
    """

    day: Ints  # (requests,)
    uses_lineups: NDArray[np.bool_]  # (requests,) whether lineups and umpire may be used
    team: Ints  # (2 requests,)
    starter: Ints  # (2 requests,) place, 0 for a pitcher never seen
    has_starter: NDArray[np.bool_]  # (2 requests,) whether a starter is announced
    starter_hand: NDArray[np.str_]
    lineup: Ints  # (2 requests, 9)
    has_lineup: NDArray[np.bool_]  # (2 requests,)
    bats: NDArray[np.str_]  # (2 requests, 9)
    park: Ints  # (requests,) place in the state
    park_code: Ints  # (requests,) code in the history
    last_park_code: Ints  # (2 requests,)
    season: Ints  # (requests,)
    designated_hitter: NDArray[np.bool_]  # (requests,)
    player_starter: Ints  # (2 requests,) place among players
    player_nine: Ints  # (2 requests, 9) places among players, 0 where the lineup is not known
    catcher: Ints  # (2 requests,) place among players, 0 where positions are not known
    umpire: Ints  # (requests,)
    has_umpire: NDArray[np.bool_]

    @property
    def opposing_hand(self) -> NDArray[np.str_]:
        """Hand of the other side's starter, by side row."""
        return np.asarray(self.starter_hand[np.arange(len(self.team)) ^ 1])


def state_columns(
    state: SweepState, slate: Slate, places: ParkPlaces, catalog: PlayerCatalog, config: FeatureConfig
) -> Floats:
    """The columns that the state determines, one row per request, in the order of BASEBALL_COLUMNS; the rest NaN."""
    block = np.full((len(slate.day), len(BASEBALL_COLUMNS)), np.nan)
    # Requests of one group may be for several days; decays and league means are as of each game's day.
    for day in np.unique(slate.day).tolist():
        rows = np.flatnonzero(slate.day == day)
        part = _part(slate, rows)
        means = league_means(state, day)
        by_side = (
            _team_columns(state, part, day, config)
            | _pitching_columns(state, part, day, means, config)
            | _recent_lineup_columns(state, part, day, config)
            | _lineup_columns(state, part, day, config)
            | _travel_columns(state, part, places, config)
            | _player_columns(state, part, day, catalog, config)
        )
        for name, values in (_paired(by_side) | _game_columns(state, part, day, means, config)).items():
            block[rows, _COLUMN[name]] = values
    return block


def _team_columns(state: SweepState, slate: Slate, day: int, config: FeatureConfig) -> Columns:
    runs = run_ratings(state, slate.team, day, config.runs)
    batting = batting_skill(state, slate.team, day, config.batting)
    hand = slate.opposing_hand
    versus = np.where(hand == "L", batting.versus_left, np.where(hand == "R", batting.versus_right, np.nan))
    return {
        "elo": state.arrays["elo"][slate.team],
        "offence_60": runs.offense[:, 0],
        "offence_160": runs.offense[:, 1],
        "defence_60": runs.defense[:, 0],
        "defence_160": runs.defense[:, 1],
        "batting_50": batting.overall[:, 0],
        "batting_160": batting.overall[:, 1],
        "batting_400": batting.overall[:, 2],
        "batting_versus_hand": versus,
        "fielding_babip": batting.fielding,
    }


def _pitching_columns(state: SweepState, slate: Slate, day: int, means: LeagueMeans, config: FeatureConfig) -> Columns:
    starter = starter_skill(state, slate.starter, day, means, config.starter)
    bullpen_fip, bullpen_runs = bullpen_skill(state, slate.team, day, means, config.bullpen)
    has_recent = _has_recent_results(state, slate.team)
    innings = bullpen_innings(state, slate.team, np.full(len(slate.team), day, dtype=np.int64), config.bullpen_windows)
    innings = _if(has_recent[:, None], innings)
    bullpen_share = 1.0 - starter.share  # an unnamed starter is expected to go as long as one never seen
    unlined = state.arrays["unlined_day"][slate.team]
    may_have_started = (unlined > state.arrays["last_start_day"][slate.starter]) & (day - unlined < _MAX_STARTER_REST)
    rest = _if(has_recent & ~may_have_started, np.minimum(starter.rest_days, _MAX_STARTER_REST))
    of_starter = {
        "starter_fip_150": starter.fip_fast * starter.share,
        "starter_fip_400": starter.fip_slow * starter.share,
        "starter_strikeout_rate": starter.strikeouts,
        "starter_walk_rate": starter.walks,
        "starter_home_run_rate": starter.home_runs,
        "starter_run_rate": starter.runs,
        "starter_ground_share": starter.ground_share,
        "starter_share": starter.share,
        "starter_innings": starter.innings,
        "starter_rookie": starter.rookie,
        "starter_opener": _flag(starter.recent_innings < config.starter.opener_innings, starter.recent_innings),
        "starter_rest_days": rest,
        "starter_short_rest": _flag(rest <= config.starter.short_rest_days, rest),
        "starter_long_rest": _flag(rest >= config.starter.long_rest_days, rest),
    }
    of_bullpen = {
        "bullpen_fip_60": bullpen_fip[:, 0] * bullpen_share,
        "bullpen_fip_250": bullpen_fip[:, 1] * bullpen_share,
        "bullpen_runs_60": bullpen_runs[:, 0] * bullpen_share,
        "bullpen_runs_250": bullpen_runs[:, 1] * bullpen_share,
        "bullpen_innings_1": innings[:, 0],
        "bullpen_innings_3": innings[:, 1],
        "bullpen_innings_7": innings[:, 2],
    }
    return {name: _if(slate.has_starter, values) for name, values in of_starter.items()} | of_bullpen


def _lineup_columns(state: SweepState, slate: Slate, day: int, config: FeatureConfig) -> Columns:
    has_lineup = np.repeat(slate.uses_lineups, 2) & slate.has_lineup
    if not has_lineup.any():
        return {}
    batting, fielding = mean_effects(state, slate.lineup)
    side_day = np.full(len(slate.team), day, dtype=np.int64)
    columns = {
        "lineup_slot": lineup_slot(state, slate.lineup, side_day, config.lineup),
        "lineup_regulars": lineup_regulars(state, slate.team, slate.lineup),
        "lineup_batting": batting,
        "lineup_fielding": fielding,
        "lineup_platoon": platoon_share(slate.bats, slate.opposing_hand),
    }
    return {name: _if(has_lineup, values) for name, values in columns.items()}


def _player_columns(
    state: SweepState, slate: Slate, day: int, catalog: PlayerCatalog, config: FeatureConfig
) -> Columns:
    matchups = Matchups(
        day=day,
        season=slate.season,
        team=slate.team,
        starter=slate.player_starter,
        has_starter=slate.has_starter,
        nine=slate.player_nine,
        catcher=slate.catcher,
        dh=slate.designated_hitter,
    )
    columns = player_columns(state, matchups, catalog, config.players)
    if columns:
        columns["catcher_value"] = _if(np.repeat(slate.uses_lineups, 2), columns["catcher_value"])
    return columns


def _game_columns(state: SweepState, slate: Slate, day: int, means: LeagueMeans, config: FeatureConfig) -> Columns:
    games, has_umpire = len(slate.day), slate.uses_lineups & slate.has_umpire
    return {
        "park_runs": park_runs(state, slate.park, day, config.runs),
        "umpire_runs": _if(has_umpire, umpire_runs(state, slate.umpire, day, config.runs)),
        "umpire_value": _if(has_umpire, umpire_value(state, slate.umpire, day, config.players)),
        "league_runs": np.full(games, means.runs),
        "league_home_wins": np.full(games, means.home_win_share),
    }


def _recent_lineup_columns(state: SweepState, slate: Slate, day: int, config: FeatureConfig) -> Columns:
    """Means over a team's last lineups, which predict today's before it is announced."""
    games, team = config.player.recent_lineups, slate.team
    nines, played = recent_lineups(state, team, games)
    flat = nines.reshape(-1, nines.shape[2])
    batting, fielding = mean_effects(state, flat)
    slot = lineup_slot(state, flat, np.full(len(flat), day, dtype=np.int64), config.lineup)
    count = played.sum(axis=1)
    means = {}
    for name, values in (("batting", batting), ("fielding", fielding), ("slot", slot)):
        by_game, total = values.reshape(-1, games), np.zeros(len(team))
        for game in range(games):
            total = total + np.where(played[:, game], by_game[:, game], 0.0)
        means[f"recent_{name}"] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return means


def _travel_columns(state: SweepState, slate: Slate, places: ParkPlaces, config: FeatureConfig) -> Columns:
    day, last = np.repeat(slate.day, 2), state.arrays["last_game_day"][slate.team].astype(np.int64)
    has_played = (last > NEVER) & _has_recent_results(state, slate.team)
    here = np.repeat(slate.park_code, 2)
    return {
        "rest_days": _if(has_played, np.minimum(day - last, config.most_rest_days).astype(np.float64)),
        "travel_miles": _if(has_played, places.miles(slate.last_park_code, here)),
        "time_zones_east": _if(has_played, places.zones_east(slate.last_park_code, here, day)),
    }


def _has_recent_results(state: SweepState, team: Ints) -> NDArray[np.bool_]:
    """Whether what a club did in its last days is known: its newest result is not older than any break of a season."""
    age = fact_ages(state.arrays["newest_fact"][team], state.day)[:, STATE_GROUPS.index("results")]
    return np.asarray(age <= LONGEST_BREAK)


def age_columns(state: SweepState, slate: Slate) -> Columns:
    """The age of each group's facts at the decisions: the older of the two clubs' newest ones, NaN without any."""
    ages = fact_ages(state.arrays["newest_fact"][slate.team], state.day)
    older = np.maximum(ages[0::2], ages[1::2])
    return {age_column(name): older[:, place] for place, name in enumerate(STATE_GROUPS)}


def _paired(by_side: Columns) -> Columns:
    """Columns by side row as home_ and away_ columns by request."""
    home = {f"home_{name}": values[0::2] for name, values in by_side.items()}
    return home | {f"away_{name}": values[1::2] for name, values in by_side.items()}


def _part(slate: Slate, rows: Ints) -> Slate:
    if len(rows) == len(slate.day):
        return slate
    sides = np.column_stack([2 * rows, 2 * rows + 1]).ravel()
    by_side = {
        "team",
        "starter",
        "has_starter",
        "starter_hand",
        "lineup",
        "has_lineup",
        "bats",
        "last_park_code",
        "player_starter",
        "player_nine",
        "catcher",
    }
    return Slate(**{name: values[sides if name in by_side else rows] for name, values in vars(slate).items()})


def _if(condition: NDArray[np.bool_], values: Floats) -> Floats:
    return np.where(condition, values, np.nan)


def _flag(condition: NDArray[np.bool_], needs: Floats) -> Floats:
    return np.where(np.isnan(needs), np.nan, condition.astype(np.float64))
