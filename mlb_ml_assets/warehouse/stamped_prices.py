"""Past prices at fixed hours before first pitch: curated.stamped_prices.

Belongs here: building them from archives' logs of changes, reading those known at an instant.
Not here: opening, decision and closing prices (market_lines.py), what is learned from them (modeling/anchor.py).
"""

from datetime import datetime
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.warehouse.queries import Parameters, read_frame, run_query


def build_stamped_prices(connection: psycopg.Connection[Any], days: Parameters) -> int:
    """Make the stored prices of some days those of the logs of changes; the caller's transaction commits.

    Args:
        connection: in a transaction.
        days: from_day, to_day, games, quotes_from and quotes_until, as for lines of the market.

    Returns:
        The number of prices of these days.
    """
    (count,) = run_query(connection, "merge_stamped_prices", days).fetchone() or (0,)
    return int(count)


def read_stamped_prices(connection: psycopg.Connection[Any], known_before: datetime) -> pd.DataFrame:
    """game_id, market_type, hours_to_start, line_value, fair_probability of every price quoted by an instant."""
    return read_frame(connection, "stamped_prices", {"known_before": known_before})
