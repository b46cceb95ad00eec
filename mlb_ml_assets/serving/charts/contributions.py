"""The chart of contributions: what each feature added to a prediction.

Belongs here: bars to both sides of nothing.
Not here: the terms (modeling/explanation.py).
"""

from collections.abc import Sequence

from markupsafe import Markup

from mlb_ml_assets.serving.charts.svg import Scale, element, line, picture, text

_ROW = 24
_WIDTH, _NAMES = 560, 210


def contribution_bars(
    terms: Sequence[tuple[str, float]], description: str, left_word: str, right_word: str, digits: int
) -> Markup:
    """Terms as bars: to the right what raises, to the left what lowers, with this many digits; empty without terms."""
    if not terms:
        return Markup()
    most = max(abs(value) for _, value in terms) or 1.0
    # A third beside the longest bar is for its number, in the larger type of a phone too.
    x = Scale(-most * 1.45, most * 1.45, _NAMES, _WIDTH - 6)
    height = 26 + _ROW * len(terms)
    parts = [
        text(x(0) - 8, 14, f"← {left_word}", anchor="end"),
        text(x(0) + 8, 14, f"{right_word} →"),
        line(x(0), 20, x(0), height, "axis"),
    ]
    for position, (name, value) in enumerate(terms):
        y = 26 + _ROW * position
        start, end = sorted((x(0), x(value)))
        parts.append(text(_NAMES - 12, y + 13, name, anchor="end"))
        parts.append(
            element(
                "rect",
                x=start,
                y=y + 3,
                width=max(round(end - start, 2), 1),
                height=_ROW - 10,
                rx=3,
                class_="column first" if value >= 0 else "column second",
            )
        )
        place, anchor = (end + 5, "start") if value >= 0 else (start - 5, "end")
        parts.append(text(place, y + 14, f"{value:+.{digits}f}".replace("-", "−"), "label number", anchor))
    return picture(_WIDTH, height, description, parts)
