"""The betting files of the history bundle: opening and closing prices, and the leading book's price changes.

Belongs here: odds_open_close and line_history in the bundle's columns.
Not here: the other files (bundle.py), the prices' law (market.py, quotes.py).
"""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.simulation.books import SHARP, price_both_sides
from mlb_ml_assets.simulation.league import League
from mlb_ml_assets.simulation.repricing import draw_quotes

ARCHIVE_FEED, ARCHIVE_BOOK = "simulated_archive", "simulated archive"
HISTORY_FEED = "simulated_ticks"
# Margins of the archives of 2019: .039 at the open, .021 at the close; totals .046, run lines .037.
_OPEN_MARGIN, _CLOSE_MARGIN, _TOTAL_MARGIN, _SPREAD_MARGIN = 0.039, 0.024, 0.046, 0.037


def odds_open_close(league: League, rows: np.ndarray) -> pd.DataFrame:
    """One row a game: first and last price of one archive book; like the real archives without an opening run line."""
    market, games = league.market, league.games.iloc[rows].reset_index(drop=True)
    open_home, open_away = price_both_sides(expit(market.home_logit[rows, 0]), _OPEN_MARGIN, 5)
    close_home, close_away = price_both_sides(expit(market.home_logit[rows, -1]), _CLOSE_MARGIN, 1)
    over_open, under_open = price_both_sides(expit(market.over_logit[rows, 0]), _TOTAL_MARGIN, 5)
    over_close, under_close = price_both_sides(expit(market.over_logit[rows, -1]), _TOTAL_MARGIN, 1)
    line = market.spread_line[rows]
    true = np.where(line < 0, market.covers[rows, 0], market.covers[rows, 1])
    spread_home, spread_away = price_both_sides(expit(true + 0.95 * market.home_error[rows, -1]), _SPREAD_MARGIN, 1)
    missing = np.full(len(rows), np.nan)
    people = league.roster.players.set_index("player_id")
    pitchers = [people.loc[league.facts.starters[rows, side]] for side in (0, 1)]
    named = [(one["first"].str[0] + one["last"] + "-" + one["throws"]).str.upper().to_numpy() for one in pitchers]
    return pd.DataFrame(
        {
            "game_id": games["game_id"],
            "game_pk": games["game_pk"],
            "game_date": games["official_date"],
            "season": games["season"],
            "game_type": "R",
            "home_team": games["home_code"],
            "away_team": games["away_code"],
            "dh_number": np.where(games["doubleheader"] == "N", 0, games["game_number"]),
            "source": ARCHIVE_FEED,
            "book": ARCHIVE_BOOK,
            "is_primary": True,
            "ml_open_home": open_home,
            "ml_open_away": open_away,
            "ml_close_home": close_home,
            "ml_close_away": close_away,
            "ml_open_home_alt": missing,
            "ml_open_away_alt": missing,
            "ml_close_home_alt": missing,
            "ml_close_away_alt": missing,
            "rl_home": line,
            "rl_price_home": spread_home,
            "rl_away": -line,
            "rl_price_away": spread_away,
            "total_open": market.total_line[rows, 0],
            "over_open": over_open,
            "under_open": under_open,
            "total_close": market.total_line[rows, -1],
            "over_close": over_close,
            "under_close": under_close,
            "p_open_home": expit(market.home_logit[rows, 0]).round(5),
            "p_close_home": expit(market.home_logit[rows, -1]).round(5),
            "p_close_home_consensus": expit(market.home_logit[rows, -1]).round(5),
            "n_close_sources": 1,
            "home_pitcher": named[0],
            "away_pitcher": named[1],
            "neutral": False,
            "swapped": False,
            "n_lines": missing,
            "mins_open": missing,
            "odds_defect": "",
            "match": "exact_score",
        }
    )


def line_history(league: League, rows: np.ndarray, ticks_from: date | None) -> pd.DataFrame:
    """Every price change of the leading book before first pitch, all three markets repeated when one moves."""
    columns = [
        "game_id", "game_pk", "game_date", "home_team", "away_team", "dh_number", "source", "book", "kind", "ts_utc",
        "commence_utc", "minutes_to_start", "ml_home", "ml_away", "rl_home", "rl_price_home", "rl_price_away", "total",
        "over", "under", "ml_overround", "defect", "season",
    ]  # fmt: skip
    records: list[dict[str, object]] = []
    for row in rows:
        game = league.games.iloc[row]
        if ticks_from is None or game["official_date"] < ticks_from:
            continue
        names = {
            "game_id": game["game_id"],
            "game_pk": game["game_pk"],
            "game_date": game["official_date"],
            "home_team": game["home_code"],
            "away_team": game["away_code"],
            "dh_number": 0 if game["doubleheader"] == "N" else game["game_number"],
            "season": game["season"],
        }
        quotes = draw_quotes(league, int(row), books=(SHARP,))
        shown: dict[str, object] = {"ml_home": np.nan, "rl_home": np.nan, "total": np.nan}
        moved: set[str] = set()
        for tick in quotes.ticks:
            if tick.book is not SHARP or tick.is_live or tick.status == "suspended":
                continue
            if tick.market == "moneyline":
                shown |= {"ml_home": tick.first, "ml_away": tick.second}
            elif tick.market == "spread":
                shown |= {"rl_home": tick.line, "rl_price_home": tick.first, "rl_price_away": tick.second}
            else:
                shown |= {"total": tick.line, "over": tick.first, "under": tick.second}
            stamp = tick.at.replace(microsecond=0)
            same_move = bool(records) and (records[-1]["game_id"], records[-1]["ts_utc"]) == (game["game_id"], stamp)
            if same_move and tick.market not in moved:
                # A move of several markets is one row; a correction is another row with the same stamp.
                records[-1] |= shown
                moved.add(tick.market)
                continue
            moved = {tick.market}
            records.append(
                {
                    **names,
                    "source": HISTORY_FEED,
                    "book": SHARP.name,
                    "kind": "tick",
                    "ts_utc": stamp,
                    "commence_utc": quotes.start,
                    "minutes_to_start": round((quotes.start - stamp) / timedelta(minutes=1), 1),
                    **shown,
                }
            )
    return pd.DataFrame(records, columns=columns)
