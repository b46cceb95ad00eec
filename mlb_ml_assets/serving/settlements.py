"""How the bets on a game were settled, for the API and the game's page.

Belongs here: the terms of each bet, the events of its game, its clause and history.
Not here: the rules (betting/settlement_rules.py), results by day or window (performance_answers.py).
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.markets import MarketKey, Side
from mlb_ml_assets.domain.models import Stage
from mlb_ml_assets.serving.answers import Answer
from mlb_ml_assets.warehouse.api_reads import Connection, Row, events_of_game, settlements_of_game


class Terms(Answer):
    """What a bet was made on, as known at its decision."""

    terms: Literal["recorded", "assumed"] | None = Field(
        None, description="recorded: the schedule was captured by the decision; assumed: from the game's later record."
    )
    game_date: date | None = Field(None, description="Official date.")
    scheduled_start: datetime | None = None
    scheduled_innings: int | None = None
    home_bats_first: bool | None = None
    home_starter: str | None = Field(None, description="Listed starter; null where none was listed.")
    away_starter: str | None = None
    operator: str | None = None
    rule_set: str | None = None
    rule_source: str | None = Field(None, description="Where the house rules are published.")
    rule_assumed: bool | None = Field(None, description="No text of this operator's own was found.")


class PastSettlement(Answer):
    """One entry of the history."""

    settled_at: datetime
    result: str
    settlement_rule: str
    home_score: int | None = None
    away_score: int | None = None
    profit: float
    cause: str | None = None


class Settlement(Answer):
    """One bet: its terms, its result and clause, or the fact that it waits for."""

    prediction_id: int
    stage: Stage
    market_type: MarketKey
    side: Side
    book: str
    book_name: str
    odds: int
    line_value: float | None = None
    stake: float
    decided_at: datetime
    terms: Terms
    result: str | None = None
    clause: str | None = Field(None, description="The clause of the rule set that settled the bet.")
    profit: float | None = None
    settled_at: datetime | None = None
    unsettled_reason: str | None = None
    hours_since_start: float | None = Field(None, description="Of a bet without a result: hours since its first pitch.")
    history: list[PastSettlement]


class GameEvent(Answer):
    """A stored row of a source about the game."""

    event: Literal["schedule", "suspension", "result"]
    source: str
    source_game_id: str
    known_at: datetime
    assumed: bool
    facts: dict[str, Any]


class GameSettlements(Answer):
    """The bets on a game and the events that settled them."""

    game_id: int
    settlements: list[Settlement]
    events: list[GameEvent]


def read_settlements(connection: Connection, game_id: int, *, only_bets: bool) -> GameSettlements:
    """Terms, clause, result and history of each priced side, and the source rows of the game's events."""
    rows = settlements_of_game(connection, game_id, only_bets=only_bets)
    events = [GameEvent.model_validate(row) for row in events_of_game(connection, game_id)]
    return GameSettlements(game_id=game_id, settlements=[_settlement(row) for row in rows], events=events)


def _settlement(row: Row) -> Settlement:
    start, waits = row["scheduled_start"], row["result"] is None
    hours = (present() - start).total_seconds() / 3600 if waits and start is not None else None
    age = None if hours is None or hours < 0 else round(hours, 1)
    return Settlement.model_validate({**row, "terms": Terms.model_validate(row), "hours_since_start": age})
