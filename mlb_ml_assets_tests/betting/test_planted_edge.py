"""The whole chain on leagues whose truth is known: prices, recommendations, settlement, closing line value, bankroll.

Belongs here: leagues with a planted edge and with none, and what every number must then be.
Not here: the simulator of source payloads; here only prices and winners are drawn.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.betting.betting_rules import BettingRules
from mlb_ml_assets.betting.closing_line_value import closing_line_value
from mlb_ml_assets.betting.recommendations import BettingPolicy, recommend
from mlb_ml_assets.betting.settlement import settle, unit_return
from mlb_ml_assets.betting.stake_limits import StakeLimits
from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.evaluation.bankroll import drawdown, equity_lines
from mlb_ml_assets.evaluation.bets import placebo_sides
from mlb_ml_assets.evaluation.clustered import clustered_line, clustered_mean
from mlb_ml_assets.pricing.odds import worst_american_at_least

GAMES, GAMES_A_DAY = 6000, 15
EDGE = 0.02
# Half the overround on either side: 2.4% is Pinnacle's moneyline, where an edge of 2 points is worth something.
HALF_MARGIN = 0.012
FULL = StakeLimits(
    kelly_fraction=1.0, per_bet=0.25, per_game=1.0, per_day=1.0, per_book=1.0, minimum_stake=0, assumed_probability_sd=0
)
EVERY_EDGE = BettingPolicy(BettingRules(minimum_expected_value=0.0, minimum_confidence=0.0), FULL)


@dataclass(frozen=True)
class League:
    """What was decided and what came of it: every side of every market, and the bets among them."""

    sides: pd.DataFrame
    truth: np.ndarray

    @property
    def bets(self):
        return self.sides[self.sides["stake"] > 0]


def american(probability):
    """The whole American price a book shows for a probability with its margin, rounded in the book's favor."""
    exact = worst_american_at_least(1 / (probability + HALF_MARGIN))
    return np.where(exact == 100, -101, exact - 1)


def play(seed, *, edge, knows):
    """The open misses `edge` (sd, in probability) of what the close knows; the bettor knows it, or only believes so."""
    rng = np.random.default_rng(seed)
    truth = np.clip(expit(rng.normal(0.15, 0.33, GAMES)), 0.2, 0.8)
    gap = rng.normal(0, EDGE, GAMES)
    opened = np.clip(truth - gap * (edge > 0), 0.1, 0.9)
    believed = truth if knows else np.clip(opened + rng.normal(0, EDGE, GAMES), 0.1, 0.9)
    day = pd.Timestamp("2018-01-01") + pd.to_timedelta(np.arange(GAMES) // GAMES_A_DAY, unit="D")
    noon = pd.to_datetime(day).tz_localize("UTC") + pd.Timedelta(hours=16)
    game = {"game_id": np.arange(GAMES), "stage": "open", "market_type": "moneyline"}
    forecasts = pd.DataFrame(
        {**game, "slate": day.astype(str), "as_of": noon, "line_value": np.nan, "final_probability": believed}
    ).assign(push_probability=0.0)
    quotes = pd.concat(
        [
            pd.DataFrame({**game, "side": side, "odds": american(p), "book": "pinnacle", "quoted_at": noon})
            for side, p in (("home", opened), ("away", 1 - opened))
        ]
    ).assign(line_value=np.nan, bettable=True)
    sides = recommend(forecasts, quotes, {}, EVERY_EDGE)
    sides["game_date"] = day.repeat(2).to_numpy()
    sides["kelly_slate"] = sides["kelly_slate"].fillna(0.0)
    won = rng.random(GAMES) < truth
    results = pd.DataFrame({"game_id": np.arange(GAMES), "status": "final", "season_type": "regular", "game_date": day})
    results = results.assign(home_score=np.where(won, 5, 3), away_score=4, innings=9)
    settled = settle(sides.assign(operator="pinnacle"), results)
    sides["result"], sides["profit"] = settled["result"], settled["profit"]
    sides["unit_return"] = unit_return(sides["result"], sides["decimal_odds"])
    closes = pd.DataFrame({"game_id": np.arange(GAMES), "market_type": "moneyline", "market_line": np.nan, "book": "p"})
    closes = closes.assign(fair_probability=truth, first_odds=1 / (truth + 0.01), second_odds=1 / (1.01 - truth))
    sides = sides.join(closing_line_value(sides, closes))
    return League(sides, truth)


@pytest.fixture(scope="module")
def edge():
    return play(1, edge=EDGE, knows=True)


@pytest.fixture(scope="module")
def no_edge():
    return play(2, edge=0.0, knows=False)


def expected_value(sides, truth):
    own = np.where(sides["side"] == "home", truth[sides["game_id"]], 1 - truth[sides["game_id"]])
    return own * sides["decimal_odds"].to_numpy() - 1


def test_a_planted_edge_shows_as_closing_line_value_with_slope_one(edge):
    """If profit did not rise one for one with CLV, CLV would measure something else."""
    line = clustered_line(edge.sides["clv_expected_value"], edge.sides["unit_return"], edge.sides["game_id"])
    assert abs(line.slope - 1) < 2 * line.slope_se
    assert abs(line.intercept) < 2 * line.intercept_se


def test_predicted_value_is_on_the_diagonal(edge):
    """EV that is claimed and not kept is the mark of a model bet raw: 6% claimed, break-even kept."""
    bets = edge.bets
    against_close = clustered_line(bets["expected_value"], bets["clv_expected_value"], bets["game_id"])
    assert against_close.slope == pytest.approx(1, abs=1e-9)
    assert against_close.intercept == pytest.approx(0, abs=1e-9)
    bins = pd.qcut(bets["expected_value"], 5)
    for _, rows in bets.groupby(bins, observed=True):
        kept = clustered_mean(rows["unit_return"], rows["game_date"])
        assert abs(kept.mean - rows["expected_value"].mean()) < 3.3 * kept.se


def test_the_edge_is_worth_what_the_table_says(edge):
    """2 points of knowledge against an overround of 2%: about a third of games above 2% EV, 4% on average."""
    worth = edge.bets[edge.bets["expected_value"] > 0.02]
    assert 0.22 < len(worth) / GAMES < 0.34
    assert worth["clv_expected_value"].mean() == pytest.approx(0.042, abs=0.006)
    clv = clustered_mean(edge.bets["clv_expected_value"], edge.bets["game_date"])
    assert clv.mean > 5 * clv.se


def test_the_bankroll_grows_as_theory_says(edge):
    """Log growth at full Kelly is the sum of what each slate promised; at a fraction c it is about c (2 - c) of it."""
    bets = edge.bets
    own = np.where(bets["side"] == "home", edge.truth[bets["game_id"]], 1 - edge.truth[bets["game_id"]])
    stakes, net = bets["kelly_slate"].to_numpy(), bets["decimal_odds"].to_numpy() - 1
    lines = equity_lines(bets, fractions=(1.0, 0.5, 0.25))
    for fraction, name in ((1.0, "full Kelly"), (0.5, "0.5 Kelly"), (0.25, "0.25 Kelly")):
        # Second-order growth of a day's independent bets: mean less half the variance of the day's return.
        mean = fraction * (stakes * (own * (net + 1) - 1)).sum()
        variance = (fraction**2 * stakes**2 * own * (1 - own) * (net + 1) ** 2).sum()
        grown = float(np.log(lines[name].iloc[-1]))
        assert abs(grown - (mean - variance / 2)) < 2.5 * np.sqrt(variance) + 0.02 * mean
        full = (stakes * (own * (net + 1) - 1)).sum() - (stakes**2 * own * (1 - own) * (net + 1) ** 2).sum() / 2
        assert (mean - variance / 2) / full == pytest.approx(fraction * (2 - fraction), abs=0.03)


def test_smaller_fractions_fall_less(edge):
    """The reason why anybody gives up growth."""
    lines = equity_lines(edge.bets, fractions=(1.0, 0.5, 0.25))
    falls = [drawdown(lines[name]).share for name in ("full Kelly", "0.5 Kelly", "0.25 Kelly")]
    assert falls == sorted(falls, reverse=True)


def test_without_an_edge_profit_and_closing_line_value_are_minus_the_vig(no_edge):
    """Whatever the model believes: against a market that is right, every bet costs its margin."""
    bets = no_edge.bets
    vig = expected_value(bets, no_edge.truth)
    assert (vig < 0).all()
    assert len(bets) > 1000
    assert bets["expected_value"].mean() > 0.01
    assert bets["clv_expected_value"].to_numpy() == pytest.approx(vig, abs=1e-12)
    roi = clustered_mean(bets["unit_return"], bets["game_date"])
    assert abs(roi.mean - vig.mean()) < 2.5 * roi.se


@pytest.mark.parametrize("league", ["edge", "no_edge"])
def test_the_placebo_pays_the_vig_in_every_league(league, request):
    """The harness itself must not make money: a placebo with CLV was how stale quotes were found elsewhere."""
    played = request.getfixturevalue(league)
    placebo = placebo_sides(played.sides)
    vig = -HALF_MARGIN * 2
    clv = clustered_mean(placebo["clv_expected_value"], placebo["game_date"])
    roi = clustered_mean(placebo["unit_return"], placebo["game_date"])
    assert len(placebo) == GAMES
    # Margin over price plus the rounding of a whole American price.
    assert 1.2 * vig < clv.mean < 0.9 * vig
    assert abs(roi.mean - expected_value(placebo, played.truth).mean()) < 2.5 * roi.se
