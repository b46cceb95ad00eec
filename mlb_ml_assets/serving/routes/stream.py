"""Updates of a day as server-sent events, for programs and for the open page.

Belongs here: /stream.
Not here: noticing changes (updates.py), the wire format and its keep-alive comments (FastAPI).
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.serving.problems import unavailable
from mlb_ml_assets.serving.services import Day, Served, check_date
from mlb_ml_assets.serving.updates import Change, Subscription, TooManyStreams, Updates

router = APIRouter(tags=["stream"])
_RETRY_MS = 3000


async def _subscribe(
    services: Served,
    request: Request,
    day: Annotated[
        Day | None, Query(alias="date", description="Official date; default today or the last predicted.")
    ] = None,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> AsyncIterator[Subscription]:
    watched = check_date(day, "query.date") if day else (await services.slates.day_to_show(today()) or today())
    updates: Updates = request.app.state.updates
    try:
        async with updates.watch(watched, last_event_id, request.scope.get("api_key_id")) as subscription:
            yield subscription
    except TooManyStreams as error:
        raise unavailable("too-many-streams", str(error), retry_after=30) from None


@router.get("/stream", summary="Updates of a day as they happen", response_class=EventSourceResponse)
async def stream(
    subscription: Annotated[Subscription, Depends(_subscribe)],
    games: Annotated[bool, Query(description="Send changed games in full, not only their ids.")] = True,  # noqa: FBT002 (a query parameter)
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events named `slate`: a day's new version, the ids of the games that changed, and their new content.

    The event id is the slate's version. A client that reconnects with `Last-Event-ID` gets one event if it missed
    anything, and none if not. Lines that begin with a colon only keep the connection open.
    """
    yield ServerSentEvent(retry=_RETRY_MS)
    async for change in subscription.changes():
        yield _event(change, full=games)


def _event(change: Change, *, full: bool) -> ServerSentEvent:
    document = {
        "date": change.slate.day.isoformat(),
        "version": change.slate.version,
        "full": change.full,
        "game_ids": sorted(change.game_ids),
    }
    if full:
        document["games"] = change.slate.of_games(set(change.game_ids))
    return ServerSentEvent(event="slate", id=change.slate.version, data=document)
