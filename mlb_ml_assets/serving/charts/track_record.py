"""Charts of the performance of forecasts and bets.

Belongs here: reliability, paired differences by season, the bankroll, closing line value by season.
Not here: the numbers (track_record.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from mlb_ml_assets.serving.charts.svg import Scale, element, line, path, percent, picture, text, ticks
from mlb_ml_assets.serving.performance_answers import BettingDay, CalibrationBin

_STANDARD_ERRORS = 1.96


@dataclass(frozen=True)
class Difference:
    """One estimate with its standard error, named by its season."""

    name: str
    value: float
    error: float | None


def reliability(bins: Sequence[CalibrationBin]) -> Markup:
    """Observed share over predicted probability; the diagonal is perfect. Larger points have more games."""
    if not bins:
        return Markup()
    size, left, bottom = 360, 40, 32
    used = [each.mean_probability for each in bins] + [each.share_true for each in bins if each.games >= 30]
    low, high = min(0.3, *used) - 0.02, max(0.7, *used) + 0.02
    x, y = Scale(low, high, left, size - 10), Scale(low, high, size - bottom, 10)
    parts = [line(x(low), y(low), x(high), y(high), "rule")]
    for value in ticks(low, high, 5):
        parts += [
            line(left, y(value), size - 10, y(value), "grid"),
            text(left - 6, y(value) + 4, percent(value), anchor="end"),
        ]
        parts.append(text(x(value), size - bottom + 16, percent(value), anchor="middle"))
    most = max(each.games for each in bins)
    for forecaster in ("close", "final"):
        for each in bins:
            # The observed share of a few games may lie outside; at the edge it would be drawn wrong.
            if each.forecaster != forecaster or not low <= each.share_true <= high:
                continue
            error = _STANDARD_ERRORS * (max(each.share_true * (1 - each.share_true), 0.01) / each.games) ** 0.5
            place = x(each.mean_probability) + (-2 if forecaster == "close" else 2)
            tip = (
                f"{forecaster}: predicted {percent(each.mean_probability, 1)}, observed {percent(each.share_true, 1)} "
                f"of {each.games} games"
            )
            parts.append(
                line(place, y(each.share_true - error), place, y(each.share_true + error), f"whisker {forecaster}")
            )
            parts.append(
                element(
                    "circle",
                    element("title", tip),
                    cx=place,
                    cy=y(each.share_true),
                    r=round(2.5 + 5.5 * (each.games / most) ** 0.5, 2),
                    class_=f"dot {forecaster}",
                )
            )
    parts.append(text(size - 10, size - 3, "predicted →", anchor="end"))
    parts.append(text(left + 6, 18, "↑ observed", "label strong"))
    return picture(
        size, size, "Reliability: observed share against predicted probability", parts, class_="chart square"
    )


def forest(
    series: Mapping[str, Sequence[Difference]], description: str, unit: float, *, better_is_negative: bool
) -> Markup:
    """Estimates with 95% intervals, one row per season, one color per series; 0 is the market.

    Args:
        series: by name, in the order of their colors.
        description: text alternative.
        unit: one unit of the axis, e.g. .001 for thousandths.
        better_is_negative: whether values below 0 beat the market.
    """
    seasons = sorted({each.name for part in series.values() for each in part})
    if not seasons:
        return Markup()
    ends = [
        each.value + sign * _STANDARD_ERRORS * (each.error or 0.0)
        for part in series.values()
        for each in part
        for sign in (-1, 1)
    ]
    low, high = min(0.0, *ends) / unit, max(0.0, *ends) / unit
    pad = (high - low) * 0.06 or 1.0
    row, left, width = 14 + 9 * len(series), 48, 560
    bottom = 12 + row * len(seasons)
    x = Scale(low - pad, high + pad, left, width - 12)
    parts = [line(x(0), 8, x(0), bottom, "axis")]
    for value in ticks(low - pad, high + pad, 6):
        parts += [
            line(x(value), 8, x(value), bottom, "grid"),
            text(x(value), bottom + 16, f"{value:g}", anchor="middle"),
        ]
    for position, (name, part) in enumerate(series.items()):
        for each in part:
            y = 12 + row * seasons.index(each.name) + 9 + 9 * position
            error = _STANDARD_ERRORS * (each.error or 0.0)
            tip = element("title", f"{name} {each.name}: {each.value / unit:+.2f} ± {error / unit:.2f}")
            parts.append(
                line(x((each.value - error) / unit), y, x((each.value + error) / unit), y, f"whisker tone-{position}")
            )
            parts.append(element("circle", tip, cx=x(each.value / unit), cy=y, r=4, class_=f"dot tone-{position}"))
    for place, season in enumerate(seasons):
        parts.append(text(left - 8, 12 + row * place + row / 2 + 4, season, anchor="end"))
    better = "← better than the close" if better_is_negative else "better →"
    parts.append(
        text(
            left if better_is_negative else width - 12,
            bottom + 32,
            better,
            "label strong",
            "start" if better_is_negative else "end",
        )
    )
    return picture(width, bottom + 40, description, parts)


def bankroll_curve(stages: Mapping[str, Sequence[BettingDay]]) -> Markup:
    """The bankroll after each day, from 1; one color per stage."""
    days = [day for part in stages.values() for day in part]
    if not days:
        return Markup()
    width, height, left, bottom = 560, 300, 44, 26
    first, last = min(day.date for day in days), max(day.date for day in days)
    values = [1.0, *(day.bankroll for day in days)]
    margin = max((max(values) - min(values)) * 0.06, 0.01)
    x = Scale(first.toordinal() - 1, max(last.toordinal(), first.toordinal() + 1), left, width - 12)
    y = Scale(max(min(values) - margin, 0.0), max(values) + margin, height - bottom, 10)
    parts = []
    for value in ticks(max(min(values) - margin, 0.0), max(values) + margin, 5):
        parts += [
            line(left, y(value), width - 12, y(value), "grid"),
            text(left - 7, y(value) + 4, f"{value:.4g}", anchor="end"),
        ]
    parts.append(line(left, y(1.0), width - 12, y(1.0), "rule"))
    parts += _calendar(first, last, x, height - bottom)
    for position, (stage, part) in enumerate(stages.items()):
        drawn = [(x(first.toordinal() - 1), y(1.0)), *((x(day.date.toordinal()), y(day.bankroll)) for day in part)]
        parts.append(element("g", Markup().join([element("title", stage), path(drawn, f"trace tone-{position}")])))
    return picture(width, height, "Bankroll after each day of bets, from 1", parts)


def _calendar(first: date, last: date, x: Scale, bottom: float) -> list[Markup]:
    years = last.year - first.year
    if years >= 2:
        marks = [(date(year, 1, 1), str(year)) for year in range(first.year + 1, last.year + 1)]
    else:
        months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
        marks = [(each, each.strftime("%b")) for each in months if first <= each <= last]
        marks = marks[:: 1 + len(marks) // 9]
    return [
        part
        for each, name in marks
        for part in (
            line(x(each.toordinal()), bottom, x(each.toordinal()), bottom + 4, "axis"),
            text(x(each.toordinal()), bottom + 17, name, anchor="middle"),
        )
    ]
