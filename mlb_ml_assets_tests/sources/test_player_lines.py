"""Lines of single players, from recorded box scores and from files beside a history bundle.

Belongs here: parsing.
Not here: stamps, player ids and tables (flows/test_player_import.py).
"""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlb_ml_assets.sources import bundle_players, mlb_stats_api
from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged

NOW = datetime(2023, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def feed(shared_data):
    return json.loads((shared_data / "payloads" / "mlb_statsapi" / "live_feed_718322.json").read_bytes())


def test_the_lines_of_players_add_up_to_the_lines_of_their_team(feed):
    """A dropped substitute or a pitcher counted twice moves every rating that his opponents get."""
    parsed = mlb_stats_api.parse(feed, NOW)
    for team in parsed.team_lines:
        lines = [line for line in parsed.batter_lines if line.side == team.side]
        for name in ("at_bats", "hits", "doubles", "triples", "home_runs", "walks", "strikeouts"):
            assert sum(getattr(line, name) for line in lines) == getattr(team, name), name
        assert sum(line.started is True for line in lines) == 9
        assert {line.slot for line in lines} == set(range(1, 10))
        pitchers = [line for line in parsed.pitcher_lines if line.side != team.side]
        assert sum(line.hits for line in pitchers) == team.hits
        assert sum(line.batters_faced for line in pitchers) == sum(line.plate_appearances for line in lines)
        assert [line.appearance for line in pitchers] == list(range(1, len(pitchers) + 1))


def test_the_nine_play_nine_different_positions(feed):
    """The catcher's effect on strikeouts goes to the player listed at position 2."""
    parsed = mlb_stats_api.parse(feed, NOW)
    assert [sorted(side.positions) for side in parsed.lineup_positions] == [list(range(2, 11))] * 2


def test_a_player_without_counts_leaves_his_side_without_lines(feed):
    """Half a side's lines would be read as a day off for the others."""
    home = feed["liveData"]["boxscore"]["teams"]["home"]["players"]
    batter = next(player for player in home.values() if player.get("battingOrder") == "100")
    del batter["stats"]["batting"]["plateAppearances"]
    parsed = mlb_stats_api.parse(feed, NOW)
    assert {line.side for line in parsed.batter_lines} == {"away"}
    assert {line.side for line in parsed.pitcher_lines} == {"home", "away"}


def test_an_unfinished_game_has_no_lines(feed):
    """A batter's line in the fifth inning is half a line."""
    feed["gameData"]["status"]["codedGameState"] = "I"
    parsed = mlb_stats_api.parse(feed, NOW)
    assert (parsed.batter_lines, parsed.pitcher_lines) == ([], [])
    assert len(parsed.lineup_positions) == 2


def test_files_are_recognized_under_any_suffix_and_the_bundles_own_people_are_not():
    """people.csv.gz of a bundle has names, which the catalog of players lacks."""
    kinds = {name: bundle_players.kind_of(Path(name)) for name in (
        "batter_lines.csv.gz", "batter_lines_2009_2018.csv.gz", "pitcher_lines-2019.csv", "people_2000_2018.csv.gz",
        "people.csv.gz", "lineups.csv.gz", "batter_lines.txt",
    )}  # fmt: skip
    assert list(kinds.values()) == ["batter_lines", "batter_lines", "pitcher_lines", "people", None, None, None]


def test_optional_columns_may_be_absent_and_required_ones_are_named(tmp_path):
    """Files of other seasons have no slot, no started and no batted balls; a missing count is missing, not zero."""
    file = tmp_path / "batter_lines_2019.csv.gz"
    head = "retro_game_id,side,player_id,plate_appearances,at_bats,hits,doubles,triples,home_runs,walks,strikeouts"
    with gzip.open(file, "wt") as opened:
        opened.write(f"{head}\nBOS201904090,home,bettm001,5,4,2,1,0,1,1,0\n")
    (line,) = bundle_players.parse_lines(bundle_players.read_file(file)).to_dict("records")
    assert (line["source_game_id"], line["hits"]) == ("BOS201904090", 2)
    assert all(value != value or value is None or str(value) == "<NA>" for value in (line["slot"], line["started"]))
    with gzip.open(file, "wt") as opened:
        opened.write(head.replace(",hits", "") + "\n")
    with pytest.raises(ArchiveShapeChanged, match="hits"):
        bundle_players.read_file(file)
