"""Training rows as they would be if nobody had known the weather of any game.

Belongs here: blanking weather, and remembering past closes again without it.
Not here: the memory itself (modeling/market_memory.py), the replay (modeling/walk_forward.py).
"""

from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.features.declarations import MEMORY_COLUMNS
from mlb_ml_assets.features.facts import GameHistory
from mlb_ml_assets.modeling.market_memory import remember
from mlb_ml_assets.warehouse.history import read_history

WEATHER_COLUMNS: Final = ("temperature", "wind_out", "roof_closed")


def forget_weather(connection: psycopg.Connection[Any], rows: pd.DataFrame, last: date) -> pd.DataFrame:
    """The rows with weather missing, and the memory that past closes give without it.

    Weather of archives was observed, not forecast: scores without it are those that no knowledge of first pitch helped.

    Args:
        connection: of the rows' database.
        rows: of warehouse.feature_store.read_training.
        last: the last official date of the rows.
    """
    blank = rows.assign(**dict.fromkeys(WEATHER_COLUMNS, np.nan)).reset_index(drop=True)
    history = GameHistory(**read_history(connection, through=last))
    memory = remember(history, blank[["game_id", "stage", "as_of"]], features=blank)
    # In the 32 bits of the store, as the rows that it replaces.
    remembered = {name: memory[name].to_numpy(np.float32).astype(np.float64) for name in MEMORY_COLUMNS}
    return blank.assign(**remembered)
