"""Scales, axes and elements that all charts share.

Belongs here: SVG text from numbers, escaped; ticks at round numbers.
Not here: any one picture.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape


@dataclass(frozen=True)
class Scale:
    """A linear map from values to pixels; `to` may run backwards, as y does."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value, clamped to the ends."""
        span = self.high - self.low
        share = 0.5 if span == 0 else (value - self.low) / span
        return round(self.start + min(max(share, 0.0), 1.0) * (self.end - self.start), 2)


def element(name: str, content: str | Markup = "", **attributes: object) -> Markup:
    """One element; `class_` is class, other underscores become hyphens, None is left out."""
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is not None:
            parts.append(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"')
    inner = escape(content)
    parts.append(f">{inner}</{name}>" if inner else "/>")
    return Markup("".join(parts))  # nosec B704  # noqa: S704 (every part is escaped above)


def picture(width: int, height: int, title: str, content: Iterable[Markup], class_: str = "chart") -> Markup:
    """A chart with its text alternative."""
    inner = Markup().join([element("title", title), *content])
    return element(
        "svg", inner, viewBox=f"0 0 {width} {height}", class_=class_, role="img", aria_label=title,
        preserveAspectRatio="xMidYMid meet",
    )  # fmt: skip


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def text(x: float, y: float, content: str, class_: str = "label", anchor: str = "start") -> Markup:
    """A text at a position."""
    return element("text", content, x=x, y=y, class_=class_, text_anchor=anchor)


def path(points: Sequence[tuple[float, float]], class_: str, *, stepped: bool = False, closed: bool = False) -> Markup:
    """A line through points; stepped holds each height until the next x."""
    if not points:
        return Markup()
    commands = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for x, y in points[1:]:
        commands.append(f"H{x:g}V{y:g}" if stepped else f"L{x:g} {y:g}")
    return element("path", d="".join(commands) + ("Z" if closed else ""), class_=class_)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """About `about` round numbers inside [low, high]."""
    if not high > low:
        return [low]
    raw = (high - low) / about
    size = 10 ** floor(log10(raw))
    step = next(size * each for each in (1, 2, 2.5, 5, 10) if size * each >= raw)
    first = ceil(low / step - 1e-9)
    return [round(position * step, 10) for position in range(first, floor(high / step + 1e-9) + 1)]


def percent(value: float, digits: int = 0) -> str:
    """A share as text."""
    return f"{100 * value:.{digits}f}%"
