"""The client's own price.

Belongs here: /kelly.
Not here: arithmetic (own_price.py, betting/).
"""

from typing import Annotated, Self

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mlb_ml_assets.domain.markets import MarketKey, Side, market_of
from mlb_ml_assets.pricing.odds import american_to_decimal
from mlb_ml_assets.serving.answers import KellyAnswer
from mlb_ml_assets.serving.own_price import OutcomeProbabilities, read_probabilities_at_line, value_price
from mlb_ml_assets.serving.predictions import resolve_game
from mlb_ml_assets.serving.problems import invalid_field
from mlb_ml_assets.serving.services import GameInBody, Served
from mlb_ml_assets.warehouse.api_reads import Connection

router = APIRouter(tags=["bets"])
_Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class KellyQuestion(BaseModel):
    """A price, and either a probability or a game with a stored prediction."""

    model_config = ConfigDict(extra="forbid")

    odds: int | None = Field(None, ge=-1_000_000, le=1_000_000, description="American; this or decimal_odds.")
    decimal_odds: float | None = Field(None, gt=1, le=10_000, allow_inf_nan=False)
    bankroll: float = Field(1.0, gt=0, le=1e12, allow_inf_nan=False, description="In any unit of money.")
    probability: float | None = Field(
        None, gt=0, lt=1, allow_inf_nan=False, description="Of winning, given no push; this or a game."
    )
    push_probability: float = Field(0.0, ge=0, lt=1, allow_inf_nan=False)
    game_id: GameInBody | None = None
    market_type: MarketKey | None = None
    side: Side | None = None
    line_value: float | None = Field(
        None, ge=-30, le=60, multiple_of=0.25, description="The side's own line; default the predicted line."
    )
    kelly_fraction: _Share | None = None
    probability_sd: float | None = Field(None, ge=0, lt=0.5, allow_inf_nan=False)
    max_stake: _Share | None = None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if (self.odds is None) == (self.decimal_odds is None):
            raise invalid_field("odds", "send either odds or decimal_odds")
        if self.odds is not None and abs(self.odds) < 100:
            raise invalid_field("odds", f"American odds are 100 and above or -100 and below, not {self.odds}")
        if (self.probability is None) == (self.game_id is None):
            raise invalid_field("probability", "send either probability or game_id")
        self._check_market()
        self._check_game()
        return self

    def _check_market(self) -> None:
        if self.market_type is None:
            for name in ("side", "line_value"):
                if getattr(self, name) is not None:
                    raise invalid_field(name, "send market_type with it")
            return
        market = market_of(self.market_type)
        if self.side is not None and self.side not in market.sides:
            raise invalid_field("side", f"{market.key} has the sides {' and '.join(market.sides)}")
        if self.line_value is not None and not market.has_line:
            raise invalid_field("line_value", f"{market.key} has no line")

    def _check_game(self) -> None:
        if self.game_id is None:
            return
        for name in ("market_type", "side"):
            if getattr(self, name) is None:
                raise invalid_field(name, "send it with game_id")
        if "push_probability" in self.model_fields_set:
            raise invalid_field("push_probability", "the stored prediction has its own; omit it with game_id")


@router.post("/kelly", summary="Value and stake of a price")
def kelly(question: KellyQuestion, services: Served, response: Response) -> KellyAnswer:
    """Expected value, break-even price and Kelly stake of the client's own price, for the client's own bankroll.

    The bet is sized on its own; stakes of a whole slate, where bets share the bankroll, are in the recommendations.
    """
    response.headers["Cache-Control"] = "no-store"
    if question.probability is not None:
        given = OutcomeProbabilities(question.probability, question.push_probability, "as given")
    else:
        given = services.read(lambda connection: _of_game(connection, question))
    price = question.decimal_odds or float(american_to_decimal(float(question.odds or 0)))
    answer = value_price(
        given,
        price,
        question.bankroll,
        kelly_fraction=question.kelly_fraction,
        probability_sd=question.probability_sd,
        max_stake=question.max_stake,
    )
    return answer.model_copy(
        update={"market_type": question.market_type, "side": question.side, "line_value": question.line_value}
    )


def _of_game(connection: Connection, question: KellyQuestion) -> OutcomeProbabilities:
    assert question.game_id is not None
    assert question.market_type is not None
    assert question.side is not None
    game = resolve_game(connection, question.game_id, "body.game_id")
    return read_probabilities_at_line(connection, game, question.market_type, question.side, question.line_value)
