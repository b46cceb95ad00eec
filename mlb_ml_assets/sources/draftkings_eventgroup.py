"""DraftKings' event-group payload (eventgroups/84240, game lines), as recorded in 2024.

Belongs here: events and their main moneyline, run line and total.
Not here: fetching (the address is closed now), alternates, futures, offers of games that have begun.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.main_line import Offer, main_offers
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Quote, mapping_of, reading_payload
from mlb_ml_assets.sources.spec import SourceSpec

SOURCE = "draftkings_eventgroup"
BOOK = "draftkings"
MARKETS = {"Moneyline": "moneyline", "Run Line": "spread", "Total": "total"}
STATUS = {"NOT_STARTED": "scheduled", "STARTED": "live", "FINISHED": "final", "SUSPENDED": "suspended"}


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games and quotes of one snapshot.

    Raises:
        PayloadShapeError: no event group.
    """
    del endpoint
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        group = reading.mapping(content, "eventGroup")
        events = reading.sequence(group, "events") if "events" in group else []
        parsed = Parsed(SOURCE, captured_at)
        games: dict[str, tuple[SourceGame, Mapping[str, Any]]] = {}
        for event in events:
            try:
                if " @ " not in reading.text(event, "name"):
                    parsed.left_out["event without two teams"] += 1
                    continue
                game = _game(event, captured_at)
            except BadField as error:
                parsed.reject(error, event, str(reading.get(event, "eventId"))[:100])
                continue
            parsed.games.append(game)
            games[game.source_game_id] = (game, event)
            if game.status == "scheduled":
                parsed.listed_games.append(game.source_game_id)
        for offer in _offers(group):
            _add_offer(parsed, offer, games)
        parsed.books.append(Book(BOOK, "DraftKings", "book", bettable=True, parent=BOOK))
        parsed.sight_two_sided()
        return parsed.checked(len(events))


def _offers(group: Mapping[str, Any]) -> Iterator[Any]:
    for category in reading.listed(group, "offerCategories"):
        for descriptor in reading.listed(category, "offerSubcategoryDescriptors"):
            rows = mapping_of(mapping_of(descriptor).get("offerSubcategory")).get("offers")
            for row in rows if isinstance(rows, list) else []:
                yield from row if isinstance(row, list) else []


def _game(event: object, captured_at: datetime) -> SourceGame:
    state = reading.text(reading.mapping(event, "eventStatus"), "state")
    if state not in STATUS:
        raise BadField("eventStatus.state", state, "unknown state")
    start = reading.instant(event, "startDate")
    day = eastern_date(start)
    begun = STATUS[state] == "scheduled" and captured_at >= start
    return SourceGame(
        source_game_id=reading.identifier(event, "eventId"),
        game_date=day,
        season=day.year,
        # "NY Yankees @ BAL Orioles": team 1 is the visitor.
        home_team=reading.text(event, "teamShortName2", 10),
        away_team=reading.text(event, "teamShortName1", 10),
        scheduled_start=start,
        status="live" if begun else STATUS[state],
        captured_at=captured_at,
    )


def _add_offer(parsed: Parsed, offer: object, games: Mapping[str, tuple[SourceGame, Mapping[str, Any]]]) -> None:
    label = mapping_of(offer).get("label")
    if not isinstance(label, str) or label not in MARKETS:
        parsed.left_out["offer without a market we know"] += 1
        return
    try:
        known = games.get(reading.identifier(offer, "eventId"))
        if known is None or known[0].status != "scheduled":
            parsed.left_out["offer of a game not scheduled"] += 1
            return
        game, event = known
        market_type = MARKETS[label]
        if mapping_of(offer).get("isSuspended") is not False or mapping_of(offer).get("isOpen") is not True:
            parsed.left_out["suspended offer"] += 1
            parsed.withdrawn.add((game.source_game_id, BOOK, market_type))
            return
        sides = _sides(event, market_type)
        offers = [_price(market_type, sides, one) for one in reading.sequence(offer, "outcomes") if _is_shown(one)]
        main = main_offers(market_type, offers)
        parsed.leave_out("alternate line", len(offers) - len(main))
        stamp = parsed.captured_at
        parsed.quotes += [
            Quote(game.source_game_id, BOOK, market_type, side, odds, line, stamp, stamp) for side, line, odds in main
        ]
    except BadField as error:
        parsed.reject(error, offer, str(reading.get(offer, "eventId"))[:100])


def _is_shown(outcome: object) -> bool:
    return mapping_of(outcome).get("hidden") is not True and mapping_of(outcome).get("main") is not False


def _sides(event: Mapping[str, Any], market_type: str) -> dict[str, str]:
    if market_type == "total":
        return {"Over": "over", "Under": "under"}
    return {reading.text(event, "teamName1"): "away", reading.text(event, "teamName2"): "home"}


def _price(market_type: str, sides: Mapping[str, str], outcome: object) -> Offer:
    name = reading.text(outcome, "label" if market_type == "total" else "participant")
    if name not in sides:
        raise BadField("outcome", name, f"no side of {' and '.join(sides)}")
    line = None if market_type == "moneyline" else reading.number(outcome, "line")
    return sides[name], line, reading.american(reading.get(outcome, "oddsAmerican"), "oddsAmerican")


# The recorded series is named by UTC time without saying so.
SPEC = SourceSpec(SOURCE, "odds", parse, name_zone=UTC, books=(Book(BOOK, "DraftKings", parent=BOOK),))
