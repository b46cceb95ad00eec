"""What each book quoted for some games at some instants.

Belongs here: the parameters of decision_quotes.sql, its rows for a present.
Not here: the frame of a slate's decisions (recommendations.py); anything that needs pandas: `mlb-ml board` runs this.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.warehouse.queries import read_dicts
from mlb_ml_assets.warehouse.quote_months import months_of_games
from mlb_ml_assets.warehouse.settings import read_decision_rule


def read_offers(connection: psycopg.Connection[Any], games: Sequence[int], at: datetime) -> list[dict[str, Any]]:
    """The price of each book for these games at an instant; see decision_quotes.sql for the columns."""
    arrays: dict[str, Sequence[Any]] = {
        "game_ids": list(games),
        "stages": ["now"] * len(games),
        "instants": [at] * len(games),
    }
    return read_dicts(connection, "decision_quotes", quote_parameters(connection, arrays))


def quote_parameters(
    connection: psycopg.Connection[Any], decisions: Mapping[str, Sequence[Any]], recorded: Iterable[datetime] = ()
) -> dict[str, Any]:
    """The parameters of decision_quotes.sql.

    Args:
        connection: any.
        decisions: game_ids, stages and instants, of equal length.
        recorded: see there.
    """
    reaction = read_decision_rule().reaction
    return {
        **decisions,
        **months_of_games(connection, decisions["game_ids"]),
        "captured_by": [instant - reaction for instant in decisions["instants"]],
        "now": present(),
        "reaction": reaction,
        "recorded": list(recorded),
    }
