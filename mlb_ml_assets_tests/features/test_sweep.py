"""One sweep, in any number of pieces: the same rows.

Belongs here: checkpoints, ranges, late and corrected facts, winters, suspended games.
Not here: proofs against leaks (test_leaks.py), formulas (test_formulas.py).
"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.features.knowable import batch_instant
from mlb_ml_assets.features.state import NotAState, SweepState
from mlb_ml_assets.features.sweep import CheckpointTooLate, StaleCheckpoint, advance, build_features
from mlb_ml_assets_tests.features.league import both_stages, made_up_history, with_frame
from mlb_ml_assets_tests.features.test_leaks import FEATURES, HISTORY, REQUESTS, assert_same

DAYS = sorted(HISTORY.games.game_date.dt.date.unique())


def of_day(day: dt.date) -> np.ndarray:
    games = HISTORY.games.loc[HISTORY.games.game_date.dt.date == day, "game_id"]
    return REQUESTS.game_id.isin(games).to_numpy()


def test_days_one_by_one_equal_the_range():
    """A daily schedule and a backfill must leave the same table behind."""
    for day in DAYS:
        asked = of_day(day)
        assert_same(build_features(HISTORY, REQUESTS[asked]), FEATURES[asked].reset_index(drop=True))


@pytest.mark.parametrize("back", [2, 5])
def test_a_checkpoint_changes_no_bit(back):
    """A state that forgets something (a ring buffer, a winter) is wrong only from the second day on, and only live."""
    for position in range(back, len(DAYS)):
        asked = of_day(DAYS[position])
        state = SweepState.from_bytes(advance(HISTORY, DAYS[position - back]).to_bytes())
        built = build_features(HISTORY, REQUESTS[asked], checkpoint=state)
        assert_same(built, FEATURES[asked].reset_index(drop=True))


def test_a_checkpoint_needs_no_facts_from_before_it():
    """A day's build reads a day; were older rows needed, the number would be wrong just where they are not read."""
    day, start = DAYS[8], pd.Timestamp(DAYS[6])
    state = advance(HISTORY, DAYS[6])
    games = HISTORY.games[HISTORY.games.game_date > start]
    recent = with_frame(HISTORY, "games", games)
    for name, frame in HISTORY.stamped().items():
        recent = with_frame(recent, name, frame[frame.game_id.isin(games.game_id)].reset_index(drop=True))
    built = build_features(recent, REQUESTS[of_day(day)], checkpoint=state)
    assert_same(built, FEATURES[of_day(day)].reset_index(drop=True))


def test_a_chain_of_checkpoints_equals_one_sweep():
    """Every morning starts from yesterday's; after a season the chain is long."""
    state = None
    for day in DAYS:
        state = advance(HISTORY, day, checkpoint=state)
        state = SweepState.from_bytes(state.to_bytes())
    whole = advance(HISTORY, DAYS[-1])
    for name, sums in whole.sums.items():
        known = len(whole.index.get({"starter": "pitcher", "slot": "batter"}.get(name, "team"), ()))
        rows = slice(0, known + 1 if name in {"starter", "slot", "team_runs", "bullpen", "batting"} else 1)
        np.testing.assert_array_equal(sums.values[rows], state.sums[name].values[rows])
    assert whole.index == state.index


def test_a_build_does_not_change_its_checkpoint():
    """A checkpoint is shared by every build that starts from it."""
    state = advance(HISTORY, DAYS[4])
    before = state.to_bytes()
    build_features(HISTORY, REQUESTS[of_day(DAYS[9])], checkpoint=state)
    assert state.to_bytes() == before


def test_a_checkpoint_from_the_future_is_refused():
    """Starting a backfilled day from today's state is the leak that looks like a speed-up."""
    with pytest.raises(CheckpointTooLate, match="before the checkpoint"):
        build_features(HISTORY, REQUESTS[of_day(DAYS[3])], checkpoint=advance(HISTORY, DAYS[5]))


def test_bytes_that_are_no_state_are_refused():
    """A checkpoint of another layout read as this one would give numbers, not an error."""
    with pytest.raises(NotAState):
        SweepState.from_bytes(b"something else")


def corrected(score: int, known: pd.Timestamp) -> tuple[pd.DataFrame, int]:
    """A correction of the first game's score, known at an instant."""
    row = HISTORY.results.iloc[[0]].assign(home_score=score, known_at=known)
    return pd.concat([HISTORY.results, row], ignore_index=True), int(row.game_id.iloc[0])


def test_a_late_correction_counts_from_the_next_morning_on_and_leaves_the_old():
    """A corrected box score rewritten in place makes yesterday's forecasts look better than they were."""
    known = pd.Timestamp(batch_instant(DAYS[5])) + pd.Timedelta(hours=9)
    results, _ = corrected(25, known)
    built = build_features(with_frame(HISTORY, "results", results), REQUESTS)
    first_morning = pd.Timestamp(batch_instant(DAYS[6]))
    old = (REQUESTS.as_of < first_morning).to_numpy()
    assert_same(built[old].reset_index(drop=True), FEATURES[old].reset_index(drop=True))
    new = built[~old]
    assert not new.home_elo.equals(FEATURES[~old].home_elo)
    # And the numbers are those of a league in which the score had been right from the start.
    right = with_frame(HISTORY, "results", HISTORY.results.assign(home_score=[25, *HISTORY.results.home_score[1:]]))
    assert_same(
        new.drop(columns="known_at").reset_index(drop=True),
        build_features(right, REQUESTS)[~old].drop(columns="known_at").reset_index(drop=True),
    )


def test_the_latest_of_several_corrections_counts():
    """Two corrections of one afternoon may be read in either order; the later stamp is the truth."""
    known = pd.Timestamp(batch_instant(DAYS[5])) + pd.Timedelta(hours=9)
    row = HISTORY.results.iloc[[0]]
    earlier = row.assign(home_score=3, known_at=known)
    later = row.assign(home_score=25, known_at=known + pd.Timedelta(minutes=5))
    one = with_frame(HISTORY, "results", pd.concat([later, HISTORY.results, earlier], ignore_index=True))
    other = with_frame(HISTORY, "results", pd.concat([HISTORY.results, later], ignore_index=True))
    assert_same(build_features(one, REQUESTS), build_features(other, REQUESTS))


def test_a_correction_before_the_checkpoint_is_not_passed_over():
    """Starting after the corrected day would keep the wrong score for ever."""
    known = pd.Timestamp(batch_instant(DAYS[5])) + pd.Timedelta(hours=9)
    results, _ = corrected(25, known)
    history = with_frame(HISTORY, "results", results)
    with pytest.raises(StaleCheckpoint, match=str(DAYS[0])):
        build_features(history, REQUESTS[of_day(DAYS[9])], checkpoint=advance(HISTORY, DAYS[5]))
    built = build_features(history, REQUESTS[of_day(DAYS[10])], checkpoint=advance(history, DAYS[7]))
    assert_same(built, build_features(history, REQUESTS)[of_day(DAYS[10])].reset_index(drop=True))


def test_a_result_that_comes_late_enters_in_its_place():
    """A feed that was down for three days must not turn the order of games round."""
    late = HISTORY.results.copy()
    late.loc[4:7, "known_at"] = pd.Timestamp(batch_instant(DAYS[5])) + pd.Timedelta(hours=1)
    built = build_features(with_frame(HISTORY, "results", late), REQUESTS)
    settled = (REQUESTS.as_of > pd.Timestamp(batch_instant(DAYS[6]))).to_numpy()
    waiting = ((REQUESTS.as_of < pd.Timestamp(batch_instant(DAYS[5]))) & (REQUESTS.as_of > late.known_at[3])).to_numpy()
    same = ["home_elo", "away_elo", "home_offence_60", "park_runs", "home_starter_fip_150"]
    assert built.loc[settled, same].equals(FEATURES.loc[settled, same])
    assert not built.loc[waiting, same].equals(FEATURES.loc[waiting, same])


def test_a_suspended_game_leaves_no_trace():
    """It is finished weeks later under its old date: its runs and pitchers belong to neither day."""
    results = HISTORY.results.copy()
    results.loc[2, "suspended"] = True
    game = results.game_id[2]
    without = HISTORY
    # Its listing too: a listed game without a score leaves its clubs' work unknown.
    for name in ("games", "results", "starter_lines", "bullpen_lines", "team_lines", "lineups"):
        frame = getattr(HISTORY, name)
        without = with_frame(without, name, frame[frame.game_id != game].reset_index(drop=True))
    others = (REQUESTS.game_id != game).to_numpy()
    built = build_features(with_frame(HISTORY, "results", results), REQUESTS[others])
    assert_same(built, build_features(without, REQUESTS[others]))


def test_both_games_of_a_double_header_see_the_same_past():
    """The second game is priced in the morning too; the first one's score must not help it."""
    games = HISTORY.games.copy()
    first, second = games.index[games.game_date == games.game_date.max()][:2]
    for column in ("home_team", "away_team", "park_id"):
        games.loc[second, column] = games.loc[first, column]
    games.loc[[first, second], "doubleheader"] = "Y"
    games.loc[second, "game_number"] = 2
    history = with_frame(HISTORY, "games", games)
    built = build_features(history, REQUESTS).set_index(["game_id", "stage"])
    one, two = (built.loc[(games.game_id[row], "open")] for row in (first, second))
    assert one.home_elo == two.home_elo
    assert (one.second_game, two.second_game) == (0.0, 1.0)


def test_a_winter_takes_the_edge_off_before_opening_day():
    """Opening day is priced before the first game of the season: the winter must have passed by then."""
    history = made_up_history(season_gap=True)
    built = build_features(history, both_stages(history))
    games = history.games.set_index("game_id")
    opening = games.game_date[games.season == games.season.max()].min()
    rows = built[built.game_id.map(games.game_date) == opening]
    last = advance(history, (opening - pd.Timedelta(days=1)).date())
    for row in rows.itertuples():
        before = last.arrays["elo"][last.index["team"][games.home_team[row.game_id]]]
        assert row.home_elo == pytest.approx(1500 + 0.62 * (before - 1500))


def test_a_pitcher_never_seen_is_not_an_average_one_without_a_name():
    """No announced starter is not known; a debutant is known to be one."""
    probables = HISTORY.probables.copy()
    game = HISTORY.games.game_id.iloc[-1]
    here = probables.game_id == game
    probables.loc[here & (probables.side == "home"), "player_id"] = "debutant"
    probables.loc[here & (probables.side == "away"), "player_id"] = None
    built = build_features(with_frame(HISTORY, "probables", probables), REQUESTS).set_index(["game_id", "stage"])
    row = built.loc[(game, "lineup")]
    assert row.home_starter_rookie == 1.0
    assert row.home_starter_fip_400 == 0.0
    assert np.isnan(row.home_starter_rest_days)
    assert np.isnan(row.away_starter_rookie)
    assert np.isnan(row.away_starter_fip_400)
    assert np.isfinite(row.away_bullpen_fip_60)


def test_a_withdrawn_starter_is_withdrawn():
    """A scratch at noon must not be read as the morning's starter at five."""
    game = HISTORY.games.iloc[-1]
    gone = HISTORY.probables[(HISTORY.probables.game_id == game.game_id) & (HISTORY.probables.side == "home")]
    gone = gone.assign(player_id=None, known_at=game.start - pd.Timedelta(hours=5))
    built = build_features(
        with_frame(HISTORY, "probables", pd.concat([HISTORY.probables, gone], ignore_index=True)), REQUESTS
    ).set_index(["game_id", "stage"])
    assert np.isfinite(built.loc[(game.game_id, "open")].home_starter_share)
    assert np.isnan(built.loc[(game.game_id, "lineup")].home_starter_share)
