"""How a game's market stands: each book's way to its price, and what the books say together.

Belongs here: reading the metrics of one game as of an instant into answers.
Not here: the metrics (features/quote_path.py, features/quote_movement.py), every single price (routes/games.py).
"""

from datetime import datetime

import pandas as pd

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.serving.answers import BookPrice, MarketMetrics, MarketState
from mlb_ml_assets.warehouse.api_reads import Connection, Row
from mlb_ml_assets.warehouse.quote_metrics import read_market_metrics, read_quote_metrics


def market_state(connection: Connection, game: Row, as_of: datetime | None = None) -> MarketState:
    """The market of a game as of an instant.

    Args:
        connection: reads only.
        game: of `api_reads.read_game`.
        as_of: default is the present, and the start once that has passed: nothing moves a market after it.
    """
    instant = as_of or min(present(), game["start"])
    asked = pd.DataFrame({"game_id": [game["game_id"]], "as_of": [instant]})
    prices = read_quote_metrics(connection, asked)
    markets = read_market_metrics(connection, asked, prices)
    return MarketState(
        game_id=game["game_id"],
        as_of=instant,
        markets=[MarketMetrics.model_validate(row) for row in _rows(markets)],
        prices=[BookPrice.model_validate(row) for row in _rows(prices)],
    )


def _rows(frame: pd.DataFrame) -> list[Row]:
    """Rows in which unknown is None; the single steps of each price stay behind."""
    plain = frame.drop(columns=["step_times", "step_sizes", "step_lines"], errors="ignore")
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in plain.to_dict("records")
    ]
