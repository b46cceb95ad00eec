"""A game's market as of an instant: the history of each book's price, and the consensus.

Belongs here: reading the metrics of one game into response models.
Not here: the metrics (features/quote_path.py, features/quote_movement.py), every single price (routes/games.py).
"""

from datetime import datetime

import pandas as pd

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.serving.answers import BookPrice, MarketMetrics, MarketState
from mlb_ml_assets.warehouse.api_reads import Connection, Row
from mlb_ml_assets.warehouse.quote_metrics import read_market_metrics, read_quote_metrics


def read_market_state(connection: Connection, game: Row, as_of: datetime | None = None) -> MarketState:
    """The market of a game as of an instant.

    Args:
        connection: reads only.
        game: of `api_reads.read_game`.
        as_of: by default the present, or the start once that has passed: in-play prices do not count.
    """
    instant = as_of or min(present(), game["start"])
    decisions = pd.DataFrame({"game_id": [game["game_id"]], "as_of": [instant]})
    prices = read_quote_metrics(connection, decisions)
    markets = read_market_metrics(connection, decisions, prices)
    return MarketState(
        game_id=game["game_id"],
        as_of=instant,
        markets=[MarketMetrics.model_validate(row) for row in _rows(markets)],
        prices=[BookPrice.model_validate(row) for row in _rows(prices)],
    )


def _rows(frame: pd.DataFrame) -> list[Row]:
    """Rows with None for unknown, without the single steps of each price."""
    plain = frame.drop(columns=["step_times", "step_sizes", "step_lines"], errors="ignore")
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in plain.to_dict("records")
    ]
