"""Real games of 2009-2018 that were suspended or shortened, settled from Retrosheet's logs.

Belongs here: every suspended game of those seasons and shortened ones of each kind, with the result that the rule text
gives, worked out by hand from Retrosheet's completion field, outs and line scores.
Not here: hand-made games (test_settlement.py), the way of the facts through the database (flows/).
"""

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.betting.line_scores import length_of_play
from mlb_ml_assets.betting.settlement import settle
from mlb_ml_assets.sources.retrosheet import parse_logs, read_logs

# Suspended games: id, moneyline home, total over 8.5. Listed pitchers: the moneyline is official after five innings
# (four and a half with the home team ahead) with the score then; totals need nine, completed by 5 am Pacific.
SUSPENDED = [
    ("WAS200905050", "push", "void"),
    ("BOS201004160", "push", "void"),
    ("MIN201005250", "push", "void"),
    ("SDN201104080", "push", "void"),
    ("CIN201304160", "push", "void"),
    ("NYN201305240", "push", "void"),
    ("CIN201404140", "push", "void"),
    ("COL201405220", "push", "void"),
    # Called after four and a half with the Cubs 2-0 ahead, resumed after a protest.
    ("CHN201408190", "win", "void"),
    # Stopped in the tenth with Cleveland 4-2 ahead.
    ("KCA201408310", "loss", "void"),
    ("CHN201409050", "push", "void"),
    ("CHA201504240", "push", "void"),
    ("NYN201506270", "push", "void"),
    # After five, Washington 3-2 ahead.
    ("WAS201507170", "win", "void"),
    ("CIN201509110", "push", "void"),
    ("CHA201607230", "push", "void"),
    ("WAS201805150", "push", "void"),
    ("CHN201808280", "push", "void"),
]
# Shortened games: id, moneyline home, total over 8.5, run line home -1.5. Long enough for the moneyline, none for nine.
SHORTENED = [
    ("BOS200904221", "win", "void", "void"),
    ("BAL200905060", "win", "void", "void"),
    ("WAS200905162", "loss", "void", "void"),
    ("CHN200905260", "win", "void", "void"),
    ("BOS200906180", "loss", "void", "void"),
    ("PHI200908290", "loss", "void", "void"),
    ("NYN201004250", "win", "void", "void"),
    ("COL201005130", "loss", "void", "void"),
    ("KCA201104140", "win", "void", "void"),
    ("OAK201204100", "loss", "void", "void"),
    ("CHN201208260", "win", "void", "void"),
    ("NYA201306020", "loss", "void", "void"),
    # 27 outs: the Orioles were ahead when their fifth began.
    ("BAL201407130", "win", "void", "void"),
    ("NYA201407230", "win", "void", "void"),
    # Called with one out in the top of the sixth at 1-1: an official tie.
    ("PIT201609290", "push", "void", "void"),
    ("CIN201809080", "win", "void", "void"),
]
SEASONS = range(2009, 2019)


@pytest.fixture(scope="module")
def logs(shared_data):
    wanted = {game for game, *_ in (*SUSPENDED, *SHORTENED)}
    found = []
    for season in SEASONS:
        rows = read_logs(shared_data / "retrosheet" / f"gl{season}.zip")
        found.append(rows[(rows[7] + rows[1] + rows[2]).isin(wanted)])
    return parse_logs(pd.concat(found, ignore_index=True))


def results_of(logs):
    """What the database would hold of these games: a completion is known the morning after, and resumed after noon."""
    games = logs.tables["games"].merge(
        logs.tables["game_suspensions"].rename(
            columns={"home_score": "suspension_home_score", "away_score": "suspension_away_score"}
        ),
        on="source_game_id",
        how="left",
    )
    lengths = [length_of_play(*lines) for lines in zip(games["home_line_score"], games["away_line_score"], strict=True)]
    noon = games["played_on"].dt.tz_localize("America/New_York") + pd.Timedelta(hours=12)
    return games.rename(columns={"source_game_id": "game_id"}).assign(
        innings=[length.innings for length in lengths],
        bottom_played=[length.bottom_played for length in lengths],
        suspension_innings=games["outs"] / 6,
        resumed_at=noon.dt.tz_convert("UTC"),
        completed_by=(noon + pd.Timedelta(hours=18)).dt.tz_convert("UTC"),
    )


@pytest.fixture(scope="module")
def settled(logs):
    games = results_of(logs)
    markets = [("moneyline", "home", np.nan), ("total", "over", 8.5), ("spread", "home", -1.5)]
    bets = pd.concat(
        [
            pd.DataFrame({"game_id": games["game_id"], "game_date": games["game_date"]}).assign(
                market_type=market, side=side, line_value=line, operator="archive", decimal_odds=2.0, stake=0.01
            )
            for market, side, line in markets
        ],
        ignore_index=True,
    )
    found = bets.join(settle(bets, games))
    return found.pivot_table(index="game_id", columns="market_type", values="result", aggfunc="first")


@pytest.mark.parametrize(("game", "moneyline", "total"), SUSPENDED)
def test_a_suspended_game_counts_with_its_score_then(settled, game, moneyline, total):
    """Completed after the deadline, all of them were voided, four of them decided games."""
    assert (settled.loc[game, "moneyline"], settled.loc[game, "total"]) == (moneyline, total)


@pytest.mark.parametrize(("game", "moneyline", "total", "run_line"), SHORTENED)
def test_a_shortened_game_decides_the_moneyline_only(settled, game, moneyline, total, run_line):
    """Official after five innings for the winner, never for the runs."""
    assert tuple(settled.loc[game, ["moneyline", "total", "spread"]]) == (moneyline, total, run_line)


def test_every_suspended_game_of_the_logs_is_here(shared_data):
    """A list that leaves out the awkward game proves nothing."""
    found = set()
    for season in SEASONS:
        rows = read_logs(shared_data / "retrosheet" / f"gl{season}.zip")
        rows = rows[rows[14].ne("")]
        found |= set(rows[7] + rows[1] + rows[2])
    assert found == {game for game, *_ in SUSPENDED}
