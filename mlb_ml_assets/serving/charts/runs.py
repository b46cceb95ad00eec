"""Charts of the joint distribution of runs.

Belongs here: the map of final scores, the total and the margin as columns.
Not here: the distribution itself (modeling/run_distribution.py).
"""

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from mlb_ml_assets.serving.charts.svg import Scale, element, line, percent, picture, text

Floats = NDArray[np.float64]
_SHOWN = 13
_CELL = 24
_LEVELS = 9
_COLUMN_HEIGHT = 160


def score_map(runs: Floats, home: str, away: str) -> Markup:
    """Probability of every final score up to 12 runs a side: home upwards, away to the right."""
    part = runs[:_SHOWN, :_SHOWN]
    top = float(part.max())
    left, top_edge, bottom = 30, 22, 30
    size = left + _SHOWN * _CELL + 6
    parts = []
    for home_runs in range(_SHOWN):
        for away_runs in range(_SHOWN):
            share = float(part[home_runs, away_runs])
            level = round(_LEVELS * (share / top) ** 0.7) if top else 0
            if level == 0:
                continue
            side = "home" if home_runs > away_runs else "away"
            cell = element(
                "rect",
                element("title", f"{away} {away_runs}, {home} {home_runs}: {percent(share, 1)}"),
                x=left + away_runs * _CELL + 1,
                y=top_edge + (_SHOWN - 1 - home_runs) * _CELL + 1,
                width=_CELL - 2,
                height=_CELL - 2,
                rx=3,
                class_=f"{side} heat-{level}",
            )
            parts.append(cell)
    for value in range(0, _SHOWN, 2):
        parts.append(
            text(left + value * _CELL + _CELL / 2, top_edge + _SHOWN * _CELL + 14, str(value), anchor="middle")
        )
        parts.append(text(left - 8, top_edge + (_SHOWN - 1 - value) * _CELL + _CELL / 2 + 4, str(value), anchor="end"))
    parts.append(text(left + _SHOWN * _CELL, top_edge + _SHOWN * _CELL + 27, f"{away} runs →", anchor="end"))
    parts.append(text(left, 14, f"↑ {home} runs", "label"))
    description = f"Probability of each final score of {away} at {home}"
    return picture(size, top_edge + _SHOWN * _CELL + bottom, description, parts, class_="chart map")


def total_columns(total: Floats, line_value: float | None) -> Markup:
    """Probability of each total of runs; those over the line stand out."""
    shown = total[:23]
    classes = [
        "neutral" if line_value is None else "second" if k < line_value else "push" if k == line_value else "first"
        for k in range(len(shown))
    ]
    labels = [str(k) if k % 2 == 0 else "" for k in range(len(shown))]
    over = None if line_value is None else f"{line_value:g}"
    # A column is centered on its whole number: 9.5 lies between the columns of 9 and 10.
    mark = None if line_value is None else line_value + 0.5
    return _columns(shown, classes, labels, "Probability of each total of runs", over, mark)


def margin_columns(margin: Floats, home: str, away: str) -> Markup:
    """Probability of each margin, from an away win by eight to a home win by eight."""
    middle = len(margin) // 2
    reach = 8
    shown = margin[middle - reach : middle + reach + 1].copy()
    shown[0] += margin[: middle - reach].sum()
    shown[-1] += margin[middle + reach + 1 :].sum()
    values = range(-reach, reach + 1)
    classes = ["second" if value < 0 else "first" for value in values]
    labels = ["" if value == 0 else f"{abs(value)}{'+' if abs(value) == reach else ''}" for value in values]
    return _columns(shown, classes, labels, f"Probability of each margin: {away} on the left, {home} on the right")


def _columns(
    shares: Floats,
    classes: list[str],
    labels: list[str],
    description: str,
    marked: str | None = None,
    mark: float | None = None,
) -> Markup:
    width, left, top = 380, 6, 18
    step = (width - 2 * left) / len(shares)
    y = Scale(0, float(shares.max()) * 1.05 or 1.0, top + _COLUMN_HEIGHT, top)
    parts = [line(left, top + _COLUMN_HEIGHT, width - left, top + _COLUMN_HEIGHT, "axis")]
    for position, share in enumerate(shares):
        x = left + position * step
        height = round(top + _COLUMN_HEIGHT - y(float(share)), 2)
        if height > 0:
            tip = element("title", f"{labels[position] or position}: {percent(float(share), 1)}")
            parts.append(
                element(
                    "rect",
                    tip,
                    x=round(x + 1, 2),
                    y=y(float(share)),
                    width=round(step - 2, 2),
                    height=height,
                    rx=2,
                    class_=f"column {classes[position]}",
                )
            )
        if labels[position]:
            parts.append(text(round(x + step / 2, 2), top + _COLUMN_HEIGHT + 15, labels[position], anchor="middle"))
    if marked is not None and mark is not None:
        x = round(left + mark * step, 2)
        parts.append(line(x, 4, x, top + _COLUMN_HEIGHT, "mark"))
        parts.append(text(x + 5, 14, marked, "label strong"))
    return picture(width, top + _COLUMN_HEIGHT + 22, description, parts)
