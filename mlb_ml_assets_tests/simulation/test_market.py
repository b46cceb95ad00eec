"""The market errs as configured, moves towards the truth, and every price is one that a book could print.

Belongs here: belief, prices, quotes, splits.
Not here: payloads (test_payloads.py).
"""

from datetime import timedelta

import numpy as np
import pytest

from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.simulation.books import (
    BOOK_BY_ID,
    BOOKS,
    CONSENSUS,
    OPENER,
    RETAIL,
    SHARP,
    price_both_sides,
    round_to_american,
)
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.repricing import draw_quotes
from mlb_ml_assets.simulation.splits import shares


def implied(odds):
    odds = np.asarray(odds, dtype=float)
    size = np.abs(odds)
    return np.where(odds < 0, size, 100) / (100 + size)


def log_loss(won, probability):
    return -np.where(won, np.log(probability), np.log(1 - probability))


def test_the_markets_error_shrinks_from_open_to_close_as_configured(league):
    """An error that does not shrink leaves nothing to gain from betting early, and nothing to measure CLV against."""
    announced = league.facts.table["scratched_at"].isna().to_numpy()
    error = league.market.home_error[announced]
    # The sd of 2,000 draws has a standard error of 1.6 %.
    assert error[:, 0].std() == pytest.approx(0.17, rel=0.08)
    assert error[:, -1].std() == pytest.approx(0.06, rel=0.08)
    moves = expit(league.market.home_logit[:, -1]) - expit(league.market.home_logit[:, 0])
    assert 0.015 < np.abs(moves).mean() < 0.04
    # Moves go towards the truth: a regression of the move on the opening error is clearly negative.
    slope = np.polyfit(error[:, 0], error[:, -1] - error[:, 0], 1)[0]
    assert -1 < slope < -0.6


def test_the_truth_beats_the_close_and_the_close_beats_the_open():
    """Log losses in that order are what the errors mean; pooled over leagues, since one season is too short."""
    losses = []
    for seed in range(21, 25):
        league = simulate_league(SimulationConfig(seed=seed))
        won = (league.games["home_score"] > league.games["away_score"]).to_numpy()
        prices = (league.truth.home_win, *(expit(league.market.home_logit[:, step]) for step in (-1, 0)))
        losses.append(np.stack([log_loss(won, each) for each in prices], axis=1))
    truth, close, opening = np.concatenate(losses).mean(axis=0)
    # Expected gaps: p(1-p)/2 times the squared error, .0004 and .0032; paired standard errors .0005 and .0014 here.
    assert truth < close + 0.001
    assert opening - close == pytest.approx(0.0032, abs=0.0035)


def test_without_edge_every_price_is_the_truth():
    """The switch for tests that must find nothing: an edge left in it would pass a strategy that cannot work."""
    league = simulate_league(SimulationConfig.without_edge())
    announced = league.facts.table["scratched_at"].isna().to_numpy()
    assert np.abs(league.market.home_error[announced]).max() < 1e-12
    over, _ = league.truth.over(league.market.total_line[:, 0])
    assert expit(league.market.over_logit[:, 0]) == pytest.approx(over)


def test_a_planted_edge_has_the_size_asked_for_and_is_visible_in_the_starters():
    """An edge that no feature shows could not be found by the model that is to be tested with it."""
    plain, planted = (simulate_league(SimulationConfig(planted_edge_points=size)) for size in (0.0, 3.0))
    ignored = expit(plain.market.home_logit[:, 0]) - expit(planted.market.home_logit[:, 0])
    assert ignored.std() == pytest.approx(0.03, rel=0.1)
    starters = planted.facts.probable_skill[:, 0] - planted.facts.probable_skill[:, 1]
    assert np.corrcoef(ignored, starters)[0, 1] > 0.95
    assert plain.market.home_logit[:, -1] == pytest.approx(planted.market.home_logit[:, -1])
    assert plain.truth.home_win == pytest.approx(planted.truth.home_win)


def test_prices_are_american_and_carry_the_margin():
    """-99 is no price, and a margin on one side only is no book."""
    fair = np.linspace(0.05, 0.95, 181)
    first, second = price_both_sides(fair, 0.045, 1)
    assert (np.abs(first) >= 100).all()
    assert (np.abs(second) >= 100).all()
    # Rounding to whole cents moves an implied probability by up to .0012 a side near even money.
    assert implied(first) + implied(second) - 1 == pytest.approx(np.full(181, 0.045), abs=0.004)
    assert round_to_american(np.array([0.5]), 5)[0] == 100


def test_numbers_are_halves_and_wholes_and_near_even(league):
    """A total at which over is a 60 % favorite is not where a book would deal."""
    lines = league.market.total_line
    assert set(np.unique(lines * 2 % 1)) == {0.0}
    whole = (lines[:, -1] % 1 == 0).mean()
    assert 0.3 < whole < 0.7
    over = expit(league.market.over_logit)
    assert np.abs(over - 0.5).max() < 0.1
    _, push = league.truth.over(lines[:, -1])
    assert (push[lines[:, -1] % 1 == 0] > 0.05).all()
    assert (push[lines[:, -1] % 1 != 0] == 0).all()
    assert 0.2 < (lines[:, 0] != lines[:, -1]).mean() < 0.7


def test_quotes_before_the_game_end_with_it_and_later_ones_say_that_they_are_live(league):
    """In-play prices stored as closing prices are the commonest way to make a market look too good."""
    for row in range(1900, 1960):
        quotes = draw_quotes(league, row)
        assert quotes.ticks == sorted(quotes.ticks, key=lambda tick: tick.at)
        for tick in quotes.ticks:
            assert tick.is_live == (tick.at >= quotes.closes_at), (row, tick)
            assert tick.at >= quotes.opens_at
        first = min(tick.at for tick in quotes.ticks)
        assert first - quotes.opens_at < timedelta(hours=1)


def test_every_book_opens_every_market_and_statuses_follow_the_sources_words(league):
    """A market that a book never opens would look like a parser's loss."""
    suspended = 0
    for row in range(1900, 1940):
        quotes = draw_quotes(league, row)
        openers = {(tick.book.id, tick.market) for tick in quotes.ticks if tick.status == "opener"}
        assert openers == {(book.id, market) for book in BOOKS for market in ("moneyline", "spread", "total")}
        suspended += sum(tick.status == "suspended" for tick in quotes.ticks)
        assert {tick.status for tick in quotes.ticks} <= {"opener", "normal", "suspended"}
        assert all((tick.line is None) == (tick.market == "moneyline") for tick in quotes.ticks)
    assert suspended > 0


def test_a_book_quotes_the_same_alone_and_among_others(league):
    """Quotes drawn from one stream in order of asking would change with the requested books."""
    whole = draw_quotes(league, 1990)
    alone = draw_quotes(league, 1990, books=(SHARP,))
    assert alone.ticks == [tick for tick in whole.ticks if tick.book is SHARP]


def test_followers_come_after_the_leader_and_near_it(league):
    """The stale price of a slow book is the one edge that a bettor really finds: it must exist and close again."""
    stale = []
    for row in range(1900, 1960):
        quotes = draw_quotes(league, row)
        last = {
            book: [t for t in quotes.ticks if t.book is book and t.market == "moneyline" and not t.is_live][-1]
            for book in (SHARP, *RETAIL)
        }
        fair = {book: implied(t.first) / (implied(t.first) + implied(t.second)) for book, t in last.items()}
        stale += [fair[book] - fair[SHARP] for book in RETAIL]
    assert np.mean(stale) == pytest.approx(0, abs=0.006)
    assert 0.003 < np.std(stale) < 0.03


def test_a_change_is_told_once_for_each_side_that_changed(league):
    """A source's history has one entry a change and side; repeating the other side's price would invent changes."""
    corrected = 0
    for row in range(1900, 1960):
        seen, stamps = {}, set()
        for change in draw_quotes(league, row).changes:
            key = (change.book_id, change.market, change.side, change.is_live)
            assert seen.get(key) != (change.odds, change.line, change.status) or change.status == "normal"
            seen[key] = (change.odds, change.line, change.status)
            corrected += (key, change.updated_at) in stamps
            stamps.add((key, change.updated_at))
            assert abs(change.odds) >= 100
    assert corrected > 0


def test_run_lines_of_one_market_mirror_each_other(league):
    """Home -1.5 against away -1.5 would be two bets, not one market."""
    for row in range(1900, 1920):
        lines = {}
        for change in draw_quotes(league, row).changes:
            if change.market == "spread":
                lines.setdefault(change.book_id, set()).add((change.side, change.line))
        for shown in lines.values():
            assert {side for side, _ in shown} == {"home", "away"}
            assert len({line if side == "home" else -line for side, line in shown}) == 1


def test_splits_appear_after_a_while_grow_and_stay_percents(answers):
    """0/0 means no data; a share above 100 or one before the market opened is a bug."""
    timeline = answers.timeline
    for row in range(1900, 1930):
        start = timeline.instant(row, "market_start")
        assert shares(timeline, row, "moneyline", start - timedelta(hours=24, minutes=30)) is None
        early, late = (shares(timeline, row, "total", start - timedelta(hours=hours)) for hours in (20, 1))
        assert 0 < early.count < late.count
        assert all(1 <= part <= 99 for split in (early, late) for part in (split.tickets, split.money))


def test_consensus_and_opener_are_books_that_nobody_can_bet_at():
    """Their ids are the ones that the earlier system took for FanDuel and DraftKings."""
    assert BOOK_BY_ID[15] is CONSENSUS
    assert BOOK_BY_ID[30] is OPENER
    assert {book.id for book in RETAIL} == {68, 69, 71, 75, 123}
