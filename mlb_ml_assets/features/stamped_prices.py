"""Past prices at fixed hours before first pitch, as columns of training rows.

Belongs here: the names of the columns, from stored prices to one row a game.
Not here: choosing the prices (sql/queries/merge_stamped_prices.sql), what is learned from them (modeling/anchor.py).
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.logit import logit
from mlb_ml_assets.domain.markets import MONEYLINE
from mlb_ml_assets.domain.time_rules import PRICE_HOURS

# The close of the book whose prices are read.
CLOSE_HOURS: Final = 0
_NAMES: Final = ("home_logit", "total_line", "total_over_probability")


def stamped_column(name: str, hours: int) -> str:
    """The column of what was quoted `hours` before the scheduled start; `name` as after market_ and close_."""
    return f"stamped_{hours}h_{name}"


STAMPED_COLUMNS: Final = tuple(stamped_column(name, hours) for hours in (CLOSE_HOURS, *PRICE_HOURS) for name in _NAMES)


def stamped_columns(game_ids: NDArray[np.int64], prices: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """STAMPED_COLUMNS of games, in their order; NaN where no such price is stored.

    Args:
        game_ids: of the rows, repeated for each stage.
        prices: game_id, market_type, hours_to_start, line_value, fair_probability; one row a game, market and hour.
    """
    out = {name: np.full(len(game_ids), np.nan) for name in STAMPED_COLUMNS}
    is_moneyline = prices["market_type"] == MONEYLINE.key
    for hours in (CLOSE_HOURS, *PRICE_HOURS):
        now = prices["hours_to_start"] == hours
        wins = prices[now & is_moneyline].set_index("game_id").reindex(game_ids)
        totals = prices[now & ~is_moneyline].set_index("game_id").reindex(game_ids)
        out[stamped_column("home_logit", hours)] = logit(wins["fair_probability"].to_numpy(np.float64))
        out[stamped_column("total_line", hours)] = totals["line_value"].to_numpy(np.float64)
        out[stamped_column("total_over_probability", hours)] = totals["fair_probability"].to_numpy(np.float64)
    return out
