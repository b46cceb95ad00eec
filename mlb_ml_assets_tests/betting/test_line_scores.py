"""Promises of reading a game's length from its line score.

Belongs here: the notation and its refusals, and the archive.
Not here: settlement.
"""

import pandas as pd
import pytest

from mlb_ml_assets.betting.line_scores import Length, UnreadableLineScore, length_of_play


def test_an_inning_of_ten_runs_is_one_inning():
    """'(10)' read as two digits makes a nine-inning game of a shortened one."""
    assert length_of_play("000000000", "00(10)00012x") == Length(9, bottom_played=False)
    assert length_of_play("00010", "0000x") == Length(5, bottom_played=False)
    assert length_of_play("0001000000", "0000000101") == Length(10, bottom_played=True)


@pytest.mark.parametrize("lines", [("", "000"), ("00a", "000"), ("000000", "000")])
def test_what_is_no_line_score_is_refused(lines):
    """A truncated line score must not make a void of a finished game."""
    with pytest.raises(UnreadableLineScore):
        length_of_play(*lines)


def test_the_archives_line_scores_agree_with_its_innings(shared_data):
    """24,298 games: whatever the notation hides shows up here. Eight called in mid-inning count it or do not."""
    games = pd.read_csv(shared_data / "history" / "games.csv.gz", low_memory=False)
    games = games.dropna(subset=["home_line", "away_line", "innings"])
    both = zip(games["away_line"].astype(str), games["home_line"].astype(str), strict=True)
    lengths = [length_of_play(*lines).innings for lines in both]
    assert (pd.Series(lengths, index=games.index) == games["innings"]).mean() > 0.999
