"""One measured figure beside the plain limit, and the table of them.

Belongs here: the figure, its ratio and verdict, rendering as a table or as JSON, timing by medians.
Not here: what is measured (the other files here).
"""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """What we do, what the machine can do at most, and their ratio.

    `ours` and `limit` are in `unit`. `ratio` is ours / limit. `bar` and `aim` are goals for the ratio, or for `ours`
    where there is no limit; `more_is_better` names the better direction. Without a bar, the figure only informs.
    """

    bench: str
    name: str
    unit: str
    ours: float
    limit: float | None = None
    limit_name: str = ""
    bar: float | None = None
    aim: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours as a multiple of the limit."""
        return None if self.limit is None or self.limit == 0 else self.ours / self.limit

    @property
    def measured(self) -> float:
        """The number that bar and aim speak of."""
        return self.ours if self.ratio is None else self.ratio

    @property
    def verdict(self) -> str:
        """aim, bar or short; empty where there is no goal."""
        if self.bar is None:
            return ""
        if self.aim is not None and self._reaches(self.aim):
            return "aim"
        return "bar" if self._reaches(self.bar) else "short"

    def _reaches(self, goal: float) -> bool:
        return self.measured >= goal if self.more_is_better else self.measured <= goal


def print_figures(figures: list[Figure], console: Console) -> None:
    """One table a benchmark, a figure a line."""
    for bench in dict.fromkeys(figure.bench for figure in figures):
        table = Table(title=bench, title_justify="left", header_style="bold")
        for name in ("figure", "ours", "plain limit", "ratio", "bar", "aim", "reaches"):
            table.add_column(name, justify="left" if name in {"figure", "reaches"} else "right", overflow="fold")
        for figure in figures:
            if figure.bench == bench:
                table.add_row(*_cells(figure))
        console.print(table)


def as_json(figures: list[Figure], about: dict[str, object]) -> str:
    """The same as JSON, with ratio and verdict, and the machine."""
    rows = [asdict(figure) | {"ratio": figure.ratio, "reaches": figure.verdict} for figure in figures]
    return json.dumps({"about": about, "figures": rows}, indent=1)


def _cells(figure: Figure) -> list[str]:
    sign = "≥ " if figure.more_is_better else "≤ "
    return [
        figure.name + (f"\n[dim]{figure.note}[/dim]" if figure.note else ""),
        f"{_number(figure.ours)} {figure.unit}",
        "" if figure.limit is None else f"{_number(figure.limit)} {figure.unit}\n[dim]{figure.limit_name}[/dim]",
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        "" if figure.bar is None else sign + f"{figure.bar:g}",
        "" if figure.aim is None else sign + f"{figure.aim:g}",
        figure.verdict,
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def seconds_of(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_seconds(work: Callable[[], object], times: int = 5, *, warm: bool = True) -> float:
    """Median wall seconds of several calls, after one that does not count."""
    if warm:
        work()
    return statistics.median(seconds_of(work) for _ in range(times))


def side_by_side(ours: Callable[[], object], limit: Callable[[], object], times: int = 4) -> tuple[float, float]:
    """Medians of both, after one of each that does not count, in turns of A, B, B, A: load slows both alike."""
    ours(), limit()
    first, second = [], []
    for turn in range(times):
        if turn % 2 == 0:
            first.append(seconds_of(ours))
            second.append(seconds_of(limit))
        else:
            second.append(seconds_of(limit))
            first.append(seconds_of(ours))
    return statistics.median(first), statistics.median(second)
