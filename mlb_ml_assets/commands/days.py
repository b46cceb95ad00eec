"""Days and months as they are typed on the command line.

Belongs here: reading one, and the order of two days.
Not here: ranges of days and time zones (domain/days.py, domain/clock.py).
"""

from datetime import date
from typing import Any

import typer


def day_option(name: str, description: str | None = None) -> Any:
    """The option of a day."""
    return typer.Option(name, parser=parse_day, metavar="DAY", help=description)


def parse_day(text: str) -> date:
    """An official date, typed as YYYY-MM-DD.

    Raises:
        BadParameter: not a day of the calendar.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day: type one such as 2018-07-01") from None


def parse_month(text: str) -> date:
    """The first day of a month, typed as YYYY-MM.

    Raises:
        BadParameter: not a month of the calendar.
    """
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a month: type one such as 2019-04") from None


def check_order(first: date | None, last: date | None) -> None:
    """
    Raises:
        BadParameter: the range ends before it begins.
    """  # noqa: D212
    if first is not None and last is not None and last < first:
        raise typer.BadParameter(f"{last} is before --from {first}", param_hint="'--to'")
