"""Form fields of the pages: the value, or the error to show.

Belongs here: bankroll, day, stage and price.
Not here: API fields (pydantic validates those). A page shows what it can beside the error.
"""

from dataclasses import dataclass
from datetime import date

from mlb_ml_assets.domain.models import STAGES
from mlb_ml_assets.serving.problems import Problem
from mlb_ml_assets.serving.services import check_date
from mlb_ml_assets.warehouse.settings import LARGEST_BANKROLL
from mlb_ml_assets.warehouse.settings import read_bankroll as read_default_bankroll


@dataclass(frozen=True)
class Bankroll:
    """An amount, the text typed, and the error in it."""

    amount: float
    typed: str
    error: str = ""


def read_bankroll(text: str | None) -> Bankroll:
    """A bankroll from a form: "1,000", "$2500.50"; the default if it is missing or invalid."""
    typed = (text or "").strip()[:20]
    if not typed:
        return _as_typed(read_default_bankroll())
    plain = typed.replace(",", "").replace("$", "").replace(" ", "")
    digits = plain.replace(".", "", 1)
    amount = float(plain) if digits.isascii() and digits.isdigit() else 0.0
    if not 0 < amount <= LARGEST_BANKROLL:
        default = read_default_bankroll()
        error = f"Enter a bankroll above 0, at most {LARGEST_BANKROLL:,.0f}. Shown for {default:g}."
        return Bankroll(default, typed, error)
    return _as_typed(amount)


def _as_typed(amount: float) -> Bankroll:
    return Bankroll(amount, f"{amount:g}" if amount < 1e6 else f"{amount:.0f}")


def read_day(text: str | None) -> date | None:
    """A day from the address, or None.

    Raises:
        Problem: 422 for anything but a day.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Problem(
            422, "invalid-request", f"date: {text[:20]!r} is not a day; use YYYY-MM-DD, as in 2024-04-12"
        ) from None
    return check_date(day, "query.date")


def read_stage(text: str | None) -> str | None:
    """A stage from the address, or None.

    Raises:
        Problem: 422 for anything but a stage.
    """
    if not text:
        return None
    if text not in STAGES:
        raise Problem(422, "invalid-request", f"stage: {text[:20]!r} is not a stage; use {' or '.join(STAGES)}")
    return text


def read_american(text: str | None) -> tuple[int | None, str]:
    """American odds from a form, and the error in them."""
    typed = (text or "").strip().replace("−", "-").replace(" ", "")[:8]
    if not typed:
        return None, ""
    digits = typed.removeprefix("+").removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or int(digits) < 100:
        return None, f"{typed!r} is not an American price; use one like +150 or −110."
    return int(typed), ""
