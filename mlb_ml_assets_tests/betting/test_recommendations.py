"""Promises of recommendations: the best price that may be bet, or the reason why none.

Belongs here: refusals by name, sides and thresholds, and the wide row's CHECKs.
Not here: the size of stakes (test_slate.py).
"""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlb_ml_assets.betting.acceptable_quotes import IncompleteQuotes
from mlb_ml_assets.betting.betting_rules import BettingRules
from mlb_ml_assets.betting.recommendations import BettingPolicy, IncompleteForecast, recommend
from mlb_ml_assets.betting.stake_limits import StakeLimits
from mlb_ml_assets.betting.wide_columns import wide_columns
from mlb_ml_assets_tests.betting.runs import run_distribution

NOON = pd.Timestamp("2024-07-04 16:00", tz="UTC")


def forecast(game_id=1, market_type="moneyline", probability=0.55, line=np.nan, push=0.0, **more):
    return {
        "game_id": game_id, "stage": "open", "slate": "2024-07-04 open", "as_of": NOON, "market_type": market_type,
        "line_value": line, "final_probability": probability, "push_probability": push, **more,
    }  # fmt: skip


def quote(side, odds, book="pinnacle", game_id=1, market_type="moneyline", line=np.nan, **more):
    return {
        "game_id": game_id, "stage": "open", "market_type": market_type, "side": side, "book": book, "odds": odds,
        "line_value": line, "quoted_at": NOON - pd.Timedelta(minutes=5), "bettable": True, **more,
    }  # fmt: skip


def market(home, away, book="pinnacle", **more):
    return [quote("home", home, book, **more), quote("away", away, book, **more)]


def decide(forecasts, quotes, policy=None, runs=None):
    frame = recommend(pd.DataFrame(forecasts), pd.DataFrame(quotes), runs or {}, policy)
    return frame.set_index(["game_id", "market_type", "side"])


def home(frame):
    return frame.loc[(1, "moneyline", "home")]


def test_the_best_bettable_price_is_taken():
    """-105 at one book and -115 at the next is the whole edge of most bets."""
    quotes = market(-115, 105, "a") + market(-105, -105, "b") + market(-110, 100, "c")
    bet = home(decide([forecast()], quotes))
    assert (bet["book"], bet["odds"]) == ("b", -105)
    assert bet["expected_value"] == pytest.approx(0.55 * (1 + 100 / 105) - 1)
    assert bet["no_bet_reason"] is None
    assert bet["stake"] > 0


def test_the_other_side_is_the_same_market_turned_round():
    """Away +1.5 is a bet on one minus home -1.5, at its own number and with its own interval."""
    frame = decide(
        [forecast(market_type="spread", line=-1.5, probability=0.4, probability_low=0.37, probability_high=0.43)],
        [
            quote("home", 140, market_type="spread", line=-1.5),
            quote("away", -150, market_type="spread", line=1.5),
        ],
    )
    away = frame.loc[(1, "spread", "away")]
    assert away["line_value"] == 1.5
    assert away["final_probability"] == pytest.approx(0.6)
    assert (away["probability_low"], away["probability_high"]) == pytest.approx((0.57, 0.63))
    assert frame["market_probability"].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        ([quote("home", 120, game_id=2), quote("away", -130, game_id=2)], "no price"),
        (market(120, -130, bettable=False), "not bettable"),
        (market(120, -130, down=True), "book down"),
        ([quote("home", 120)], "one-sided market"),
        (market(150, 150), "not a market"),
        (market(120, -130, seen_at=NOON - pd.Timedelta(minutes=16)), "stale quote"),
        (
            [*market(-110, -110, "a"), *market(-112, -108, "b"), *market(150, -170, "c")],
            None,
        ),
    ],
    ids=["none", "consensus", "down", "one-sided", "arbitrage", "stale", "three books"],
)
def test_what_cannot_be_bet_is_not_and_says_why(quotes, expected):
    """A placebo strategy made 4% on quotes that nobody could have taken."""
    bet = home(decide([forecast()], quotes))
    assert bet["no_bet_reason"] == expected
    if expected is not None:
        assert bet["stake"] == 0
        assert pd.isna(bet["odds"])
        assert pd.isna(bet["book"])


def test_a_price_far_from_all_other_books_is_not_a_gift():
    """FanDuel -106 beside MGM +400: the odd one out is stale or mistyped, and is voided when it wins."""
    quotes = market(-110, -110, "a") + market(-112, -108, "b") + market(-108, -112, "c") + market(130, -150, "d")
    bet = home(decide([forecast(probability=0.56)], quotes))
    assert bet["book"] == "c"
    alone = home(decide([forecast(probability=0.56)], market(130, -150, "d")))
    assert alone["book"] == "d"


def test_the_reason_is_the_furthest_any_book_came():
    """'Not bettable' because of a consensus row hides that the only real book was stale."""
    quotes = market(120, -130, "consensus", bettable=False) + market(
        120, -130, "book", seen_at=NOON - pd.Timedelta(hours=1)
    )
    assert home(decide([forecast()], quotes))["no_bet_reason"] == "stale quote"


def test_only_prices_at_the_forecasts_number_count():
    """Over 7.5 at +100 is a better bet than over 8.5 at +110; prices of two numbers cannot be compared."""
    quotes = [quote(side, -105, market_type="total", line=7.5) for side in ("over", "under")]
    frame = decide([forecast(market_type="total", line=8.5, probability=0.55)], quotes)
    assert set(frame["no_bet_reason"]) == {"no price at this line"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"scratched": True}, "listed starter scratched"),
        ({"minutes_to_start": 59}, "too late"),
        ({"probability": np.nan}, "no probability"),
        ({"probability": 0.515}, "below threshold"),
        ({"probability_sd": 0.08}, "below confidence threshold"),
    ],
)
def test_a_bet_that_should_not_be_made_says_why(more, expected):
    """A late scratch changes the game; the stored probability is of another one."""
    bet = home(decide([forecast(**{"probability": 0.55, **more})], market(-104, -104)))
    assert bet["no_bet_reason"] == expected
    assert bet["stake"] == 0


def test_stale_inputs_stop_a_stake_and_say_so():
    """Without box scores for a month stakes went on as before: they claimed 5% and lost 4%."""
    quotes = market(-105, -105)
    usual = home(decide([forecast(input_ages={"results": 1.0, "players": None})], quotes))
    assert usual["no_bet_reason"] is None
    assert usual["stake"] > 0
    stale = home(decide([forecast(input_ages={"results": 1.0, "bullpen": 22.0})], quotes))
    assert (stale["no_bet_reason"], stale["stake"]) == ("stale inputs", 0.0)
    unlimited = BettingPolicy(BettingRules(most_input_days={}))
    assert home(decide([forecast(input_ages={"results": 300.0})], quotes, unlimited))["stake"] > 0


def test_aging_inputs_shrink_a_stake():
    """Below the limit, too, an edge from old ratings is less certain than one from fresh ones."""
    quotes = market(-105, -105)
    fresh, aged = (home(decide([forecast(input_age_sd=sd)], quotes)) for sd in (0.0, 0.02))
    assert fresh["kelly_steps"]["probability_sd_assumed"]
    assert not aged["kelly_steps"]["probability_sd_assumed"]
    assert aged["kelly_steps"]["probability_sd"] == pytest.approx(np.hypot(StakeLimits().assumed_probability_sd, 0.02))
    assert 0 < aged["kelly_fractional"] < fresh["kelly_fractional"]


def test_one_side_of_a_market_at_most():
    """Two books that contradict each other would have both sides bet, and the vig paid twice."""
    frame = decide([forecast(probability=0.52)], market(108, -125, "a") + market(-130, 118, "b"))
    assert sorted(frame["no_bet_reason"].fillna("bet")) == ["bet", "other side is better"]


def test_minimum_and_break_even_prices_bracket_the_threshold():
    """Someone with another book must be able to see down to which price the bet holds."""
    bet = home(decide([forecast(probability=0.55)], market(-105, -105)))
    assert bet["break_even_odds"] == -122
    assert bet["minimum_odds"] == -117


def test_an_archive_is_one_pseudo_book_and_flagged():
    """Its prices could not be bet at one place; CLV from them is shown apart."""
    bet = home(decide([forecast()], market(-105, -105, "sbro", bettable=False, archive=True)))
    assert bet["archive_price"]
    assert bet["stake"] > 0


def test_limits_are_shared_with_earlier_decisions_of_the_slate():
    """Without them a re-run at noon would stake the morning's day cap again."""
    committed = pd.DataFrame({"slate": ["2024-07-04 open"], "game_id": [1], "book": ["pinnacle"], "stake": [0.15]})
    frame = recommend(pd.DataFrame([forecast()]), pd.DataFrame(market(-105, -105)), {}, committed=committed)
    assert frame["no_bet_reason"].tolist()[0] == "limits used up"


def test_a_quote_from_after_the_decision_stops_everything():
    """The one leak that no score can be trusted to reveal."""
    late = market(-105, -105)
    for row in late:
        row["quoted_at"] = NOON + pd.Timedelta(seconds=1)
    with pytest.raises(IncompleteQuotes, match="later than as_of"):
        decide([forecast()], late)


def test_frames_that_cannot_be_right_are_refused():
    """A market twice would be bet twice."""
    with pytest.raises(IncompleteForecast, match="two forecasts"):
        decide([forecast(), forecast()], market(-105, -105))
    with pytest.raises(IncompleteForecast, match="push_probability"):
        recommend(pd.DataFrame([forecast()]).drop(columns="push_probability"), pd.DataFrame(market(-105, -105)), {})
    with pytest.raises(IncompleteQuotes, match="two quotes of pinnacle"):
        decide([forecast()], market(-105, -105) * 2)
    with pytest.raises(IncompleteQuotes, match="bettable"):
        recommend(pd.DataFrame([forecast()]), pd.DataFrame(market(-105, -105)).drop(columns="bettable"), {})


def three_markets(game_id, moneyline, total, spread, prices):
    ml, over, cover = prices
    forecasts = [
        forecast(game_id, "moneyline", moneyline),
        forecast(game_id, "total", total, 9.0, 0.1),
        forecast(game_id, "spread", spread, -1.5),
    ]
    quotes = [
        *[quote(s, ml, game_id=game_id) for s in ("home", "away")],
        *[quote(s, over, game_id=game_id, market_type="total", line=9.0) for s in ("over", "under")],
        *[quote(s, cover, game_id=game_id, market_type="spread", line=n) for s, n in (("home", -1.5), ("away", 1.5))],
    ]
    return forecasts, quotes


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
    st.tuples(*[st.integers(-118, -100)] * 3),
    st.floats(0, 0.02),
)
def test_every_check_of_the_wide_table_holds(probabilities, prices, deviation):
    """One row that breaks a CHECK takes the whole partition down with it."""
    moneyline, total, spread = probabilities
    forecasts, quotes = three_markets(1, moneyline, total, spread, prices)
    frame = pd.DataFrame(forecasts).assign(probability_sd=deviation)
    policy = BettingPolicy(limits=StakeLimits(kelly_fraction=1.0, per_bet=1.0, per_game=1.0, per_day=1.0, per_book=1.0))
    found = recommend(frame, pd.DataFrame(quotes), {("open", 1): run_distribution()}, policy)
    assert ((found["stake"] >= 0) & (found["stake"] <= 0.25)).all()
    assert ((found["stake"] > 0) == found["no_bet_reason"].isna()).all()
    assert (found["odds"].isna() == found["book"].isna()).all()
    assert found["no_bet_reason"].dropna().str.len().le(60).all()
    row = wide_columns(found).iloc[0]
    for target in ("total_over", "home_ml", "home_spread"):
        assert 0 <= row[f"{target}_probability"] <= 1
        assert row[f"{target}_binary"] in (0, 1)
        assert 0.5 <= row[f"{target}_confidence"] <= 1
    for prefix in ("total", "ml", "spread"):
        assert 0 <= row[f"{prefix}_kelly_fraction"] <= 0.25
        assert 0 <= row[f"{prefix}_recommended_bet_size"] <= 25
        assert Decimal(str(row[f"{prefix}_expected_value"])).as_tuple().exponent >= -4
    assert row["risk_level"] in ("low", "medium", "high") or not row["confidence_threshold_met"]


def test_the_wide_row_shows_the_side_that_is_bet():
    """The table has one EV per market: of a bet on the away side it must be the away side's."""
    frame = recommend(pd.DataFrame([forecast(probability=0.42)]), pd.DataFrame(market(-105, -105)), {})
    wide = wide_columns(frame).iloc[0]
    assert (wide["home_ml_probability"], wide["home_ml_binary"], wide["home_ml_confidence"]) == (0.42, 0, 0.58)
    assert wide["ml_expected_value"] == pytest.approx(0.58 * (1 + 100 / 105) - 1, abs=5e-5)
    assert wide["ml_min_odds"] == -138
    assert wide["ml_recommended_bet_size"] > 0
    assert wide["risk_level"] in ("low", "medium", "high")
    assert wide["confidence_threshold_met"]


def test_without_a_price_the_wide_row_still_has_its_probabilities():
    """A missing book must not cost the prediction; unknown is NULL, never 0."""
    frame = recommend(pd.DataFrame([forecast(), forecast(2)]), pd.DataFrame(market(-105, -105, game_id=2)), {})
    wide = wide_columns(frame).set_index("game_id").loc[1]
    assert wide["home_ml_probability"] == 0.55
    assert pd.isna(wide["ml_expected_value"])
    assert pd.isna(wide["ml_kelly_fraction"])
    assert pd.isna(wide["total_over_probability"])
    assert wide["ml_min_odds"] == -122
    assert not wide["confidence_threshold_met"]


def test_thresholds_are_the_policys():
    """A threshold that is read from somewhere else cannot be studied."""
    policy = BettingPolicy(BettingRules(minimum_expected_value=0.10))
    assert home(decide([forecast()], market(-105, -105), policy))["no_bet_reason"] == "below threshold"
