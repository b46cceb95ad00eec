"""Starting pitchers and bullpens: skill per batter and inning, and how much of a game each will pitch.

Belongs here: the update by a day's pitching lines, and the skills as of a day.
Not here: who will start (announcements.py), team batting (batting.py).
"""

from dataclasses import dataclass

import numpy as np

from mlb_ml_assets.features.batch import DayBatch, total
from mlb_ml_assets.features.config import BullpenConstants, FeatureConfig, StarterConstants
from mlb_ml_assets.features.decay import LONGEST, UNKNOWN, Floats, Ints, decay_table, shrunk
from mlb_ml_assets.features.league import LeagueMeans, add_to_league
from mlb_ml_assets.features.records import BULLPEN_COLUMNS, STARTER_COLUMNS
from mlb_ml_assets.features.state import BULLPEN_SUMS, STARTER_SUMS, SweepState

_LINE = {name: position for position, name in enumerate(STARTER_COLUMNS[1:])}
_PEN = {name: position for position, name in enumerate(BULLPEN_COLUMNS)}
_RING = 8  # days of bullpen work kept


@dataclass(frozen=True)
class StarterSkill:
    """Starters as of a day. Rates are per batter faced and against the league; positive fip is bad.

    `share` is the part of a nine-inning game the pitcher is expected to go.
    """

    fip_fast: Floats
    fip_slow: Floats
    strikeouts: Floats
    walks: Floats
    home_runs: Floats
    runs: Floats
    ground_share: Floats
    share: Floats
    innings: Floats
    rookie: Floats
    recent_innings: Floats
    rest_days: Floats


def fip_core(home_runs: Floats | float, walks: Floats | float, strikeouts: Floats | float) -> Floats:
    """13 HR + 3 BB - 2 K per opportunity: fielding-independent pitching (Tango) without its constant."""
    return np.asarray(13.0 * np.asarray(home_runs) + 3.0 * np.asarray(walks) - 2.0 * np.asarray(strikeouts))


def starter_skill(
    state: SweepState, pitcher: Ints, day: Ints | int, means: LeagueMeans, constants: StarterConstants
) -> StarterSkill:
    """Skill of starters; place 0 is the prior of a pitcher never seen."""
    sums = state.sums["starter"].read(pitcher, day)
    width = len(STARTER_SUMS)
    fast, slow = (dict(zip(STARTER_SUMS, sums[:, c * width : (c + 1) * width].T, strict=True)) for c in (0, 1))
    by_speed = []
    for part in (fast, slow):
        strikeouts = shrunk(part["strikeouts"], part["batters"], means.starter_strikeouts, constants.prior_strikeouts)
        walks = shrunk(part["walks"], part["batters"], means.starter_walks, constants.prior_walks)
        home_runs = shrunk(part["home_runs"], part["batters"], means.starter_home_runs, constants.prior_home_runs)
        by_speed.append((strikeouts, walks, home_runs))
    league = fip_core(means.starter_home_runs, means.starter_walks, means.starter_strikeouts)
    fip = [fip_core(home_runs, walks, strikeouts) - league for strikeouts, walks, home_runs in by_speed]
    innings = shrunk(fast["outs"] / 3, fast["starts"], constants.mean_innings, constants.prior_starts)
    low, high = constants.share_bounds
    career, outs = state.arrays["career_starts"][pitcher], state.arrays["last_starts_outs"][pitcher]
    counted = np.minimum(career, 3)
    last = outs[:, 0] + outs[:, 1] + outs[:, 2]
    rest = np.asarray(day - state.arrays["last_start_day"][pitcher], dtype=np.float64)
    return StarterSkill(
        fip_fast=fip[0],
        fip_slow=fip[1],
        strikeouts=by_speed[1][0] - means.starter_strikeouts,
        walks=by_speed[1][1] - means.starter_walks,
        home_runs=by_speed[1][2] - means.starter_home_runs,
        runs=shrunk(slow["runs"], slow["batters"], means.starter_runs, constants.prior_runs) - means.starter_runs,
        ground_share=shrunk(slow["ground_outs"], slow["batted_outs"], means.ground_share, constants.prior_ground_share)
        - means.ground_share,
        share=np.clip(innings / 9.0, low, high),
        innings=innings,
        rookie=decay_table((constants.rookie_batters,))[_whole(state.arrays["career_batters"][pitcher]), 0],
        recent_innings=np.where(counted > 0, last / 3 / np.maximum(counted, 1), np.nan),
        rest_days=np.where(career > 0, rest, np.nan),
    )


def bullpen_skill(
    state: SweepState, team: Ints, day: Ints | int, means: LeagueMeans, constants: BullpenConstants
) -> tuple[Floats, Floats]:
    """(fip, earned runs) per inning against the league, one column per time constant; positive is bad."""
    sums = state.sums["bullpen"].read(team, day)
    width = len(BULLPEN_SUMS)
    league = fip_core(means.bullpen_home_runs, means.bullpen_walks, means.bullpen_strikeouts)
    fip, earned = [], []
    for column, prior in enumerate(constants.prior_innings):
        part = dict(zip(BULLPEN_SUMS, sums[:, column * width : (column + 1) * width].T, strict=True))
        core = fip_core(part["home_runs"], part["walks"], part["strikeouts"])
        fip.append(shrunk(core, part["innings"], float(league), prior) - league)
        earned.append(
            shrunk(part["earned_runs"], part["innings"], means.bullpen_earned_runs, prior) - means.bullpen_earned_runs
        )
    return np.column_stack(fip), np.column_stack(earned)


def bullpen_innings(state: SweepState, team: Ints, day: Ints, windows: tuple[int, ...]) -> Floats:
    """Bullpen innings of the last 1, 3, 7 days (one column each), `day` not counted; NaN where a day's are unknown."""
    age = day[:, None] - state.arrays["bullpen_day"][team].astype(np.int64)
    outs = state.arrays["bullpen_outs"][team].astype(np.float64)
    columns = []
    for window in windows:
        inside = np.where((age >= 1) & (age <= window), outs, 0.0)
        work = np.zeros(len(team))
        for slot in range(_RING):
            work = work + inside[:, slot]
        columns.append(work / 3)
    return np.column_stack(columns)


def update_pitching(state: SweepState, batch: DayBatch, park: Floats, config: FeatureConfig) -> None:
    """Update starters, bullpens and the league's rates by a day's pitching lines.

    `park`: runs per game that the park of each side row adds, as rated before the day.
    """
    _update_starters(state, batch, park, config.starter)
    _update_bullpens(state, batch)


def _update_starters(state: SweepState, batch: DayBatch, park: Floats, constants: StarterConstants) -> None:
    line = batch.starter_line
    known = (batch.starter != UNKNOWN) & np.isfinite(line[:, _LINE["outs"]])
    state.arrays["unlined_day"][batch.team[~known]] = batch.day
    if not known.any():
        return
    pitcher, line = batch.starter[known], line[known]
    column = {name: line[:, position] for name, position in _LINE.items()}
    hit_batters = np.nan_to_num(column["hit_batters"])
    counted = column["outs"] + column["hits"] + column["walks"] + hit_batters
    # Some sources have no batters faced; outs and runners put on base miss only errors and double plays (1%).
    batters = np.where(np.isfinite(column["batters_faced"]), column["batters_faced"], counted)
    scale = 1.0 - constants.park_scale * park[known]
    ground, air = column["ground_outs"], column["air_outs"]
    split = np.isfinite(ground) & np.isfinite(air)
    amounts = np.column_stack(
        [
            batters, column["strikeouts"], column["walks"] + hit_batters, column["home_runs"] * scale,
            column["runs"] * scale, column["outs"], np.ones(len(pitcher)), np.where(split, ground, 0.0),
            np.where(split, ground + air, 0.0),
        ]
    )  # fmt: skip
    state.sums["starter"].add(pitcher, batch.day, np.hstack([amounts] * len(constants.time_constants)))
    add_to_league(state, batch.day, {f"starter_{name}": total(amounts[:, c]) for c, name in enumerate(STARTER_SUMS)})
    np.add.at(state.arrays["career_batters"], pitcher, batters)
    starts = state.arrays["career_starts"]
    state.arrays["last_starts_outs"][pitcher, starts[pitcher].astype(np.int64) % 3] = column["outs"]
    np.add.at(starts, pitcher, 1)
    state.arrays["last_start_day"][pitcher] = batch.day


def leave_work_unknown(state: SweepState, team: Ints, day: int) -> None:
    """Record that clubs played on a day, and that neither their starters' nor their bullpens' work is known."""
    _record_bullpen_work(state, team, day, np.full(len(team), np.nan))
    state.arrays["unlined_day"][team] = day


def _update_bullpens(state: SweepState, batch: DayBatch) -> None:
    _record_bullpen_work(state, batch.team, batch.day, batch.bullpen_line[:, _PEN["outs"]])
    known = np.isfinite(batch.bullpen_line[:, _PEN["outs"]])
    if not known.any():
        return
    team, line = batch.team[known], batch.bullpen_line[known]
    amounts = np.column_stack(
        [
            line[:, _PEN["outs"]] / 3, line[:, _PEN["strikeouts"]], line[:, _PEN["walks"]],
            line[:, _PEN["home_runs"]], line[:, _PEN["earned_runs"]],
        ]
    )  # fmt: skip
    repeated = len(state.sums["bullpen"].time_constants) // len(BULLPEN_SUMS)
    state.sums["bullpen"].add(team, batch.day, np.hstack([amounts] * repeated))
    add_to_league(state, batch.day, {f"bullpen_{name}": total(amounts[:, c]) for c, name in enumerate(BULLPEN_SUMS)})


def _record_bullpen_work(state: SweepState, team: Ints, day: int, worked: Floats) -> None:
    """Add outs to the ring of a day; unknown ones (NaN) make that day's work unknown."""
    slot = day % _RING
    outs, days = state.arrays["bullpen_outs"], state.arrays["bullpen_day"]
    stale = team[days[team, slot] != day]
    outs[stale, slot] = 0.0
    days[team, slot] = day
    np.add.at(outs, (team, np.full(len(team), slot)), worked)


def _whole(batters: Floats) -> Ints:
    return np.minimum(batters, LONGEST).astype(np.int64)
