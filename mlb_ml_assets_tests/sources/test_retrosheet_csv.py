"""Retrosheet's season archives as a history bundle.

Belongs here: real rows of the archives, the league's own archives against its own bundle, and archives that changed.
Not here: transfer (test_downloads.py), import (flows/).
"""

import io
import zipfile

import pandas as pd
import pytest

from mlb_ml_assets.simulation.bundle import write_bundle
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.season_archives import season_archive, write_register, write_season_archives
from mlb_ml_assets.sources import history_bundle
from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged
from mlb_ml_assets.sources.chadwick import COLUMNS as REGISTER_COLUMNS
from mlb_ml_assets.sources.chadwick import read_register
from mlb_ml_assets.sources.retrosheet_csv import MEMBERS, build_bundle, is_season_archive, read_season

# What an archive does not have, or spells as Retrosheet does.
DIFFERENT = {
    "games": {
        "game_pk", "home_team", "away_team", "fieldcond", "ump_hp_name", "home_line", "suspended", "home_bats_first",
    },
    "people": {"debut"},
    "starter_lines": {
        "date", "home_starter_team", "away_starter_team",
        *(f"{side}_starter_{count}" for side in ("home", "away") for count in ("pitches", "ground_outs", "air_outs")),
    },
    "team_lines": {"date", "home_team_abbreviation", "away_team_abbreviation"},
}  # fmt: skip


@pytest.fixture(scope="module")
def league():
    """Two seasons of three weeks."""
    return simulate_league(SimulationConfig(season_days=21))


@pytest.fixture(scope="module")
def archives(tmp_path_factory, league):
    """The league's archives, its register, and its bundle."""
    folder = tmp_path_factory.mktemp("archives")
    write_bundle(league, folder / "bundle")
    return write_season_archives(league, folder), write_register(league, folder), folder / "bundle"


def test_an_archive_gives_the_bundle_that_the_league_writes_itself(archives):
    """Two readers of one league that disagree on a count would train two models."""
    seasons, register, folder = archives
    built = build_bundle([read_season(path) for path in seasons], read_register(register))
    for name in ("games", "lineups", "people", "starter_lines", "bullpen_lines", "team_lines"):
        key = "retro_id" if name == "people" else "game_id"
        ours = built[name].set_index(key)
        theirs = pd.read_csv(folder / f"{name}.csv.gz", dtype=str).set_index(key)
        assert set(ours.index) == set(theirs.index), name
        assert not {column for column in history_bundle.FILES[name] if column not in built[name]}
        for column in set(theirs) & set(ours) - DIFFERENT.get(name, set()):
            assert _plain(ours[column]).equals(_plain(theirs[column].reindex(ours.index))), (name, column)


def _plain(column):
    numbers = pd.to_numeric(column, errors="coerce").astype(float).round(3)
    return numbers if numbers.notna().any() else column.astype("string").fillna("")


def test_player_lines_add_up_to_the_team_lines(archives):
    """A batter counted for the other club moves skill between clubs."""
    seasons, register, _ = archives
    built = build_bundle([read_season(path) for path in seasons], read_register(register))
    hits = built["batter_lines"].groupby(["game_id", "side"])["hits"].sum()
    team = built["team_lines"].set_index("game_id")
    for side in ("home", "away"):
        assert (hits.xs(side, level="side").reindex(team.index) == team[f"{side}_batting_h"]).all()


def _zip(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"2024{name}.csv", text)
    return buffer.getvalue()


@pytest.fixture
def real_archive(shared_data, tmp_path):
    """Real rows of gameinfo and teamstats; batting, pitching and people with their header only."""
    folder = shared_data / "retrosheet_csv"
    members = {name: (folder / f"{name}.csv").read_text() for name in ("gameinfo", "teamstats")}
    for name in ("batting", "pitching"):
        members[name] = (folder / f"{name}.csv").read_text().splitlines()[0] + "\n"
    members["allplayers"] = "id,last,first,bat,throw,team\n"
    path = tmp_path / "2024csvs.zip"
    path.write_bytes(_zip(**members))
    return path


def test_real_rows_are_read_as_retrosheet_means_them(real_archive):
    """0 degrees is unknown, a blank ninth of the home club was not needed, a suspended game keeps its first date."""
    season = read_season(real_archive)
    games = build_bundle([season], pd.DataFrame(columns=list(REGISTER_COLUMNS)))["games"].set_index("game_id")
    seoul = games.loc["SDN202403200"]
    assert (seoul["park"], seoul["sky"], seoul["away_line"], seoul["starttime"]) == (
        "SEO01",
        "dome",
        "000100040",
        "7:05PM",
    )
    info = season.members["gameinfo"].set_index("gid")
    assert list(games.index[games["home_bats_first"]]) == list(info.index[info["htbf"].notna()])
    assert games["home_bats_first"].any()
    resumed = games[games["suspended"]]
    assert len(resumed)
    assert (resumed["game_date"].str.replace("-", "") == resumed.index.str[3:11]).all()
    assert not (pd.to_numeric(games["temp"]) == 0).any()
    assert not (pd.to_numeric(games["windspeed"]) == -1).any()


@pytest.mark.parametrize("member", MEMBERS)
def test_a_renamed_column_is_named(tmp_path, member, league):
    """An archive that changed must not be read as one without that fact."""
    whole = zipfile.ZipFile(io.BytesIO(season_archive(league, league.games.index.to_numpy()[:4], "2023")))
    texts = {name: whole.read(f"2023{name}.csv").decode() for name in MEMBERS}
    column = MEMBERS[member][-1]
    header, _, rest = texts[member].partition("\n")
    texts[member] = ",".join("renamed" if name == column else name for name in header.split(",")) + "\n" + rest
    path = tmp_path / "2024csvs.zip"
    path.write_bytes(_zip(**texts))
    with pytest.raises(ArchiveShapeChanged, match=rf"2024csvs.zip: 2024{member}.csv: no column {column}"):
        read_season(path)


def test_an_archive_without_a_member_and_a_file_that_is_no_archive_are_named(tmp_path):
    """A cut download must not become an empty season."""
    path = tmp_path / "2024csvs.zip"
    path.write_bytes(_zip(gameinfo="gid\n"))
    with pytest.raises(ArchiveShapeChanged, match="no column"):
        read_season(path)
    path.write_bytes(_zip(teamstats="gid\n"))
    with pytest.raises(ArchiveShapeChanged, match=r"0 members named gameinfo\.csv"):
        read_season(path)
    path.write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(ArchiveShapeChanged, match=r"2024csvs.zip: "):
        read_season(path)


def test_names_of_season_archives(tmp_path):
    """A folder holds other zip files too: game logs are gl2016.zip."""
    assert is_season_archive(tmp_path / "2016csvs.zip")
    assert not is_season_archive(tmp_path / "gl2016.zip")
