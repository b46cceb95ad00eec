"""Action Network's market objects: outcomes by book, with their price history and their public betting.

Belongs here: `markets` of a scoreboard and of a price history, which have one shape.
Not here: games, addresses (action_network.py).
"""

import re
from collections.abc import Mapping
from typing import Any

from mlb_ml_assets.domain.markets import SIDES_OF_MARKET
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.main_line import Offer, favorite_of, main_offers
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Quote, Split, mapping_of, pair

# bet_info is one consensus, repeated or zeroed under the other books; 15 is where it is filled.
CONSENSUS_BOOK = "15"
# firsthalf, secondquarter, firstfiveinnings, …: parts of a game, where some books have nothing else.
OTHER_PERIOD = re.compile(r"half|quarter|inning|period|first|live|\dp")


def add_markets(parsed: Parsed, game: str, markets: Mapping[str, Any], *, ticket_count: int | None) -> None:
    """Quotes of every book and splits of the consensus; full game (`event`) only."""
    for book_id, periods in markets.items():
        if not isinstance(book_id, str) or not book_id.isdigit() or len(book_id) > 20:
            parsed.reject(BadField("book_id", book_id, "not a book id"), {"book_id": str(book_id)[:100]}, game)
            continue
        event = mapping_of(periods).get("event")
        if not isinstance(event, Mapping):
            strange = [name for name in mapping_of(periods) if not OTHER_PERIOD.search(str(name))]
            if strange or not isinstance(periods, Mapping):
                parsed.reject(BadField("event", strange or periods, "no full game"), {"book_id": book_id}, game)
            else:
                parsed.left_out["other period"] += 1
            continue
        for market_type, outcomes in event.items():
            if market_type not in SIDES_OF_MARKET:
                parsed.left_out["other market"] += 1
            elif isinstance(outcomes, list):
                main = _main_outcomes(parsed, market_type, outcomes, _favorite(event))
                _add_outcomes(parsed, game, book_id, market_type, main)
                if book_id == CONSENSUS_BOOK:
                    _add_split(parsed, game, market_type, outcomes, ticket_count)
            else:
                parsed.reject(BadField(market_type, outcomes, "not a list"), {"market": market_type}, game)


def _main_outcomes(parsed: Parsed, market_type: str, outcomes: list[Any], favorite: str | None) -> list[Any]:
    """The outcomes of the main line; all of them where no side is listed twice before play."""
    offers = [(_offer(market_type, outcome), outcome) for outcome in outcomes]
    before_play = [offer for offer, outcome in offers if offer is not None and outcome.get("is_live") is not True]
    main = main_offers(market_type, before_play, favorite)
    alternates = set(before_play) - set(main)
    parsed.leave_out("alternate line", len(before_play) - len(main))
    return [
        outcome for offer, outcome in offers if offer not in alternates or mapping_of(outcome).get("is_live") is True
    ]


def _offer(market_type: str, outcome: object) -> Offer | None:
    """An outcome as an offer; None where it cannot be read, which is reported where it is added."""
    try:
        line = None if market_type == "moneyline" else reading.number(outcome, "value")
        return reading.text(outcome, "side", 10), line, reading.american(reading.get(outcome, "odds"))
    except BadField:
        return None


def _favorite(event: Mapping[str, Any]) -> str | None:
    """The side that the book's moneyline before play favors."""
    moneyline = event.get("moneyline")
    if not isinstance(moneyline, list):
        return None
    before_play = [one for one in moneyline if mapping_of(one).get("is_live") is not True]
    return favorite_of(offer for one in before_play if (offer := _offer("moneyline", one)) is not None)


def _add_outcomes(parsed: Parsed, game: str, book_id: str, market_type: str, outcomes: list[Any]) -> None:
    for outcome in outcomes:
        try:
            _check_game(outcome, game)
            off = "live" if outcome.get("is_live") is True else ""
            off = off or ("suspended" if outcome.get("line_status") == "suspended" else "")
            if off:
                parsed.left_out[f"{off} outcome"] += 1
                parsed.withdrawn.add((game, book_id, market_type))
            # Past prices of a suspended outcome were real offers; those of a live one are in play.
            if off != "live" and not _add_entries(parsed, game, book_id, market_type, outcome) and not off:
                parsed.quotes.append(_quote(parsed, game, book_id, market_type, outcome, outcome))
        except BadField as error:
            parsed.reject(error, outcome, game)


def _check_game(outcome: object, game: str) -> None:
    if not isinstance(outcome, Mapping):
        raise BadField("outcome", outcome, "not an object")
    event_id = outcome.get("event_id", game)
    if str(event_id) != game:
        raise BadField("event_id", event_id, f"outcome of another game than {game}")


def _add_entries(parsed: Parsed, game: str, book_id: str, market_type: str, outcome: Mapping[str, Any]) -> bool:
    """The recorded price changes of an outcome; False where it has none (the scoreboard, or gone after two weeks)."""
    history = outcome.get("history")
    if not isinstance(history, list) or not history:
        return False
    added = False
    for entry in history:
        if mapping_of(entry).get("line_status") == "suspended":
            parsed.left_out["suspended price"] += 1
            continue
        try:
            parsed.quotes.append(_quote(parsed, game, book_id, market_type, outcome, entry))
            added = True
        except BadField as error:
            parsed.reject(error, {"outcome": str(outcome.get("outcome_id"))[:50], "entry": entry}, game)
    return added


def _quote(parsed: Parsed, game: str, book_id: str, market_type: str, outcome: Mapping[str, Any], entry: Any) -> Quote:
    stamp = reading.get(entry, "updated_at")
    stamped = stamp is not reading.MISSING and stamp is not None
    line = None if market_type == "moneyline" else reading.number(entry, "value")
    if market_type == "moneyline" and reading.get(entry, "value") not in (0, None, reading.MISSING):
        raise BadField("value", entry["value"], "a moneyline with a line")
    return Quote(
        source_game_id=game,
        book_id=book_id,
        market_type=market_type,
        side=reading.text(outcome, "side", 10),
        odds=reading.american(reading.get(entry, "odds")),
        line_value=line,
        updated_at=reading.as_instant(stamp, "updated_at") if stamped else parsed.captured_at,
        captured_at=parsed.captured_at,
        stamped=stamped,
        line_status=reading.text_or_none(entry, "line_status", 50),
        market_id=_big(outcome, "market_id"),
        outcome_id=_big(outcome, "outcome_id"),
    )


def _big(outcome: Mapping[str, Any], field: str) -> int | None:
    """Ids are numbers in one payload and text in another; the tables' columns are BIGINT."""
    return reading.whole_or_none(outcome, field, 0, 2**63 - 1)


def _add_split(parsed: Parsed, game: str, market_type: str, outcomes: list[Any], ticket_count: int | None) -> None:
    try:
        shares: dict[tuple[str, str], float] = {}
        for outcome in outcomes:
            info = mapping_of(outcome).get("bet_info")
            if not isinstance(info, Mapping) or mapping_of(outcome).get("is_live") is True:
                continue
            for kind in ("tickets", "money"):
                percent = mapping_of(info.get(kind)).get("percent")
                if percent is not None:
                    shares[kind, str(outcome.get("side"))] = reading.as_number(percent, f"bet_info.{kind}.percent")
        first, second = SIDES_OF_MARKET[market_type]
        tickets = pair(shares.get(("tickets", first)), shares.get(("tickets", second)))
        money = pair(shares.get(("money", first)), shares.get(("money", second)))
        if tickets[0] is None and money[0] is None:
            parsed.left_out["split without data"] += 1
            return
        parsed.splits.append(
            Split(game, CONSENSUS_BOOK, market_type, parsed.captured_at, None, *tickets, *money, ticket_count)
        )
    except BadField as error:
        parsed.reject(error, {"market": market_type, "outcomes": outcomes}, game)
