"""The recommended and settled bets below a backtest's verdict: by market, season and threshold.

Belongs here: reading settled recommendations of a range, printing their results, the equity picture.
Not here: the tables' arithmetic (evaluation/bets.py, evaluation/bankroll.py).
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
from rich.console import Console
from rich.table import Table

from mlb_ml_assets.commands.printing import format_percent
from mlb_ml_assets.domain.markets import MONEYLINE
from mlb_ml_assets.domain.models import GAME_MODEL, OPEN
from mlb_ml_assets.evaluation.bankroll import drawdown, equity_lines
from mlb_ml_assets.evaluation.bets import (
    placebo_sides,
    profit_on_closing_line_value,
    results_by_threshold,
    settled_sides,
)
from mlb_ml_assets.evaluation.pictures import equity_picture
from mlb_ml_assets.pricing.odds import american_to_decimal
from mlb_ml_assets.warehouse.settlement import read_evaluation_rows

_COLUMNS = ("bets", "claimed", "roi", "roi_se", "clv", "clv_se", "beat_close", "drawdown")


def print_settled_bets(
    connection: psycopg.Connection[Any], first: date, last: date, console: Console, picture: Path | None
) -> None:
    """Flat-stake results of the open stage by threshold, the CLV-profit line, and the real stakes' equity.

    Archive prices are one pseudo-book with assumed stamps: the tables say that their CLV is an archive's.
    """
    rows = read_evaluation_rows(connection, first, last + timedelta(days=1))
    rows = rows[rows["model_name"] == GAME_MODEL.name_of(OPEN)]
    if rows.empty or not rows["result"].notna().any():
        console.print(f"No settled recommendations in this range. Next: mlb-ml run --from {first} --to {last}")
        return
    rows = rows.assign(
        season=rows["game_date"].dt.year, decimal_odds=american_to_decimal(rows["odds"].to_numpy(dtype=float))
    )
    sides = settled_sides(rows)
    for by, title in (((), "all"), (("market_type", "season"), "by market and season")):
        console.print(
            _table(results_by_threshold(sides, by), by, f"Settled at the opening price, {title} (flat stakes)")
        )
    line = profit_on_closing_line_value(
        sides[sides["market_type"] == MONEYLINE.key].dropna(subset=["clv_expected_value"])
    )
    console.print(
        f"Moneyline return on CLV, {line.n:,} sides: slope {line.slope:.3f} ± {line.slope_se:.3f}, "
        f"intercept {line.intercept:+.4f} ± {line.intercept_se:.4f}"
    )
    bets = sides[sides["stake"] > 0]
    if bets.empty:
        return
    lines = equity_lines(bets, settled_sides(placebo_sides(rows)))
    for name in lines:
        fall = drawdown(lines[name])
        console.print(
            f"  {name}: bankroll x {lines[name].iloc[-1]:.2f}, max drawdown {fall.share:.0%}, "
            f"{fall.days_under_water} days under water"
        )
    if picture is not None:
        picture.write_bytes(equity_picture(lines, f"Bets at the opening price, {first} to {last}"))


def _table(results: pd.DataFrame, by: tuple[str, ...], title: str) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold", caption="archive prices with assumed stamps")
    for name in (*by, "EV from", *_COLUMNS):
        table.add_column(name.replace("_", " "), justify="left" if name == "market_type" else "right")
    threshold = next(name for name in results.columns if name not in {*by, *_COLUMNS})
    for row in results.to_dict("records"):
        numbers = [f"{row['bets']:,}", *(format_percent(row[name]) for name in _COLUMNS[1:])]
        table.add_row(*(str(row[name]) for name in by), f"{row[threshold]:.0%}", *numbers)
    return table
