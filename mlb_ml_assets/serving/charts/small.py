"""Charts in a table cell: movement of a line, three probabilities side by side.

Belongs here: sparklines and probability strips.
Not here: full-size charts.
"""

from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from mlb_ml_assets.serving.charts.svg import Scale, element, line, path, percent, picture

_WIDTH, _HEIGHT = 96, 26
_STRIP_WIDTH, _STRIP_HEIGHT = 132, 22
# Two of a hundred games are priced outside; they are drawn at the edge.
_STRIP_RANGE = (0.20, 0.80)


# Of a slate that is drawn anew for one game the pictures of the others are kept.
@lru_cache(maxsize=512)
def sparkline(points: tuple[tuple[datetime, float], ...], description: str, min_span: float) -> Markup:
    """Movement of a line from its first quote to its last; empty with fewer than two.

    Args:
        points: instant and value, in order.
        description: text alternative.
        min_span: smallest vertical range, so that small movements look flat.
    """
    if len(points) < 2:
        return Markup()
    values = [value for _, value in points]
    middle = (max(values) + min(values)) / 2
    half = max((max(values) - min(values)) / 2, min_span / 2)
    x = Scale(points[0][0].timestamp(), points[-1][0].timestamp(), 3, _WIDTH - 5)
    y = Scale(middle - half, middle + half, _HEIGHT - 4, 4)
    drawn = [(x(at.timestamp()), y(value)) for at, value in points]
    moved = values[-1] - values[0]
    direction = "flat" if abs(moved) < min_span / 20 else ("up" if moved > 0 else "down")
    return picture(
        _WIDTH,
        _HEIGHT,
        description,
        [
            line(3, drawn[0][1], _WIDTH - 5, drawn[0][1], "rule"),
            path(drawn, "trace", stepped=len(drawn) > 2),
            element("circle", cx=drawn[-1][0], cy=drawn[-1][1], r=2.6, class_="end"),
        ],
        class_=f"spark {direction}",
    )


@lru_cache(maxsize=512)
def probability_strip(
    final: float,
    market: float | None,
    model: float | None,
    interval: tuple[float | None, float | None] = (None, None),
) -> Markup:
    """Market (bar), model (ring) and final (dot) on a scale from 20% to 80%."""
    x = Scale(*_STRIP_RANGE, 6, _STRIP_WIDTH - 6)
    middle = _STRIP_HEIGHT / 2
    parts = [line(6, middle, _STRIP_WIDTH - 6, middle, "rule"), line(x(0.5), middle - 4, x(0.5), middle + 4, "rule")]
    low, high = interval
    if low is not None and high is not None and high > low:
        parts.append(
            element("rect", x=x(low), y=middle - 3, width=round(x(high) - x(low), 2), height=6, rx=3, class_="band")
        )
    parts_in_words = [f"final {percent(final, 1)}"]
    if market is not None:
        parts.append(line(x(market), middle - 8, x(market), middle + 8, "market"))
        parts_in_words.append(f"market {percent(market, 1)}")
    if model is not None:
        parts.append(element("circle", cx=x(model), cy=middle, r=4.2, class_="model"))
        parts_in_words.append(f"model {percent(model, 1)}")
    parts.append(element("circle", cx=x(final), cy=middle, r=4.2, class_="final"))
    return picture(_STRIP_WIDTH, _STRIP_HEIGHT, ", ".join(parts_in_words), parts, class_="strip")
