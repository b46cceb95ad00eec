"""A stream of updates for programs and for the open page.

Belongs here: /stream, server-sent events.
Not here: noticing changes (updates.py).
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse

from mlb_ml_assets.serving.problems import unavailable
from mlb_ml_assets.serving.services import Day, Served, sane_day, today
from mlb_ml_assets.serving.updates import Change, TooManyStreams, Updates

router = APIRouter(tags=["stream"])
_HEARTBEAT_SECONDS = 15.0
_RETRY_MS = 3000


@router.get("/stream", summary="Updates of a day as they happen", response_class=StreamingResponse)
async def stream(
    *,
    services: Served,
    request: Request,
    day: Annotated[
        Day | None, Query(alias="date", description="Official date; default today or the last predicted.")
    ] = None,
    games: Annotated[bool, Query(description="Send changed games in full, not only their ids.")] = True,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> StreamingResponse:
    """Server-sent events named `slate`: a day's new version, the games that changed, and what they say now.

    The event id is the slate's version. A client that comes back with `Last-Event-ID` gets one event if it missed
    anything, and none if not. Lines that begin with a colon only keep the connection open.
    """
    watched = sane_day(day, "query.date") if day else (await services.slates.day_to_show(today()) or today())
    updates: Updates = request.app.state.updates
    changes = _changes(updates, watched, last_event_id)
    try:
        first = await anext(changes)
    except TooManyStreams:
        raise unavailable("too-many-streams", "as many streams are open as this server keeps", retry_after=30) from None

    async def text() -> AsyncIterator[str]:
        yield f"retry: {_RETRY_MS}\n\n"
        try:
            if first is not None:
                yield _event(first, full=games)
            async for change in changes:
                yield ":\n\n" if change is None else _event(change, full=games)
        finally:
            await changes.aclose()

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(text(), media_type="text/event-stream", headers=headers)


async def _changes(updates: Updates, day: date, seen: str | None) -> AsyncGenerator[Change | None, None]:
    """Changes as they come, None where nothing came for a while; the first at once."""
    async with updates.watch(day, seen) as queue:
        yield None if queue.empty() else queue.get_nowait()
        while True:
            try:
                yield await asyncio.wait_for(queue.get(), _HEARTBEAT_SECONDS)
            except TimeoutError:
                yield None


def _event(change: Change, *, full: bool) -> str:
    document = {
        "date": change.slate.day.isoformat(),
        "version": change.slate.version,
        "full": change.full,
        "game_ids": sorted(change.game_ids),
    }
    if full:
        document["games"] = change.slate.of_games(set(change.game_ids))
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f"event: slate\nid: {change.slate.version}\ndata: {data}\n\n"
