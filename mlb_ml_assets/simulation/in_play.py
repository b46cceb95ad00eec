"""Quotes while a game is played: what must never be taken for a closing price.

Belongs here: the prices that books show after first pitch, from the score so far.
Not here: quotes before first pitch (quotes.py).
"""

import math
from datetime import timedelta

import numpy as np

from mlb_ml_assets.simulation.books import Book
from mlb_ml_assets.simulation.league import League
from mlb_ml_assets.simulation.prices import two_sided
from mlb_ml_assets.simulation.ticks import Tick

# One half-inning has about half a run with variance 1.1.
_RUNS, _VARIANCE = 0.49, 1.1


def in_play_ticks(league: League, row: int, book: Book, random: np.random.Generator) -> list[Tick]:
    """Moneylines and totals of one book, once a finished inning, flagged live."""
    game, lines = league.games.iloc[row], league.lines
    pitch, end = game["first_pitch"].to_pydatetime(), game["ended_at"].to_pydatetime()
    if game["suspended"]:
        end = game["suspended_at"].to_pydatetime()
    played = int(game["innings"])
    ticks = []
    for inning in range(min(played, 9) - 1):
        at = pitch + (end - pitch) * ((inning + 1) / played)
        home = int(np.maximum(lines.home[row, : inning + 1], 0).sum())
        away = int(np.maximum(lines.away[row, : inning + 1], 0).sum())
        left = 8 - inning
        lead = home - away + _RUNS * left * float(league.market.home_logit[row, -1]) * 0.3
        win = _normal((lead + 0.001) / math.sqrt(2 * _VARIANCE * max(left, 0.5)))
        number = round(2 * (home + away + 2 * _RUNS * left)) / 2
        stamp = at + timedelta(seconds=float(random.uniform(5, 90)))
        for market, fair, line in (("moneyline", win, None), ("total", 0.5, number)):
            first, second = two_sided(np.array([np.clip(fair, 0.03, 0.97)]), book.margin + 0.02, book.step)
            ticks.append(Tick(book, market, stamp, int(first[0]), int(second[0]), line, is_live=True))
    return ticks


def _normal(z: float) -> float:
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))
