"""Promises of settlement: ten hand-made cases a rule, each block citing where the rule is published.

Belongs here: every clause on hand-made games, the choice of the rule, and re-settlement.
Not here: the value of a bet.
"""

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.betting.settlement import UnknownResult, UnsettleableBets, settle, settlement_changes, unit_return
from mlb_ml_assets.betting.settlement_rules import settlement_rules

DAY = "2019-07-04"
START = pd.Timestamp("2019-07-04 23:05", tz="UTC")


def settled(bet, game):
    """One bet (market, side, line) at one operator against one game."""
    market, side, line, *rest = bet
    made = {
        "game_id": 1, "market_type": market, "side": side, "operator": "fanduel", "decimal_odds": 2.5,
        "line_value": np.nan if line is None else line, "stake": 0.01, "game_date": DAY, "scheduled_start": START,
        "scheduled_innings": 9, "home_starter_id": "h1", "away_starter_id": "a1", **(rest[0] if rest else {}),
    }  # fmt: skip
    played = {
        "game_id": 1, "status": "final", "season_type": "regular", "game_date": made["game_date"], "home_score": 5,
        "away_score": 3, "innings": 9, "scheduled_innings": 9, "home_bats_first": False,
        "first_pitch": made["scheduled_start"], "suspended": False, "completed_at": pd.NaT, "home_starter_id": "h1",
        "away_starter_id": "a1", **game,
    }  # fmt: skip
    return settle(pd.DataFrame([made]), pd.DataFrame([played])).iloc[0]


def score(home, away, innings=9, **more):
    return {"home_score": home, "away_score": away, "innings": innings, **more}


HOME, AWAY = ("moneyline", "home", None), ("moneyline", "away", None)

# Regulation games. Published: every book below; pushes return the stake, quarter lines are two half stakes.
REGULATION = [
    (HOME, score(5, 3), "win"),
    (AWAY, score(5, 3), "loss"),
    (HOME, score(3, 5), "loss"),
    (("spread", "home", -1.5), score(5, 4), "loss"),
    (("spread", "away", 1.5), score(5, 4), "win"),
    (("spread", "home", -2.0), score(5, 3), "push"),
    (("total", "over", 8.0), score(5, 3), "push"),
    (("total", "under", 8.5), score(5, 3), "win"),
    (("total", "over", 7.75), score(5, 3), "half_win"),
    (("total", "over", 8.25), score(5, 3), "half_loss"),
    (("total", "under", 8.25), score(5, 3), "half_win"),
    (HOME, score(4, 4, 10), "push"),
    (("total", "over", 8.5), score(7, 6, 14), "win"),
]
# Published: ESPN BET, Betting on Baseball (moneyline after 5 innings, 4.5 if the team batting second leads); Titanbet,
# Betting Rules: Baseball; wager-info.com, Baseball Game Rules.
FIVE_INNINGS = [
    (HOME, score(3, 1, 5), "win"),
    (HOME, score(3, 1, 5, bottom_played=False), "win"),
    (AWAY, score(3, 1, 5, bottom_played=False), "loss"),
    (AWAY, score(1, 3, 5, bottom_played=True), "win"),
    (AWAY, score(1, 3, 5, bottom_played=False), "void"),
    (HOME, score(3, 1, 4), "void"),
    (HOME, score(3, 1, 4, bottom_played=True), "void"),
    (AWAY, score(0, 9, 4, bottom_played=True), "void"),
    (HOME, score(2, 2, 6, bottom_played=True), "push"),
    (AWAY, score(1, 3, 8, bottom_played=False), "win"),
    (AWAY, score(3, 1, 5, bottom_played=False, home_bats_first=True), "void"),
]
# Published: ESPN BET, Betting on Baseball; Action Network, Suspended and shortened MLB betting rules ("already
# determined" overs stand, unders are void); DraftKings, Sport rules: Baseball, rule 4.
NINE_INNINGS = [
    (("total", "over", 8.5), score(2, 1, 7), "void"),
    (("total", "under", 8.5), score(2, 1, 7), "void"),
    (("total", "over", 8.5), score(6, 4, 7), "win"),
    (("total", "under", 8.5), score(6, 4, 7), "loss"),
    (("total", "over", 10.0), score(6, 4, 7), "void"),
    (("spread", "home", -1.5), score(6, 1, 8), "void"),
    (("spread", "away", 1.5), score(1, 6, 8, bottom_played=True), "void"),
    (("spread", "home", -1.5), score(6, 1, 9, bottom_played=False), "win"),
    (("total", "under", 8.5), score(4, 3, 9, bottom_played=False), "win"),
    (("total", "under", 8.5), score(3, 4, 9, bottom_played=False), "void"),
]
# Published: Galaxy Sports, Baseball official game times (2020): from 2020 the moneyline too needs 9 innings (8.5 with
# the home team ahead), before 2020 it needed 5 (4.5).
GALAXY_2020 = {"operator": "galaxysports", "game_date": "2020-08-01", "scheduled_start": START}
GALAXY_2019 = {"operator": "galaxysports"}
NINE_FOR_THE_MONEYLINE = [
    ((*HOME, GALAXY_2020), score(3, 1, 6), "void"),
    ((*HOME, GALAXY_2019), score(3, 1, 6), "win"),
    ((*AWAY, GALAXY_2020), score(3, 1, 8), "void"),
    ((*AWAY, GALAXY_2019), score(3, 1, 8), "loss"),
    ((*HOME, GALAXY_2020), score(3, 1, 9, bottom_played=False), "win"),
    ((*AWAY, GALAXY_2020), score(1, 3, 9, bottom_played=True), "win"),
    ((*AWAY, GALAXY_2020), score(1, 3, 9, bottom_played=False), "void"),
    ((*HOME, GALAXY_2020), score(3, 3, 9, bottom_played=True), "push"),
    (("total", "over", 6.5, GALAXY_2020), score(5, 3, 6), "win"),
    (("total", "over", 8.5, GALAXY_2020), score(5, 3, 6), "void"),
    ((*HOME, {**GALAXY_2020, "operator": "bookmaker"}), score(3, 1, 8), "void"),
]
# Published: Galaxy Sports, Baseball official game times (2020), Justbet, Double header rules (7 innings, 6.5 with the
# home team ahead), Betcris, Baseball and Softball (a game cut to seven innings voids bets on the original lines).
SEVEN = {"scheduled_innings": 7, "game_date": "2021-06-01"}
SEVEN_INNINGS = [
    (("total", "under", 7.5, SEVEN), score(4, 2, 7, scheduled_innings=7), "win"),
    (("total", "under", 7.5, SEVEN), score(4, 2, 6, scheduled_innings=7), "void"),
    (("total", "over", 5.5, SEVEN), score(4, 2, 6, scheduled_innings=7), "win"),
    (("spread", "home", -1.5, SEVEN), score(4, 2, 7, scheduled_innings=7, bottom_played=False), "win"),
    (("spread", "away", 1.5, SEVEN), score(2, 4, 7, scheduled_innings=7, bottom_played=False), "void"),
    ((*HOME, SEVEN), score(4, 2, 5, scheduled_innings=7), "win"),
    ((*HOME, {**SEVEN, "operator": "justbet"}), score(4, 2, 5, scheduled_innings=7), "void"),
    ((*HOME, {**SEVEN, "operator": "justbet"}), score(4, 2, 7, scheduled_innings=7), "win"),
    ((*AWAY, SEVEN), score(3, 4, 8, scheduled_innings=7, bottom_played=True), "win"),
    (("total", "over", 8.5, {"scheduled_innings": 9}), score(6, 4, 7, scheduled_innings=7), "void"),
    ((*HOME, {"scheduled_innings": 9}), score(6, 4, 7, scheduled_innings=7), "void"),
]
# Published: Titanbet, Betting Rules: Baseball (listed pitchers unless specified); Galaxy Sports, Baseball rules
# overview (listed pitchers no longer offered); DraftKings, Sport rules: Baseball, rule 5 (starters have no relevance).
ARCHIVE = {"operator": "archive", "game_date": "2016-07-04"}
LISTED_PITCHERS = [
    ((*HOME, ARCHIVE), score(5, 3), "win"),
    ((*HOME, ARCHIVE), score(5, 3, home_starter_id="h2"), "void"),
    ((*AWAY, ARCHIVE), score(5, 3, away_starter_id="a2"), "void"),
    (("total", "over", 7.5, ARCHIVE), score(5, 3, away_starter_id="a2"), "void"),
    (("spread", "home", -1.5, ARCHIVE), score(5, 3, home_starter_id="h2"), "void"),
    ((*HOME, {**ARCHIVE, "home_starter_id": None}), score(5, 3, home_starter_id="h2"), "win"),
    ((*HOME, ARCHIVE), score(5, 3, home_starter_id=None), "win"),
    ((*HOME, {"operator": "draftkings"}), score(5, 3, home_starter_id="h2"), "win"),
    ((*AWAY, {"operator": "fanduel"}), score(5, 3, away_starter_id="a2"), "loss"),
    ((*HOME, {"operator": "pinnacle", "game_date": "2016-07-04"}), score(5, 3, home_starter_id="h2"), "void"),
    ((*HOME, GALAXY_2020), score(5, 3, home_starter_id="h2"), "win"),
]
# Published: ESPN BET, Betting on Baseball (void unless started on the scheduled day); DraftKings, Sport rules:
# Baseball, rule 2 (12 hours); Titanbet (a different calendar date voids); Galaxy Sports (30 days in the postseason).
NEXT_DAY = {"game_date": "2019-07-05", "first_pitch": START + pd.Timedelta(hours=24)}
LATER_TODAY = {"first_pitch": START + pd.Timedelta(hours=3)}
POSTPONED = [
    (HOME, {"status": "postponed", "home_score": None, "away_score": None, "innings": None}, "void"),
    (HOME, {"status": "cancelled", "home_score": None, "away_score": None, "innings": None}, "void"),
    (HOME, {**score(5, 3), **NEXT_DAY}, "void"),
    (AWAY, {**score(5, 3), **NEXT_DAY}, "void"),
    (HOME, {**score(5, 3), **LATER_TODAY}, "win"),
    ((*HOME, {"operator": "draftkings"}), {**score(5, 3), **NEXT_DAY}, "void"),
    ((*HOME, {"operator": "draftkings"}), {**score(5, 3), **LATER_TODAY}, "win"),
    ((*HOME, ARCHIVE), {**score(5, 3), "game_date": "2016-07-05"}, "void"),
    (HOME, {**score(5, 3), **NEXT_DAY, "season_type": "postseason"}, "win"),
    (HOME, {"status": "postponed", "season_type": "postseason", "home_score": None, "innings": None}, None),
    (HOME, {"status": "live", "home_score": 2, "away_score": 0, "innings": 4}, None),
]
# Published: DraftKings, My MLB game was suspended and postponed (36 hours; playoffs until completion); ESPN BET,
# Betting on Baseball (48 hours); Galaxy Sports, Baseball rules overview (5:00 AM Pacific); Titanbet and
# wager-info.com (official after five innings with the score at suspension).
RESUMED = {**score(5, 3), "suspended": True}
AT_SUSPENSION = {"suspension_home_score": 1, "suspension_away_score": 2, "suspension_innings": 6}
DAY_LATER = {"resumed_at": START + pd.Timedelta(hours=24)}
BY_60 = {"completed_by": START + pd.Timedelta(hours=60)}
TWO_DAYS_LATER = {"resumed_at": START + pd.Timedelta(hours=49)}
OLD_START = pd.Timestamp("2016-07-04 23:05", tz="UTC")
OLD = {**ARCHIVE, "scheduled_start": OLD_START}
OLD_LATE = {"resumed_at": OLD_START + pd.Timedelta(hours=20)}
SUSPENDED = [
    (HOME, {**RESUMED, "completed_at": START + pd.Timedelta(hours=20)}, "win"),
    (HOME, {**RESUMED, "completed_at": START + pd.Timedelta(hours=47)}, "win"),
    (HOME, {**RESUMED, "completed_at": START + pd.Timedelta(hours=49)}, "void"),
    ((*HOME, {"operator": "draftkings"}), {**RESUMED, "completed_at": START + pd.Timedelta(hours=35)}, "win"),
    ((*HOME, {"operator": "draftkings"}), {**RESUMED, "completed_at": START + pd.Timedelta(hours=37)}, "void"),
    ((*HOME, GALAXY_2019), {**RESUMED, "completed_at": START + pd.Timedelta(hours=12)}, "win"),
    ((*HOME, GALAXY_2019), {**RESUMED, "completed_at": START + pd.Timedelta(hours=14)}, "void"),
    (HOME, {**RESUMED, "resumed_at": START + pd.Timedelta(hours=24)}, None),
    (HOME, {**RESUMED, "resumed_at": START + pd.Timedelta(hours=50)}, "void"),
    (HOME, {**RESUMED, "completed_by": START + pd.Timedelta(hours=40)}, "win"),
    (
        (*HOME, {"operator": "draftkings"}),
        {**RESUMED, **DAY_LATER, "completed_by": START + pd.Timedelta(hours=60)},
        "win",
    ),
    ((*HOME, {"operator": "betmgm"}), {**RESUMED, **TWO_DAYS_LATER, **AT_SUSPENSION}, "loss"),
    ((*HOME, {"operator": "betmgm"}), {**RESUMED, **TWO_DAYS_LATER}, None),
    ((*HOME, {"operator": "betmgm"}), {**RESUMED, **DAY_LATER, **AT_SUSPENSION}, "win"),
    (("total", "over", 2.5), {**RESUMED, **TWO_DAYS_LATER, **AT_SUSPENSION}, "win"),
    (("total", "over", 7.5), {**RESUMED, **TWO_DAYS_LATER, **AT_SUSPENSION}, "void"),
    (HOME, {**RESUMED, "season_type": "postseason"}, "win"),
    ((*AWAY, OLD), {**RESUMED, **AT_SUSPENSION, **OLD_LATE}, "win"),
    ((*AWAY, OLD), {**RESUMED, **AT_SUSPENSION, **OLD_LATE, "suspension_innings": 4}, "void"),
    ((*AWAY, OLD), {**RESUMED, **OLD_LATE}, None),
    (("total", "over", 7.5, OLD), {**RESUMED, **AT_SUSPENSION, **OLD_LATE}, "void"),
    (HOME, {"status": "suspended", "suspended": True, "home_score": 2, "away_score": 0, "innings": 4}, None),
]
BLOCKS = {
    "regulation": REGULATION,
    "five innings": FIVE_INNINGS,
    "nine innings": NINE_INNINGS,
    "nine for the moneyline": NINE_FOR_THE_MONEYLINE,
    "seven innings": SEVEN_INNINGS,
    "listed pitchers": LISTED_PITCHERS,
    "postponed": POSTPONED,
    "suspended": SUSPENDED,
}
CASES = [
    pytest.param(bet, game, result, id=f"{name} {number}")
    for name, block in BLOCKS.items()
    for number, (bet, game, result) in enumerate(block, 1)
]


@pytest.mark.parametrize(("bet", "game", "result"), CASES)
def test_each_case_is_settled_as_its_rule_says(bet, game, result):
    """A void booked as a win is profit that nobody was ever paid."""
    assert settled(bet, game)["result"] == result


def test_every_rule_has_ten_cases():
    """A rule with one case is a rule that was tried once."""
    assert all(len(block) >= 10 for block in BLOCKS.values())


@pytest.mark.parametrize(
    ("bet", "game", "profit"),
    [
        (HOME, score(5, 3), 0.015),
        (AWAY, score(5, 3), -0.01),
        (("total", "over", 8.0), score(5, 3), 0.0),
        (("total", "over", 7.75), score(5, 3), 0.0075),
        (("total", "over", 8.25), score(5, 3), -0.005),
        (HOME, score(5, 3, 4), 0.0),
    ],
)
def test_profit_is_stake_times_net_return(bet, game, profit):
    """A half win pays half the net price, a push and a void nothing at all."""
    assert settled(bet, game)["profit"] == pytest.approx(profit)


def test_the_clause_is_on_record():
    """'Void' without a reason starts an argument with the book that nobody can win."""
    assert settled(HOME, score(5, 3, 4))["settlement_rule"] == "us_retail/shortened"
    assert settled((*HOME, ARCHIVE), score(5, 3, home_starter_id="h2"))["settlement_rule"] == "listed_pitchers/starter"
    assert settled(("total", "over", 6.5), score(5, 3, 6))["settlement_rule"] == "us_retail/shortened, decided"
    late = settled((*AWAY, OLD), {**RESUMED, **AT_SUSPENSION, **OLD_LATE})
    assert late["settlement_rule"] == "listed_pitchers/score at suspension"
    assert (late["home_score"], late["away_score"]) == (1, 2)


@pytest.mark.parametrize(
    ("game", "reason"),
    [
        ({"status": "live"}, "not finished"),
        ({"home_score": None}, "score unknown"),
        ({"innings": None}, "length unknown"),
        (RESUMED, "completion unknown"),
    ],
)
def test_an_unsettled_bet_names_the_fact_it_waits_for(game, reason):
    """A bet that stays open without a reason is found by the bettor."""
    found = settled(HOME, game)
    assert found["result"] is None
    assert found["unsettled_reason"] == reason
    assert settled(HOME, score(5, 3))["unsettled_reason"] is None


@pytest.mark.parametrize(("hours", "result"), [(5, None), (20, "void")])
def test_a_postponed_game_is_void_when_its_day_is_over(hours, result):
    """Postponed at noon and made up in the evening of the same day, the bet has action: nothing may void it at once."""
    bet = {
        "game_id": 1, "market_type": "moneyline", "side": "home", "operator": "fanduel", "decimal_odds": 2.0,
        "line_value": np.nan, "stake": 0.01, "game_date": DAY,
    }  # fmt: skip
    game = {"game_id": 1, "status": "postponed", "season_type": "regular", "game_date": DAY, **score(None, None, None)}
    found = settle(pd.DataFrame([bet]), pd.DataFrame([game]), as_of=START + pd.Timedelta(hours=hours))
    assert found["result"].tolist() == [result]


def test_a_makeup_game_does_not_revive_a_void():
    """Void in June, a win in August: the bet was returned two months before."""
    postponed = settled(HOME, {"status": "postponed", "home_score": None, "away_score": None, "innings": None})
    made_up = settled(HOME, {**score(5, 3), "game_date": "2019-08-17"})
    back = settled(HOME, {**score(5, 3), "moved_to": "2019-08-17"})
    assert postponed["result"] == made_up["result"] == back["result"] == "void"
    assert postponed["settlement_rule"] == made_up["settlement_rule"] == back["settlement_rule"]


def test_a_length_that_would_decide_is_not_guessed():
    """Visitors ahead in the ninth: whether the bottom was played is the difference between loss and void."""
    total = ("total", "under", 8.5)
    assert settled(total, score(3, 4, 9))["result"] is None
    assert settled(total, score(4, 3, 9))["result"] == "win"
    assert settled(total, score(3, 4, 9, bottom_played=True))["result"] == "win"


def test_a_forfeited_game_is_void():
    """Nine to nothing is a score that nobody played."""
    assert settled(HOME, {**score(9, 0), "forfeit": True})["settlement_rule"] == "us_retail/forfeit"


def test_one_game_has_two_results_at_two_operators():
    """A game that starts 11 hours late on the next day has action at DraftKings and is void elsewhere."""
    game = {**score(5, 3), "game_date": "2019-07-05", "first_pitch": START + pd.Timedelta(hours=11)}
    assert settled((*HOME, {"operator": "draftkings"}), game)["result"] == "win"
    assert settled((*HOME, {"operator": "caesars"}), game)["result"] == "void"
    late = {**score(5, 3), "first_pitch": START + pd.Timedelta(hours=13)}
    assert settled((*HOME, {"operator": "draftkings"}), late)["result"] == "void"


def test_an_unknown_length_is_not_taken_for_nine_innings():
    """A missing line score settled as regulation turns every rained-out void into a bet."""
    assert settled(HOME, {"innings": None})["result"] is None
    assert np.isnan(settled(HOME, {"innings": None})["profit"])


def test_a_postseason_game_counts_whatever_its_length_in_the_records():
    """The archive has no line scores of October: 174 games would never be settled."""
    assert settled(HOME, {"innings": None, "season_type": "postseason"})["result"] == "win"


def test_a_game_without_a_result_row_stays_open():
    """An inner join would lose the bet and its stake."""
    bets = pd.DataFrame(
        [("moneyline", "home", "fanduel", 2.0, np.nan, 0.01, DAY)],
        columns=["market_type", "side", "operator", "decimal_odds", "line_value", "stake", "game_date"],
    ).assign(game_id=99)
    results = pd.DataFrame(
        [{"game_id": 1, "status": "final", "season_type": "regular", "game_date": DAY, **score(1, 0)}]
    )
    assert settle(bets, results)["result"].tolist() == [None]


def test_rules_cover_every_day_once_for_every_operator():
    """A gap settles nothing; an overlap settles by the order of rows."""
    rules = settlement_rules()
    for _, rows in rules.groupby(["operator", "market_type"]):
        ordered = rows.sort_values("valid_from")
        for last, following in zip(ordered["valid_to"].tolist(), ordered["valid_from"].tolist()[1:], strict=False):
            assert (following - last).days == 1
    assert set(rules["operator"]) > {"*", "archive", "draftkings"}
    assert rules["source"].str.len().gt(20).all()
    assert (rules["rule_id"].str.len() + len("/score at suspension") <= 60).all()


def test_what_no_rule_covers_is_refused():
    """Settled by some default, an unknown market pays out by accident."""
    with pytest.raises(UnsettleableBets, match="no settlement rule for first_five"):
        settled(("first_five", "home", None), {})
    games = pd.DataFrame([{"game_id": 1, "status": "final", "season_type": "regular", "game_date": DAY, **score(1, 0)}])
    bet = {"game_id": 1, "market_type": "moneyline", "side": "home", "operator": "x", "decimal_odds": 2.0}
    bets = pd.DataFrame([{**bet, "line_value": np.nan, "stake": 0.01, "game_date": DAY}])
    with pytest.raises(UnsettleableBets, match="two result rows"):
        settle(bets, pd.concat([games, games]))


def test_a_correction_appends_to_the_history_and_only_what_changed():
    """MLB corrects scores for days; overwriting loses what was believed when the stakes were reported."""
    keys = ["prediction_id", "market_type", "side"]
    first = pd.DataFrame(
        {
            "prediction_id": [1, 2, 3], "market_type": "moneyline", "side": "home", "result": ["win", "loss", None],
            "profit": [0.01, -0.01, np.nan], "settlement_rule": ["us_retail/regulation"] * 2 + [None],
            "home_score": [5.0, 1.0, np.nan], "away_score": [3.0, 2.0, np.nan],
        }
    )  # fmt: skip
    empty = first.iloc[:0]
    assert settlement_changes(empty, first, keys)["prediction_id"].tolist() == [1, 2]
    recorded = first.iloc[:2]
    assert settlement_changes(recorded, first, keys).empty
    corrected = first.assign(result=["loss", "loss", "win"], profit=[-0.01, -0.01, 0.02])
    corrected.loc[2, ["settlement_rule", "home_score", "away_score"]] = ["us_retail/regulation", 4.0, 1.0]
    changes = settlement_changes(recorded, corrected, keys)
    assert changes["prediction_id"].tolist() == [1, 3]
    assert changes["was"].tolist() == ["win", None]
    assert changes["cause"].tolist() == ["terms corrected", "first settlement"]


def test_half_results_return_half():
    """Quarter lines are two half stakes."""
    results = pd.Series(["win", "half_win", "push", "void", "half_loss", "loss", None])
    net = unit_return(results, np.full(7, 2.5))
    assert net[:6].tolist() == [1.5, 0.75, 0.0, 0.0, -0.5, -1.0]
    assert np.isnan(net[6])
    with pytest.raises(UnknownResult, match="won"):
        unit_return(pd.Series(["won"]), [2.0])
