"""Daily CSV tables of games with final and inning scores, decimal moneylines and totals, under ids of their own.

Belongs here: their games and scores.
Not here: their prices, which carry no stamp; tables that name games by gamePk (game_tables.py).
"""

from datetime import datetime

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_tables import add_game, add_score
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, reading_payload
from mlb_ml_assets.sources.spec import SourceSpec

SOURCE = "daily_tables"
COLUMNS = {"game_id", "game_date", "start_time_et", "home_team", "away_team", "home_score", "status"}


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games and final scores of a day.

    Raises:
        PayloadShapeError: a column is missing.
    """
    del endpoint
    with reading_payload(SOURCE):
        table = reading.csv_table(body)
        table.require(COLUMNS)
        parsed = Parsed(SOURCE, captured_at)
        for line, row in table.rows:
            try:
                # Two forms of a start: a local instant, or the time of day alone ("19:05 ET").
                text = row.get("start_time_et", "")
                local = f"{row.get('game_date', '')} {text.removesuffix(' ET')}:00" if text.endswith(" ET") else text
                start = reading.as_instant(local, "start_time_et", EASTERN)
                add_score(parsed, add_game(parsed, row, "", row.get("game_date", ""), start), row)
            except BadField as error:
                parsed.reject(error, dict(row), row.get("game_id", "")[:100] or None, at=f"line {line}")
            parsed.left_out["price without a stamp"] += bool(row.get("moneyline_home")) + bool(row.get("total_line"))
        # Left-out prices are no sign that the shape is right.
        if not parsed.games:
            parsed.left_out.clear()
        return parsed.checked_table(table)


SPEC = SourceSpec(SOURCE, "schedule", parse)
