"""The league's past as a bundle is a bundle: same columns as the real one, read by the real reader without a complaint.

Belongs here: the bundle's files.
Not here: importing them into a database (warehouse tests).
"""

import gzip
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.simulation.bundle import write_bundle
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.demo import demo_league
from mlb_ml_assets.sources import history_bundle

SHORT = SimulationConfig(first_day=date(2024, 5, 1), today=date(2024, 5, 20), season_days=20)


@pytest.fixture(scope="module")
def bundle(league, tmp_path_factory):
    """The demo's bundle with two weeks of price changes."""
    return write_bundle(league, tmp_path_factory.mktemp("bundle"), ticks_from=league.config.today - timedelta(days=14))


def read(bundle, name):
    return pd.read_csv(bundle.folder / f"{name}.csv.gz", dtype={"home_line": str, "away_line": str})


@pytest.mark.parametrize(
    "name",
    ["games", "lineups", "people", "starter_lines", "bullpen_lines", "team_lines", "odds_open_close", "line_history"],
)
def test_columns_are_those_of_the_real_bundle(bundle, shared_data, name):
    """A column that only the simulation has, or lacks, would be proven by the demo and fail on real history."""
    with gzip.open(shared_data / "history" / f"{name}.csv.gz", "rt") as real:
        expected = real.readline().strip().split(",")
    with gzip.open(bundle.folder / f"{name}.csv.gz", "rt") as ours:
        assert ours.readline().strip().split(",") == expected


def test_words_are_those_of_the_real_bundle(bundle, shared_data):
    """A wind direction or sky that no real row has would be a category of its own."""
    real = pd.read_csv(shared_data / "history" / "games.csv.gz", low_memory=False)
    ours = read(bundle, "games")
    for column in ("winddir", "sky", "precip", "day_night", "game_type", "park", "home_retro", "dh_number"):
        known = set(real[column].dropna()) | ({"ARL03", "ATL03"} if column == "park" else set())
        assert set(ours[column]) <= known, column
    assert ours["starttime"].str.fullmatch(r"\d{1,2}:\d\d[AP]M").all()


def test_the_real_reader_takes_every_row(bundle):
    """The demo's history goes in by the same door as the ten real seasons; a refused row would hide in a count."""
    for name in history_bundle.FILES:
        frame = history_bundle.read_file(bundle.folder / f"{name}.csv.gz")
        assert len(frame) == bundle.rows[name]
        assert len(frame) > 0


def test_only_finished_days_are_in_it(bundle, league):
    """A bundle with today's results would let the demo's board look into the future."""
    games = read(bundle, "games")
    assert games["game_date"].max() < league.config.today.isoformat()
    rows = league.games.set_index("game_pk").loc[games["game_pk"]]
    assert (games["home_score"].to_numpy() == rows["home_score"].to_numpy()).all()


def test_files_agree_with_each_other(bundle):
    """Line score, score, hits and box lines are written by different functions."""
    games, teams, starters, bullpens = (
        read(bundle, name).set_index("game_id") for name in ("games", "team_lines", "starter_lines", "bullpen_lines")
    )
    for side in ("home", "away"):
        runs = (
            games[f"{side}_line"].str.findall(r"\((\d+)\)|(\d)").map(lambda marks: sum(int(a or b) for a, b in marks))
        )
        assert (runs == games[f"{side}_score"]).all()
        assert (teams[f"{side}_batting_r"] == games[f"{side}_score"]).all()
        assert (teams[f"{side}_batting_h"] == games[f"{side}_hits"]).all()
        innings = starters[f"{side}_starter_ip"] + bullpens[f"{side}_bullpen_ip"]
        assert np.allclose(innings, teams[f"{side}_pitching_ip"], atol=0.001)
        assert (starters[f"{side}_starter_id"] == games[f"{side}_starter_mlbam"]).all()


def test_odds_have_the_margins_of_the_archives(bundle):
    """Overrounds outside [0, .12] are not used by the model, so that no game of the demo would have a price."""
    odds = read(bundle, "odds_open_close")

    def overround(first, second):
        implied = [
            np.where(odds[c] < 0, -odds[c] / (100 - odds[c]), 100 / (100 + odds[c].abs())) for c in (first, second)
        ]
        return implied[0] + implied[1] - 1

    assert overround("ml_open_home", "ml_open_away").mean() == pytest.approx(0.039, abs=0.002)
    assert overround("ml_close_home", "ml_close_away").mean() == pytest.approx(0.024, abs=0.001)
    for pair in (("over_open", "under_open"), ("over_close", "under_close"), ("rl_price_home", "rl_price_away")):
        assert (overround(*pair) > 0.01).all()
        assert (overround(*pair) < 0.08).all()
    assert odds["is_primary"].all()
    assert odds["game_id"].is_unique


def test_price_changes_are_before_first_pitch_and_in_order(bundle):
    """Ticks after the start would be taken for closing prices."""
    ticks = read(bundle, "line_history")
    stamps = pd.to_datetime(ticks["ts_utc"], format="ISO8601")
    assert ticks["minutes_to_start"].max() <= 25.1 * 60
    assert stamps.groupby(ticks["game_id"]).is_monotonic_increasing.all()
    assert (ticks["kind"] == "tick").all()
    same_stamp = ticks.duplicated(["game_id", "ts_utc"]).mean()
    assert 0 < same_stamp < 0.05


def test_same_league_same_bytes(league, bundle, tmp_path):
    """A time stamp in a gzip header would make every export look changed."""
    again = write_bundle(league, tmp_path, ticks_from=league.config.today - timedelta(days=14))
    for name in again.rows:
        file = f"{name}.csv.gz"
        assert (again.folder / file).read_bytes() == (bundle.folder / file).read_bytes(), name


def test_the_demos_bundle_is_kept_while_it_fits_and_mended_when_cut(tmp_path):
    """Writing it anew at every run costs seconds; keeping one that a kill cut short would cost the demo."""
    config = replace(SHORT, seed=3)
    first = demo_league(tmp_path, config)
    games = first.bundle_folder / "games.csv.gz"
    whole, written = games.read_bytes(), games.stat().st_mtime_ns
    assert demo_league(tmp_path, config).bundle_folder == first.bundle_folder
    assert games.stat().st_mtime_ns == written
    games.write_bytes(b"")
    (tmp_path / "simulated_league" / "league.json").unlink()
    demo_league(tmp_path, config)
    assert games.read_bytes() == whole
    other = demo_league(tmp_path, replace(SHORT, seed=4))
    assert (other.bundle_folder / "games.csv.gz").read_bytes() != whole


def test_the_demos_days_do_not_overlap_its_bundle(tmp_path):
    """A day in both would be counted twice by any sum over both."""
    demo = demo_league(tmp_path, replace(SHORT, seed=3))
    assert read_days(demo)[-1] < demo.live_from.isoformat()
    assert demo.live_days[0] == demo.live_from
    assert demo.live_days[-1] == demo.today + timedelta(days=1)
    rounds = demo.rounds()
    assert rounds == sorted(rounds)
    assert rounds[-1] == demo.now


def read_days(demo):
    return sorted(set(pd.read_csv(demo.bundle_folder / "games.csv.gz")["game_date"]))
