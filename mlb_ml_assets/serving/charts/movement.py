"""The chart of price movement by book.

Belongs here: stepped lines by book over time, for prices and for numbers.
Not here: consensus (pricing/).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.serving.charts.svg import Scale, element, line, path, picture, text, ticks

_WIDTH, _HEIGHT = 560, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 12, 26
PALETTE = 8


@dataclass(frozen=True)
class Offer:
    """A value, from an instant until it changed or the book took no more bets; None: up to the end of the chart."""

    at: datetime
    until: datetime | None
    value: float


@dataclass(frozen=True)
class BookLine:
    """One book: its offers in order."""

    name: str
    offers: Sequence[Offer]

    @property
    def stretches(self) -> list[list[Offer]]:
        """Offers that follow each other without a gap, together."""
        found: list[list[Offer]] = []
        for offer in self.offers:
            if found and found[-1][-1].until == offer.at:
                found[-1].append(offer)
            else:
                found.append([offer])
        return found


def movement_chart(
    books: Sequence[BookLine],
    decided: Sequence[tuple[datetime, str]],
    until: datetime,
    *,
    as_percent: bool,
    description: str,
) -> Markup:
    """Values of each book until the scheduled start, with vertical marks at decisions."""
    values = [offer.value for book in books for offer in book.offers]
    if not values:
        return Markup()
    first = min(book.offers[0].at for book in books)
    last = max(until, *(book.offers[-1].at for book in books))
    if last <= first:
        last = first + timedelta(hours=1)
    margin = max((max(values) - min(values)) * 0.12, 0.004 if as_percent else 0.25)
    x = Scale(first.timestamp(), last.timestamp(), _LEFT, _WIDTH - _RIGHT)
    y = Scale(min(values) - margin, max(values) + margin, _HEIGHT - _BOTTOM, _TOP)
    parts = []
    for value in ticks(min(values) - margin, max(values) + margin, 4):
        parts.append(line(_LEFT, y(value), _WIDTH - _RIGHT, y(value), "grid"))
        shown = f"{100 * value:.3g}%" if as_percent else f"{value:g}"
        parts.append(text(_LEFT - 7, y(value) + 4, shown, anchor="end"))
    parts += _clock(first, last, x)
    for at, name in decided:
        if first <= at <= last:
            parts.append(line(x(at.timestamp()), _TOP, x(at.timestamp()), _HEIGHT - _BOTTOM, "mark"))
            near_end = x(at.timestamp()) > _WIDTH - 90
            place = x(at.timestamp()) + (-5 if near_end else 5)
            parts.append(text(place, _TOP + 9, name, "label strong", "end" if near_end else "start"))
    for position, book in enumerate(books):
        tone = f"tone-{position % PALETTE}"
        traces = []
        for offers in book.stretches:
            drawn = [(x(offer.at.timestamp()), y(offer.value)) for offer in offers]
            # A price holds until it changes or goes.
            drawn.append((x((offers[-1].until or last).timestamp()), drawn[-1][1]))
            traces.append(path(drawn, f"trace {tone}", stepped=True))
        parts.append(element("g", Markup().join([element("title", book.name), *traces])))
        if len(book.offers) <= 3:
            places = [(x(offer.at.timestamp()), y(offer.value)) for offer in book.offers]
            parts += [element("circle", cx=px, cy=py, r=2.5, class_=f"point {tone}") for px, py in places]
    return picture(_WIDTH, _HEIGHT, description, parts)


def _clock(first: datetime, last: datetime, x: Scale) -> list[Markup]:
    hours = (last - first).total_seconds() / 3600
    step = next((each for each in (1, 2, 3, 6, 12, 24, 48, 96) if hours / each <= 7), 168)
    at = first.astimezone(EASTERN).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while at.hour % min(step, 24):
        at += timedelta(hours=1)
    parts = []
    while at <= last:
        place = x(at.astimezone(UTC).timestamp())
        parts.append(line(place, _HEIGHT - _BOTTOM, place, _HEIGHT - _BOTTOM + 4, "axis"))
        label = at.strftime("%b %-d") if at.hour == 0 or step >= 24 else at.strftime("%H:%M")
        parts.append(text(place, _HEIGHT - 8, label, anchor="middle"))
        at += timedelta(hours=step)
    return parts
