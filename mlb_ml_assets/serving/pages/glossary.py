"""The words and numbers of the pages: label, unit and meaning, written once.

Belongs here: what a label means, and its markup: in a sentence, as the head of a column.
Not here: formats of values (rendering.py), columns of the database (their comments are in the migrations).
"""

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Term:
    """A label of the pages.

    Attributes:
        label: one to three words.
        meaning: the tooltip.
        unit: of the number; without one the value is text.
    """

    label: str
    meaning: str
    unit: str = ""

    @property
    def tip(self) -> str:
        """The meaning with the unit."""
        return f"{self.meaning}. Unit: {self.unit}." if self.unit else f"{self.meaning}."


_PERCENT = "percent"
_OF_BANKROLL = "percent of bankroll"
_AMERICAN = "American odds"
_SCORE = "thousandths of a nat (runs for CRPS)"

TERMS: dict[str, Term] = {
    # The slate.
    "game": Term("Game", "Start (Eastern), away team, home team, probable starters and, once played, the score"),
    "pick": Term("Pick", "The side with the higher expected value; without prices the likelier one"),
    "model": Term("Model", "Probability before today’s price: baseball and past closes", _PERCENT),
    "market": Term("Market", "No-vig probability of today’s price", _PERCENT),
    "final": Term("Final", "The model anchored on today’s price; the basis of value and stake", _PERCENT),
    "best_price": Term("Best price", "The best acceptable price over bettable books", _AMERICAN),
    "ev": Term("EV", "Expected value: net profit per unit staked", _PERCENT),
    "stake": Term("Stake", "Amount to bet after Kelly, fraction and caps, or why there is no bet", "dollars"),
    "movement": Term("Movement", "Movement of the market since the first quote"),
    "quote_age": Term("Quote age", "Time since the book changed the best price", "s, min, h or d"),
    "games": Term("Games", "Games of the official date", "games"),
    "bets": Term("Bets", "Sides with a stake, and their share of the bankroll", "bets"),
    "staked": Term("Staked", "Sum of the stakes, and the profit expected of them", "dollars"),
    "settled": Term("Settled", "Profit of the settled bets", "dollars"),
    "data_age": Term("Data age", "Age of the data behind the newest prediction", "s, min, h or d"),
    # Stakes at risk.
    "taken": Term("Taken", "The price of the decision, its sportsbook and its age", _AMERICAN),
    "ev_then": Term("EV then", "Expected value at the decision", _PERCENT),
    "ev_now": Term("EV now", "Expected value of the price taken, at the newest forecast of its line", _PERCENT),
    "price_now": Term("Now", "What the sportsbook offers now for the same bet", _AMERICAN),
    "advised": Term("Advice", "Whether the newest decision about the game still advises the stake"),
    "risk_by_operator": Term("By operator", "Stakes at risk at each company that takes bets", _OF_BANKROLL),
    "risk_by_game": Term("By game", "Stakes at risk on each game", _OF_BANKROLL),
    "risk_by_day": Term("By day", "Stakes at risk on the days around this one", _OF_BANKROLL),
    # One game.
    "blind": Term("Blind", "The model without any price", _PERCENT),
    "memory": Term("Memory", "Blind plus what past closing prices say about its residual", _PERCENT),
    "expected_close": Term("Expected close", "Predicted no-vig probability at the close, with its interval", _PERCENT),
    "push": Term("Push", "Probability that the stake is returned", _PERCENT),
    "minimum_odds": Term("Minimum odds", "The lowest price that meets the value threshold", _AMERICAN),
    "kelly_steps": Term(
        "Kelly → slate → stake", "Kelly of the bet alone, Kelly over the slate, and the stake after fraction and caps",
        _OF_BANKROLL,
    ),
    "kelly": Term("Kelly", "Kelly of the bet alone", _OF_BANKROLL),
    "other_side": Term("Other side", "Final probability, price and expected value of the other side", _PERCENT),
    "close": Term("Close", "No-vig probability at the close; CLV is the value of the taken price at it", _PERCENT),
    "sharp_close": Term(
        "Sharp close", "No-vig probability at the close of the books in MLB_ML_SHARP_BOOKS, at this line", _PERCENT
    ),
    "own_close": Term(
        "Own close", "No-vig probability at the close of the book whose price was taken, at this line", _PERCENT
    ),
    "break_even": Term("Break-even", "The price at which the expected value is zero", _AMERICAN),
    "full_kelly": Term("Full Kelly", "The stake of the largest growth, before fraction and caps", _OF_BANKROLL),
    "advice": Term("Advice", "Bet where the expected value meets the threshold"),
    "low_total": Term("5 runs or fewer", "Both teams together", _PERCENT),
    "high_total": Term("13 runs or more", "Both teams together", _PERCENT),
    "shutout": Term("Shutout", "One team scores no run", _PERCENT),
    "wins": Term("Wins", "Under the distribution of runs, before the calibration of any market", _PERCENT),
    "one_run": Term("One-run game", "Decided by one run", _PERCENT),
    "market_side": Term("Market", "The market, and the side that the columns are about"),
    "books": Term("Books", "Bettable books with a current price", "books"),
    "line": Term("Line", "Total runs, or runs added to the home team", "runs"),
    "fair": Term("Fair", "Median no-vig probability over books", _PERCENT),
    "move": Term("Move", "Change of the fair probability since the opening", "percentage points"),
    "spread": Term("Spread", "Largest minus smallest fair probability over books", "percentage points"),
    "best_other": Term("Other side", "The best price of the other side", _AMERICAN),
    "tickets": Term("Tickets", "Share of the bets on this side", _PERCENT),
    "money": Term("Money", "Share of the amount bet on this side", _PERCENT),
    "steam": Term("Steam", "At least three operators moved the same way within ten minutes, in the last 24 hours"),
    "reverse": Term("Reverse", "Reverse line movement: the market moved against most tickets"),
    "bet": Term("Bet", "Market, side, line and price of the bet"),
    "stage": Term("Stage", "Open: the first decision that could have been made. Lineup: 60 minutes before first pitch"),
    "operator": Term("Operator", "The company that takes the bet"),
    "terms": Term("Terms", "As known at the decision: official date, start, innings, listed starters"),
    "rules": Term("Rules", "House rules in effect for the bet"),
    "result": Term("Result", "How the bet was settled"),
    "clause": Term("Clause", "The clause that settled the bet, or the fact that it waits for"),
    "entries": Term("Entries", "Changes of the settlement so far", "entries"),
    "known_at": Term("Known at", "When the fact could first be known, Eastern"),
    "event": Term("Event", "What happened to the game"),
    "source": Term("Source", "Who reported it, and its id of the game"),
    "facts": Term("Facts", "The report"),
    "first_price": Term("Home / over", "Price of the home side or the over", _AMERICAN),
    "second_price": Term("Away / under", "Price of the away side or the under", _AMERICAN),
    "fair_first": Term("Fair", "No-vig probability of home or over", _PERCENT),
    "book": Term("Book", "The sportsbook, or the archive, that quoted the price"),
    "quoted_at": Term("Quoted at", "When the book set the price, Eastern"),
    "book_price": Term("Price", "The last price before first pitch; in gray the first, if it was different", _AMERICAN),
    "quotes": Term("Quotes", "Price changes of the book in this market", "quotes"),
    "step": Term("Step", "A part of the way from the ratings of players to the probability"),
    "words": Term("In words", "What the part compares, and the players behind it"),
    "ahead": Term("Runs", "Runs a game by which the home side is ahead in this part", "runs"),
    "points": Term("Points", "Change of the home side’s win probability", "percentage points"),
    "step_wins": Term("Wins", "The home side’s win probability after this part", _PERCENT),
    # Players.
    "player": Term("Player", "Rated batters and pitchers by name"),
    "role": Term("Role", "Batter or pitcher; who does both has a row for each"),
    "hands": Term("Hands", "Bats, throws"),
    "through": Term("Rated through", "The last day whose games are in the rating"),
    "appearances": Term("Appearances", "Plate appearances behind the rating, those of the past faded", "appearances"),
    "rate": Term("Rate", "What a plate appearance ends with"),
    "per": Term("Per", "What the rate is a share of"),
    "beyond": Term(
        "Beyond expectation", "Beyond what platoon, role, park and opponents predict, with its 95% interval",
        "percentage points",
    ),
    "league": Term("League", "The league’s rate after the same day", _PERCENT),
    "runs_per_100": Term("Runs per 100", "Runs for the batting side per 100 plate appearances", "runs"),
    # The track record.
    "anchored": Term("Anchored", "Memory plus today’s price, minus the close, on the same games", _SCORE),
    "memory_score": Term("Memory", "Blind plus past closing prices, minus the close, on the same games", _SCORE),
    "blind_score": Term("Blind", "The model without any price, minus the close, on the same games", _SCORE),
    "others": Term("Others", "Forecasts of others, minus the close, on the same games", _SCORE),
    "forecaster": Term("Forecaster", "Whose probabilities are scored"),
    "from": Term("From", "Lower end of the bin", _PERCENT),
    "to": Term("To", "Upper end of the bin", _PERCENT),
    "bin_games": Term("Games", "Games of the bin", "games"),
    "predicted": Term("Predicted", "Mean predicted probability of the bin", _PERCENT),
    "observed": Term("Observed", "Share of the games in which it happened", _PERCENT),
    "season": Term("Season", "Year of the games"),
    "bet_count": Term("Bets", "Sides with a stake, open ones included", "bets"),
    "won": Term("Won", "Bets won", "bets"),
    "lost": Term("Lost", "Bets lost", "bets"),
    "returned": Term("Returned", "Pushes and voids", "bets"),
    "open": Term("Open", "Bets without a result yet", "bets"),
    "roi": Term("Return", "Profit per amount staked on settled bets", _PERCENT),
    "clv": Term(
        "CLV",
        "Closing line value: expected value of the taken price at the no-vig close, the sharp one where there is one",
        "percent of stake",
    ),
    "prices": Term("Prices", "Archive: prices of a feed that nobody could bet at will"),
    "reference": Term("Reference", "Whose probabilities it is compared with, on the same games"),
    "scored_games": Term("Games", "Games that both were scored on", "games"),
    "score": Term("Score", "Mean of the forecaster; lower is better", "nats (runs for CRPS)"),
    "reference_score": Term("Reference score", "Mean of the reference on the same games", "nats (runs for CRPS)"),
    "difference": Term("Difference × 1000", "Forecaster minus reference; negative is better", _SCORE),
    "slope": Term("Slope", "Slope of the logistic calibration; 1 is calibrated", "ratio"),
    "games_needed": Term("Games needed", "Games needed for a difference of this size to be significant", "games"),
}  # fmt: skip


def term(name: str, label: str = "") -> Markup:
    """A label with its tooltip; `label` replaces the general one (a team in place of "Wins")."""
    known = TERMS[name]
    return Markup('<abbr title="{}">{}</abbr>').format(known.tip, label or known.label)


def column(name: str, label: str = "") -> Markup:
    """The head of a column: right-aligned with its unit if it has one."""
    unit = TERMS[name].unit
    kind = Markup(' class="num" data-unit="{}"').format(unit) if unit else Markup()
    return Markup('<th scope="col" data-term="{}"{}>{}</th>').format(name, kind, term(name, label))
