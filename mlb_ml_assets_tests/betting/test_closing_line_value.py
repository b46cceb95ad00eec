"""Promises of closing line value: at the bet's own number, pushes included, and silent where there is no close.

Belongs here: known answers, moved numbers, refusals of a close, and the archive's CLV slope.
Not here: summaries by window.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlb_ml_assets.betting import line_outcomes as shapes
from mlb_ml_assets.betting.closing_line_value import (
    IncompleteCloses,
    closing_line_value,
    value_at_own_close,
    value_at_reference,
)
from mlb_ml_assets.evaluation.clustered import clustered_line
from mlb_ml_assets.pricing.devig import devig_two_way
from mlb_ml_assets.pricing.odds import american_to_decimal
from mlb_ml_assets_tests.betting.runs import market_probabilities, run_distribution

# American: taken, close of the side, close of the other; then fair close, CLV as EV, price and probability.
KNOWN = [
    (-125, -150, 140, 0.5916666666666667, 0.065, 0.08, 0.036111111111111094),
    (140, 125, -135, 0.4349881796690307, 0.04397163120567371, 0.06666666666666665, 0.01832151300236401),
    (-110, -110, -110, 0.5, -0.045454545454545414, 0.0, -0.023809523809523836),
    (120, 130, -140, 0.42572463768115953, -0.063405797101449, -0.04347826086956508, -0.028820816864294996),
    (-105, -120, 110, 0.5346320346320346, 0.04380540094825802, 0.06493506493506485, 0.022436912680815047),
]


def bet(market_type="moneyline", side="home", price=2.0, line=np.nan):
    row = {"game_id": 1, "market_type": market_type, "side": side, "decimal_odds": price, "line_value": line}
    return pd.DataFrame([row])


def close(market_type="moneyline", fair=0.5, line=np.nan, **more):
    return pd.DataFrame(
        [
            {
                "game_id": 1, "market_type": market_type, "market_line": line, "fair_probability": fair,
                "first_odds": 1.9, "second_odds": 1.9, "book": "pinnacle", **more,
            }
        ]
    )  # fmt: skip


@pytest.mark.parametrize("side", ["home", "away"])
@pytest.mark.parametrize(("taken", "own", "other", "fair", "value", "by_price", "by_probability"), KNOWN)
def test_known_answers(taken, own, other, fair, value, by_price, by_probability, side):
    """-110 into a close of -110 looks like zero by price and is the vig: -4.5%."""
    prices = american_to_decimal(np.array([own, other], dtype=float))
    first = float(devig_two_way(*prices))
    assert first == pytest.approx(fair, abs=1e-12)
    own_odds, other_odds = prices if side == "home" else prices[::-1]
    market = close(fair=first if side == "home" else 1 - first, first_odds=own_odds, second_odds=other_odds)
    found = closing_line_value(bet(side=side, price=american_to_decimal(taken)), market).iloc[0]
    assert found["clv_expected_value"] == pytest.approx(value, abs=1e-12)
    assert found["clv_price"] == pytest.approx(by_price, abs=1e-12)
    assert found["clv_probability"] == pytest.approx(by_probability, abs=1e-12)
    assert found["closing_probability"] == pytest.approx(fair, abs=1e-12)


def test_the_close_that_a_value_is_measured_at_is_named():
    """An average over both closes hides that one of them is of books that follow the other."""
    bets = pd.concat([bet(price=2.1).assign(game_id=game) for game in (1, 2, 3)], ignore_index=True)
    of_all = pd.concat([close(fair=0.5), close(fair=0.5).assign(game_id=2)])
    found = value_at_reference(closing_line_value(bets, of_all), closing_line_value(bets, close(fair=0.48)))
    assert found["clv_reference"].tolist() == ["sharp", "market", None]
    assert found["clv_expected_value"].tolist() == pytest.approx([0.48 * 2.1 - 1, 0.05, np.nan], nan_ok=True)
    assert found["reference_probability"].tolist() == pytest.approx([0.48, np.nan, np.nan], nan_ok=True)
    assert found["closing_probability"].tolist() == pytest.approx([0.5, 0.5, np.nan], nan_ok=True)


def operator_close(operator, reason=None, **more):
    """The close of an operator, or the reason for none."""
    values = {"operator": operator, "age_minutes": 4.0, "reason": reason, **more}
    return close(**values) if reason is None else close(**values).assign(fair_probability=np.nan)


def test_each_bet_is_measured_at_the_close_of_its_own_operator():
    """One close a market would compare a bet at one book with the price of another, at another line."""
    operators = ["slow", "sharp", "late", "absent", None]
    bets = pd.concat([bet("total", "over", 2.0, 8.0).assign(operator=name) for name in operators], ignore_index=True)
    closes = pd.concat(
        [
            operator_close("slow", market_type="total", fair=0.5, line=8.5),
            operator_close("sharp", market_type="total", fair=0.52, line=8.0, age_minutes=np.nan),
            operator_close("late", "not seen in time", market_type="total", age_minutes=95.0),
        ]
    )
    found = value_at_own_close(bets.assign(is_played=True), closes)
    assert found["own_closing_line"].tolist() == pytest.approx([8.5, 8, np.nan, np.nan, np.nan], nan_ok=True)
    # Of a line half a run lower the over is worth more; at the close's own line what it says.
    assert found["own_closing_probability"].tolist()[1] == pytest.approx(0.52)
    assert found["own_closing_probability"].tolist()[0] > 0.53
    assert found["own_clv_expected_value"].notna().tolist() == [True, True, False, False, False]
    assert found["own_close_age_minutes"].tolist() == pytest.approx([4, np.nan, 95, np.nan, np.nan], nan_ok=True)
    reasons = [None, None, "not seen in time", "not recorded", None]
    assert found["no_own_close_reason"].tolist() == reasons
    ahead = value_at_own_close(bets.assign(is_played=False), closes)
    assert ahead["no_own_close_reason"].tolist() == [None, None, "not seen in time", None, None]
    with pytest.raises(IncompleteCloses, match="two closes for game 1 total slow"):
        value_at_own_close(bets.assign(is_played=True), pd.concat([closes, closes.iloc[:1]]))


def test_without_a_close_there_is_no_number():
    """A default of zero would pass for a bet that closed where it was taken."""
    unknown = closing_line_value(bet(), close().iloc[:0]).iloc[0]
    assert unknown["close_status"] == "no close"
    assert unknown[["closing_probability", "clv_expected_value", "clv_price", "clv_probability"]].isna().all()
    assert unknown["closing_book"] is None


@pytest.mark.parametrize(
    ("more", "status"),
    [({"age_minutes": 16.0}, "too old"), ({"in_play": True}, "in-play"), ({"age_minutes": 15.0}, "close")],
)
def test_a_close_that_was_not_there_at_first_pitch_does_not_count(more, status):
    """In-play prices stored as closes gave a public pipeline a Brier score of .18."""
    found = closing_line_value(bet(), close(**more)).iloc[0]
    assert found["close_status"] == status
    assert np.isnan(found["clv_expected_value"]) == (status != "close")


def test_a_moved_total_is_priced_at_the_bets_own_number():
    """Over 8 at -110 before a close of 9 at -110 gained all eights and nines; by price it is worth nothing."""
    joint = run_distribution(5.0, 4.6)
    win, push = market_probabilities(joint, "total", "over", 9.0)
    market = close("total", win / (1 - push), 9.0)
    found = closing_line_value(bet("total", "over", 1.95, 8.0), market, lambda _: joint).iloc[0]
    own_win, own_push = market_probabilities(joint, "total", "over", 8.0)
    assert found["clv_expected_value"] == pytest.approx(own_win * 1.95 + own_push - 1, abs=1e-9)
    assert found["closing_probability"] == pytest.approx(own_win / (1 - own_push), abs=1e-9)
    assert np.isnan(found["clv_price"])
    assert found["closing_line"] == 9.0


@pytest.mark.parametrize("side", ["home", "away"])
def test_a_run_line_that_changed_sides_is_priced_at_its_own_number(side):
    """When the favorite flips, home -1.5 becomes home +1.5: two prices that mean nothing together."""
    joint = run_distribution(4.3, 4.6)
    win, _ = market_probabilities(joint, "spread", "home", 1.5)
    own_line = -1.5 if side == "home" else 1.5
    found = closing_line_value(bet("spread", side, 2.6, own_line), close("spread", win, 1.5), lambda _: joint).iloc[0]
    own_win, _ = market_probabilities(joint, "spread", side, own_line)
    assert found["clv_expected_value"] == pytest.approx(own_win * 2.6 - 1, abs=1e-9)
    assert found["closing_line"] == (1.5 if side == "home" else -1.5)


def test_a_whole_number_that_did_not_move_still_pushes():
    """At 7, one game in eight returns the stake: EV without it is an eighth too large."""
    found = closing_line_value(bet("total", "over", 1.95, 7.0), close("total", 0.54, 7.0)).iloc[0]
    assert found["closing_probability"] == pytest.approx(0.54, abs=1e-9)
    full = 0.54 * 1.95 - 1
    assert 0.85 * full < found["clv_expected_value"] < 0.95 * full


@given(st.floats(0.3, 0.7), st.sampled_from([6.5, 7.0, 8.0, 8.5, 9.5]), st.sampled_from(["total", "spread"]))
def test_the_bent_distribution_agrees_with_the_close(probability, number, market_type):
    """The closing price is the one thing about the close that is known: nothing may contradict it."""
    if market_type == "total":
        shape, support = shapes.total_shape(), np.arange(61.0)
    else:
        shape, support, number = shapes.margin_shape(), np.arange(-30.0, 31.0), number - 8.0
    bent = shapes.tilt_to_price(shape, support, np.array([number]), np.array([probability]))
    win, push = shapes.outcomes_at(bent, support, np.array([number]))
    assert bent.sum() == pytest.approx(1)
    assert win[0] / (1 - push[0]) == pytest.approx(probability, abs=1e-9)


def test_the_standing_shapes_have_the_archives_shares():
    """They price every moved number for which no run model is at hand."""
    margin, support = shapes.margin_shape(), np.arange(-30, 31)
    assert margin.sum() == pytest.approx(1)
    assert margin[np.abs(support) == 1].sum() == pytest.approx(0.288, abs=0.002)
    assert margin[support > 0].sum() == pytest.approx(0.536)
    bent = shapes.tilt_to_price(shapes.total_shape(), np.arange(61.0), np.array([8.0]), np.array([0.5]))
    # 8.2% of totals of 8 pushed in the archive, 10.1% of all whole totals.
    assert 0.07 < bent[0, 8] < 0.12


def test_frames_that_cannot_be_right_are_refused():
    """Two closes of one market would double the bet."""
    with pytest.raises(IncompleteCloses, match="two closes"):
        closing_line_value(bet(), pd.concat([close(), close()]))
    with pytest.raises(IncompleteCloses, match="fair_probability"):
        closing_line_value(bet(), close().drop(columns="fair_probability"))


def test_the_value_of_moved_totals_is_profit_on_the_archive(shared_data):
    """Half of all totals close at another number: only here can the bent distribution be wrong about real games."""
    odds = pd.read_csv(shared_data / "history" / "odds_open_close.csv.gz", low_memory=False)
    games = pd.read_csv(shared_data / "history" / "games.csv.gz", low_memory=False)
    prices = ["over_open", "under_open", "over_close", "under_close"]
    odds = odds[(odds["is_primary"] == True) & odds["odds_defect"].isna()]  # noqa: E712
    frame = odds.dropna(subset=[*prices, "total_open", "total_close"]).merge(
        games[["game_id", "home_score", "away_score", "suspended", "innings"]], on="game_id"
    )
    decimals = american_to_decimal(frame[prices].to_numpy(float))
    fair = devig_two_way(decimals[:, 2], decimals[:, 3], refused="nan")
    moved = (frame["total_open"] != frame["total_close"]).to_numpy()
    good = moved & ~np.isnan(fair) & ~frame["suspended"].astype(bool).to_numpy() & (frame["innings"] >= 9).to_numpy()
    frame, decimals, fair = frame[good].reset_index(drop=True), decimals[good], fair[good]
    game = np.arange(len(frame))
    closes = pd.DataFrame({"game_id": game, "market_type": "total", "market_line": frame["total_close"], "book": "x"})
    closes = closes.assign(fair_probability=fair, first_odds=decimals[:, 2], second_odds=decimals[:, 3])
    margin = (frame["home_score"] + frame["away_score"] - frame["total_open"]).to_numpy()
    sides = []
    for index, (side, sign) in enumerate((("over", 1), ("under", -1))):
        bets = pd.DataFrame({"game_id": game, "market_type": "total", "side": side, "decimal_odds": decimals[:, index]})
        won = sign * margin
        profit = np.select([won > 0, won == 0], [decimals[:, index] - 1, 0.0], default=-1.0)
        sides.append(bets.assign(line_value=frame["total_open"], profit=profit))
    both = pd.concat(sides, ignore_index=True)
    value = closing_line_value(both, closes)
    line = clustered_line(value["clv_expected_value"], both["profit"], both["game_id"])
    assert line.n > 20_000
    assert abs(line.slope - 1) < 2 * line.slope_se
    assert abs(line.intercept) < 2 * line.intercept_se
    assert 0.07 < line.slope_se < 0.11


def archive_moneylines(shared_data):
    odds = pd.read_csv(shared_data / "history" / "odds_open_close.csv.gz", low_memory=False)
    games = pd.read_csv(shared_data / "history" / "games.csv.gz", low_memory=False)
    odds = odds[(odds["is_primary"] == True) & odds["odds_defect"].isna()]  # noqa: E712
    columns = ["ml_open_home", "ml_open_away", "ml_close_home", "ml_close_away"]
    frame = odds.dropna(subset=columns).merge(games[["game_id", "home_score", "away_score", "suspended"]], on="game_id")
    frame = frame[(frame["home_score"] != frame["away_score"]) & ~frame["suspended"].astype(bool)]
    prices = american_to_decimal(frame[columns].to_numpy(float))
    open_fair = devig_two_way(prices[:, 0], prices[:, 1], refused="nan")
    close_fair = devig_two_way(prices[:, 2], prices[:, 3], refused="nan")
    good = ~(np.isnan(open_fair) | np.isnan(close_fair))
    return frame[good].reset_index(drop=True), prices[good], close_fair[good]


def test_closing_line_value_is_profit_on_the_archive(shared_data):
    """The reason why CLV and not ROI is the measure: over 2009-2018, profit rises one for one with it."""
    frame, prices, fair = archive_moneylines(shared_data)
    game = np.arange(len(frame))
    home_won = (frame["home_score"] > frame["away_score"]).to_numpy()
    bets, closes = [], None
    for index, side in enumerate(("home", "away")):
        bets.append(
            pd.DataFrame(
                {"game_id": game, "market_type": "moneyline", "side": side, "decimal_odds": prices[:, index]}
            ).assign(line_value=np.nan, won=home_won if side == "home" else ~home_won)
        )
    closes = pd.DataFrame(
        {"game_id": game, "market_type": "moneyline", "market_line": np.nan, "fair_probability": fair}
    )
    closes = closes.assign(first_odds=prices[:, 2], second_odds=prices[:, 3], book="archive")
    both = pd.concat(bets, ignore_index=True)
    value = closing_line_value(both, closes)["clv_expected_value"].to_numpy()
    profit = np.where(both["won"], both["decimal_odds"] - 1, -1.0)
    line = clustered_line(value, profit, both["game_id"])
    assert line.n > 40_000
    assert abs(line.slope - 1) < 2 * line.slope_se
    assert abs(line.intercept) < 2 * line.intercept_se
    # The reference study has slope .987 +- .105 and a mean of -3.3% for 2010-2021; these are nine of its seasons and
    # 2009, when margins were wider.
    assert 0.08 < line.slope_se < 0.15
    assert -0.042 < value.mean() < -0.028
