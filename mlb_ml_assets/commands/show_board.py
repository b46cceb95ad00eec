"""`mlb-ml board`: the slate of a day in the terminal or as JSON.

Belongs here: choosing the day and printing.
Not here: queries (warehouse/board.py), the table itself (serving/board.py).
"""

import json
import sys
from datetime import date

from mlb_ml_assets.commands.printing import wide_console
from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.exposure import read_exposure
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.serving.board import at_risk_json, at_risk_table, board_json, board_table
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.board import read_board, read_slate_day
from mlb_ml_assets.warehouse.connection import connect


class NoPredictions(LookupError):
    """There is nothing to show."""


def show_board(day: date | None, *, as_json: bool, note: str = "") -> None:
    """Print the slate of `day`, or of today, or of the last day that has predictions."""
    settings = ensure_database()
    with connect(settings.dsn, application_name="mlb_ml:board") as connection:
        chosen = day or read_slate_day(connection, today())
        if chosen is None:
            raise NoPredictions(f"no predictions yet. Next: {read_next_commands(connection).overall}")
        rows = read_board(connection, chosen)
        exposure = read_exposure(connection, DayRange(chosen, chosen))
        next_command = "" if rows else read_next_commands(connection).for_games(chosen, chosen)
    if as_json:
        json.dump({**board_json(chosen, rows), "at_risk": at_risk_json(exposure)}, sys.stdout, indent=2)
        print()
    elif rows:
        console = wide_console()
        console.print(board_table(chosen, rows, note=note))
        if exposure.bets:
            console.print(at_risk_table(chosen, exposure))
    else:
        print(f"No games on {chosen}. Next: {next_command}")
