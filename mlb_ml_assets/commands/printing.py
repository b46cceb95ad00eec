"""How commands print: the console and the format of numbers.

Belongs here: a console wide enough for a table without a terminal; signed numbers and percentages.
Not here: tables.
"""

import pandas as pd
from rich.console import Console

# A pipe has no width, and rich assumes 80 columns; a slate needs 136.
_PIPE_WIDTH = 136


def wide_console() -> Console:
    """The terminal at its own width; a pipe or a file as wide as the widest table."""
    console = Console()
    return console if console.is_terminal else Console(width=_PIPE_WIDTH)


def format_number(value: float | None, *, signed: bool = False) -> str:
    """Four decimals; empty for an unknown value."""
    return "" if value is None or pd.isna(value) else f"{value:{'+' if signed else ''}.4f}"


def format_percent(value: float | None) -> str:
    """A signed percentage with one decimal; empty for an unknown value."""
    return "" if value is None or pd.isna(value) else f"{value:+.1%}"
