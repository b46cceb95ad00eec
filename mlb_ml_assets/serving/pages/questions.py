"""What a person typed into a form, as values or as words about what is wrong.

Belongs here: bankroll, day and price fields of the pages.
Not here: API fields (pydantic does those): a page shows what it can and says what it could not read.
"""

from dataclasses import dataclass
from datetime import date

from mlb_ml_assets.serving.problems import Problem
from mlb_ml_assets.serving.services import check_date

DEFAULT_BANKROLL = 1000.0
_LARGEST_BANKROLL = 1e9


@dataclass(frozen=True)
class Bankroll:
    """An amount, as typed, and what is wrong with it."""

    amount: float
    typed: str
    complaint: str = ""


def read_bankroll(text: str | None) -> Bankroll:
    """A bankroll from a form: "1,000", "$2500.50"; the default where it is missing or cannot be read."""
    typed = (text or "").strip()[:20]
    if not typed:
        return Bankroll(DEFAULT_BANKROLL, f"{DEFAULT_BANKROLL:g}")
    plain = typed.replace(",", "").replace("$", "").replace(" ", "")
    digits = plain.replace(".", "", 1)
    amount = float(plain) if digits.isascii() and digits.isdigit() else 0.0
    if not 0 < amount <= _LARGEST_BANKROLL:
        complaint = (
            f"A bankroll is an amount above 0, at most {_LARGEST_BANKROLL:,.0f}; shown for {DEFAULT_BANKROLL:g}."
        )
        return Bankroll(DEFAULT_BANKROLL, typed, complaint)
    return Bankroll(amount, f"{amount:g}" if amount < 1e6 else f"{amount:.0f}")


def read_day(text: str | None) -> date | None:
    """A day from the address, None where none is given.

    Raises:
        Problem: 422 for a text that is no day.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Problem(422, "invalid-request", f"date: {text[:20]!r} is no day; write it as 2024-04-12") from None
    return check_date(day, "query.date")


def read_stage(text: str | None) -> str | None:
    """A stage from the address, None where none is given.

    Raises:
        Problem: 422 for a text that is no stage.
    """
    if not text:
        return None
    if text not in {"open", "lineup"}:
        raise Problem(422, "invalid-request", f"stage: {text[:20]!r} is neither open nor lineup")
    return text


def read_american(text: str | None) -> tuple[int | None, str]:
    """American odds from a form, and what is wrong with them."""
    typed = (text or "").strip().replace("−", "-").replace(" ", "")[:8]
    if not typed:
        return None, ""
    digits = typed.removeprefix("+").removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or int(digits) < 100:
        return None, f"{typed!r} is no American price: +150, −110."
    return int(typed), ""
