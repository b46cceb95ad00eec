"""The caller's own price.

Belongs here: /kelly.
Not here: arithmetic (own_price.py, betting/).
"""

from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mlb_ml_assets.pricing.odds import american_to_decimal
from mlb_ml_assets.serving.answers import KellyAnswer, Market, Side
from mlb_ml_assets.serving.own_price import Chance, stored_chance, worth
from mlb_ml_assets.serving.predictions import resolve_game
from mlb_ml_assets.serving.services import GameInBody, Served
from mlb_ml_assets.warehouse.api_reads import Connection

router = APIRouter(tags=["bets"])
_SIDES = {"moneyline": ("home", "away"), "spread": ("home", "away"), "total": ("over", "under")}
_Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class KellyQuestion(BaseModel):
    """A price, and either a probability or the game whose stored prediction gives one."""

    model_config = ConfigDict(extra="forbid")

    odds: int | None = Field(None, ge=-1_000_000, le=1_000_000, description="American; this or decimal_odds.")
    decimal_odds: float | None = Field(None, gt=1, le=10_000, allow_inf_nan=False)
    bankroll: float = Field(1.0, gt=0, le=1e12, allow_inf_nan=False, description="In any unit of money.")
    probability: float | None = Field(
        None, gt=0, lt=1, allow_inf_nan=False, description="Of winning, given no push; this or a game."
    )
    push_probability: float = Field(0.0, ge=0, lt=1, allow_inf_nan=False)
    game_id: GameInBody | None = None
    market_type: Market | None = None
    side: Side | None = None
    line_value: float | None = Field(
        None, ge=-30, le=60, multiple_of=0.25, description="The side's own number; default the predicted one."
    )
    kelly_fraction: _Share | None = None
    probability_sd: float | None = Field(None, ge=0, lt=0.5, allow_inf_nan=False)
    max_stake: _Share | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.odds is None) == (self.decimal_odds is None):
            raise ValueError("one of odds and decimal_odds is needed")
        if self.odds is not None and abs(self.odds) < 100:
            raise ValueError(f"odds: American odds are 100 and above or -100 and below, not {self.odds}")
        if (self.probability is None) == (self.game_id is None):
            raise ValueError("one of probability and game_id is needed")
        if self.game_id is not None:
            if self.market_type is None or self.side is None:
                raise ValueError("market_type and side are needed with game_id")
            if self.side not in _SIDES[self.market_type]:
                raise ValueError(f"side: {self.market_type} has the sides {' and '.join(_SIDES[self.market_type])}")
        return self


@router.post("/kelly", summary="What is a price worth?")
def kelly(question: KellyQuestion, services: Served, response: Response) -> KellyAnswer:
    """Expected value, break-even price and Kelly stake of the caller's own price, for the caller's own bankroll.

    The bet is sized on its own: stakes of a whole slate, where bets share the bankroll, are in the recommendations.
    """
    response.headers["Cache-Control"] = "no-store"
    if question.probability is not None:
        chance = Chance(question.probability, question.push_probability, "as given")
    else:
        chance = services.read(lambda connection: _of_game(connection, question))
    price = question.decimal_odds or float(american_to_decimal(float(question.odds or 0)))
    answer = worth(
        chance,
        price,
        question.bankroll,
        kelly_fraction=question.kelly_fraction,
        probability_sd=question.probability_sd,
        max_stake=question.max_stake,
    )
    return answer.model_copy(
        update={"market_type": question.market_type, "side": question.side, "line_value": question.line_value}
    )


def _of_game(connection: Connection, question: KellyQuestion) -> Chance:
    assert question.game_id is not None
    assert question.market_type is not None
    assert question.side is not None
    game = resolve_game(connection, question.game_id, "body.game_id")
    return stored_chance(connection, game, question.market_type, question.side, question.line_value)
