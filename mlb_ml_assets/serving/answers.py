"""Response models about games, predictions and bets.

Belongs here: pydantic models that the OpenAPI document shows and that validate responses.
Not here: models of performance (performance_answers.py), requests (beside their routes), errors (problems.py).

Probabilities are 0..1, of home or over unless a side is named, and conditional on no push for total and run line.
Stakes are fractions of bankroll. Odds are American. Instants are UTC.
"""

from datetime import date, datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from mlb_ml_assets.domain.markets import MarketKey, Side
from mlb_ml_assets.domain.models import Stage
from mlb_ml_assets.warehouse.declared_columns import declared_columns


def _describe_from_tables(schema: dict[str, Any], model: type["Answer"]) -> None:
    """Give each property without a description of its own the COMMENT of the column that it is read from."""
    for name, shown in schema.get("properties", {}).items():
        if "description" not in shown and (meaning := model.meaning_of(name)):
            shown["description"] = meaning


class Answer(BaseModel):
    """Validated from rows by column name; fields may begin with model_, as the columns do.

    `tables`: whose columns the fields are; the reference shows the columns' comments, as the Dagster catalog does.
    """

    model_config = ConfigDict(protected_namespaces=(), extra="ignore", json_schema_extra=_describe_from_tables)
    tables: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def meaning_of(cls, field: str) -> str | None:
        """The comment of the field's column in the first of `tables` that has it."""
        for table in cls.tables:
            for column in declared_columns(table):
                if column.name == field and column.comment:
                    return column.comment
        return None


class Recommendation(Answer):
    """One side of one market: best acceptable price, its value and stake, or the reason for no bet."""

    tables: ClassVar[tuple[str, ...]] = (
        "curated.ml_recommendations", "staging.book_catalogue", "curated.reference_closes",
    )  # fmt: skip

    market_type: MarketKey
    side: Side
    book: str | None = Field(None, description="Source and id of the book; null without a price that may be bet.")
    book_name: str | None = None
    archive_price: bool = Field(default=False, description="A price of an archive feed, not of a sportsbook.")
    odds: int | None = None
    line_value: float | None = Field(None, description="The side's own line; null for a moneyline.")
    quoted_at: datetime | None = None
    blind_probability: float | None = Field(None, description="From baseball only.")
    memory_probability: float | None = Field(None, description="Baseball and past closing prices; no price of today.")
    model_probability: float | None = None
    market_probability: float | None = None
    final_probability: float = Field(description="The model anchored on today's price; the basis of value and stake.")
    probability_low: float | None = None
    probability_high: float | None = None
    push_probability: float
    expected_close_probability: float | None = None
    expected_value: float | None = Field(None, description="Net profit per unit staked at these odds.")
    minimum_odds: int | None = Field(None, description="The lowest price that meets the value threshold.")
    kelly_single: float | None = None
    kelly_slate: float | None = None
    kelly_fractional: float | None = None
    stake: float
    no_bet_reason: str | None = None
    result: str | None = None
    profit: float | None = None
    closing_odds: int | None = None
    closing_line: float | None = None
    closing_probability: float | None = Field(None, description="At the close of all books, at the bet's own line.")
    clv_expected_value: float | None = Field(
        None, description="Expected value of the taken price at the no-vig close that clv_reference names."
    )
    clv_reference: Literal["sharp", "market"] | None = Field(
        None, description="sharp: the close of the operators in MLB_ML_SHARP_BOOKS; market: that of all books."
    )
    reference_probability: float | None = Field(None, description="At the sharp close, at the bet's own line.")
    reference_operators: list[str] | None = Field(None, description="Whose prices the sharp close is.")
    reference_age_minutes: float | None = Field(
        None, description="First pitch minus when the sharp close was last seen; null where its prices are logs."
    )
    own_closing_odds: int | None = None
    own_closing_line: float | None = None
    own_closing_probability: float | None = None
    own_clv_expected_value: float | None = None
    own_close_age_minutes: float | None = None
    no_own_close_reason: str | None = None


class PredictionResponse(Answer):
    """The newest prediction of a game."""

    tables: ClassVar[tuple[str, ...]] = ("curated.ml_predictions", "curated.enhanced_games")

    game_id: int = Field(description="Our id, curated.enhanced_games.id.")
    game_pk: str | None = Field(None, description="MLB's gamePk.")
    game_date: date
    start: datetime = Field(description="Scheduled first pitch.")
    away_team: str
    home_team: str
    prediction_id: int | None = Field(None, description="Null if computed for this request.")
    stored: bool = Field(description="False for a prediction that was computed for this request.")
    stage: Stage | None = Field(None, description="Stage of the decision; null for models of other programs.")
    model_name: str
    model_version: str
    prediction_timestamp: datetime = Field(description="The latest known-at among the inputs.")
    total_over_probability: float | None = None
    total_over_binary: int | None = None
    total_over_confidence: float | None = None
    home_ml_probability: float | None = None
    home_ml_binary: int | None = None
    home_ml_confidence: float | None = None
    home_spread_probability: float | None = None
    home_spread_binary: int | None = None
    home_spread_confidence: float | None = None
    betting_recommendations: list[Recommendation] = Field([], description="Both sides of every market of the game.")
    explanation: dict[str, Any] | None = Field(
        None, description="Views, lines, run rates and the largest contributions; only with include_explanation."
    )
    confidence_threshold_met: bool = Field(default=False, description="At least one bet of the game has a stake.")
    risk_level: Literal["low", "medium", "high"] | None = None


class BatchItem(Answer):
    """One game of a batch: its prediction or its problem."""

    game_id: str = Field(description="As sent.")
    prediction: PredictionResponse | None = None
    problem: dict[str, Any] | None = None


class BatchResponse(Answer):
    """A batch, in the order sent."""

    predictions: list[BatchItem]
    total: int
    failed: int


class SlateMarket(Recommendation):
    """One side of a market on the slate."""

    stage: Stage | None = None


class SlateGame(Answer):
    """A game of a slate; without a prediction `prediction_id` is null and `markets` empty."""

    tables: ClassVar[tuple[str, ...]] = ("curated.enhanced_games", "curated.game_details", "curated.ml_predictions")

    game_id: int
    game_pk: str | None = None
    game_date: date
    start: datetime
    start_assumed: bool | None = None
    game_number: int | None = None
    away_team: str
    home_team: str
    game_status: str | None = None
    away_score: int | None = None
    home_score: int | None = None
    away_pitcher_name: str | None = None
    home_pitcher_name: str | None = None
    prediction_id: int | None = None
    model_name: str | None = None
    model_version: str | None = None
    prediction_timestamp: datetime | None = None
    risk_level: str | None = None
    confidence_threshold_met: bool | None = None
    markets: list[SlateMarket]


class Slate(Answer):
    """A day: its games by start, each with its newest prediction."""

    date: date
    version: str = Field(description="Changes with the slate; the ETag, and the event id of the stream.")
    games: list[SlateGame]


class SlateDay(Answer):
    """A day with games."""

    date: date
    games: int
    predicted: int
    bets: int


class Quote(Answer):
    """A price of one side at one book."""

    tables: ClassVar[tuple[str, ...]] = ("staging.source_quotes", "staging.archive_quotes", "staging.book_catalogue")

    source: str
    book: str
    book_name: str
    quote_kind: Literal["open", "close", "tick"]
    market_type: MarketKey
    side: Side
    odds: int
    line_value: float | None = None
    updated_at: datetime = Field(description="When the book changed its price.")
    captured_at: datetime = Field(description="When we first saw it.")
    available_at: datetime | None = Field(
        None, description="Since when it could be bet; null: never, a capture that had it also had a later price."
    )
    ended_at: datetime | None = Field(
        None, description="When it could no longer be bet: changed, suspended or pulled; null while it still can."
    )
    assumed: bool = Field(description="The instant follows from a rule; the source has none.")
    synthetic: bool
    bettable: bool


class _OfQuotes(Answer):
    """An answer from a game's quotes: it names those that are not in the database."""

    removed_months: list[date] = Field(
        [],
        description="First days of months whose quotes of the game retention removed: they are in the archive tier "
        "only, and not in this answer; mlb-ml archive restore MONTH brings them back.",
    )


class Quotes(_OfQuotes):
    """A page of a game's quotes, newest first."""

    game_id: int
    total: int
    limit: int
    offset: int
    quotes: list[Quote]


class MovementPoint(Answer):
    """The price of one book while it could be bet."""

    at: datetime = Field(description="Since when it could be bet: a capture had it, and the market was on offer.")
    until: datetime | None = Field(
        None,
        description="When it was changed, suspended or pulled; null if on offer at the start, or now.",
    )
    odds: int
    line_value: float | None = None
    implied_probability: float = Field(description="1/decimal odds, vig included.")


class MovementSeries(Answer):
    """One side at one book, up to the scheduled start."""

    market_type: MarketKey
    side: Side
    book: str
    book_name: str
    points: list[MovementPoint]


class StageLine(Answer):
    """The market line at a stage."""

    tables: ClassVar[tuple[str, ...]] = ("curated.market_lines", "staging.book_catalogue")

    stage: Literal["open", "lineup", "close"]
    market_type: MarketKey
    book: str = Field(description="source:id of the book that quoted the line.")
    book_name: str
    books: int = Field(description="Number of books that quoted it.")
    home_or_over_odds: int
    away_or_under_odds: int
    line_value: float | None = None
    fair_probability: float = Field(description="Of home or over, vig removed (Shin).")
    quoted_at: datetime
    assumed: bool


class Movement(_OfQuotes):
    """How a game's prices moved."""

    game_id: int
    stages: list[StageLine]
    series: list[MovementSeries]


class BookPrice(Answer):
    """One side at one book as of an instant, and its history."""

    tables: ClassVar[tuple[str, ...]] = ("curated.market_lines", "staging.book_catalogue", "curated.ml_recommendations")

    market_type: MarketKey
    side: Side
    book: str
    book_name: str
    bettable: bool
    standing: bool = Field(description="In effect: neither suspended nor pulled.")
    odds: int
    line_value: float | None = None
    quoted_at: datetime
    opening_odds: int | None = None
    opening_line: float | None = None
    opened_at: datetime | None = None
    closing_odds: int | None = Field(None, description="After first pitch.")
    closing_line: float | None = None
    changes: int = Field(description="Changes of price or line.")
    largest_move: float | None = Field(None, description="Largest step of 1/decimal odds at an unchanged line.")
    largest_line_move: float | None = Field(None, description="Largest step of the line, runs.")
    velocity_1h: float | None = Field(None, description="Change of 1/decimal odds per hour over the last hour.")
    velocity_6h: float | None = None
    velocity_24h: float | None = None
    minutes_since_change: float
    minutes_since_seen: float | None = None


class MarketMetrics(Answer):
    """One market over all bettable books, as of an instant. Probabilities are without vig (Shin)."""

    market_type: MarketKey
    books: int = Field(description="Books with both sides in effect at the consensus line.")
    line_value: float | None = Field(None, description="The line that most books quote.")
    consensus: float | None = Field(None, description="Median over books of the probability of home or over.")
    spread_across_books: float | None = Field(None, description="Largest minus smallest of these probabilities.")
    consensus_move: float | None = Field(None, description="Since each book's own opening, at the same line.")
    line_move: float | None = Field(None, description="Median over books of the line minus its opening, runs.")
    best_home_or_over_odds: int | None = None
    best_home_or_over_book: str | None = None
    best_away_or_under_odds: int | None = None
    best_away_or_under_book: str | None = None
    steam_direction: Literal[-1, 0, 1] | None = Field(
        None,
        description="Latest steam move of 24 hours: at least 3 operators within 10 minutes; 1 is toward home or over.",
    )
    steam_books: int | None = None
    steam_at: datetime | None = None
    tickets: float | None = Field(None, description="Percent of tickets on home or over.")
    money: float | None = Field(None, description="Percent of money on home or over.")
    handle_ticket_gap: float | None = Field(None, description="Money minus tickets, percentage points.")
    reverse_line_movement: Literal[-1, 0, 1] | None = Field(
        None, description="1: the market moved toward home or over against most tickets; -1: the reverse."
    )


class MarketState(Answer):
    """A game's market as of an instant; in-play prices never count."""

    game_id: int
    as_of: datetime
    markets: list[MarketMetrics]
    prices: list[BookPrice]


class KellyAnswer(Answer):
    """Value and stake of the client's own price."""

    market_type: MarketKey | None = None
    side: Side | None = None
    line_value: float | None = None
    probability: float = Field(description="Of winning, given no push.")
    probability_source: str
    push_probability: float
    decimal_odds: float
    american_odds: float
    expected_value: float = Field(description="Net profit per unit staked.")
    break_even_odds: int | None = Field(description="The lowest American price that does not lose.")
    minimum_odds: int | None = Field(description="The lowest American price that meets the value threshold.")
    kelly: float = Field(description="Full Kelly, fraction of bankroll.")
    uncertainty_factor: float = Field(description="Share of Kelly left after uncertainty of the probability.")
    kelly_fraction: float
    stake: float = Field(description="After shrinkage, fraction and cap, as a fraction of bankroll.")
    stake_amount: float = Field(description="The stake in units of the bankroll.")
    expected_growth: float = Field(description="Expected log growth of the bankroll at this stake, nats.")
    advice: str
