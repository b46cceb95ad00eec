"""The equity lines as a picture.

Belongs here: drawing what bankroll.py computed.
Not here: compute anything.
"""

from io import BytesIO

import pandas as pd


def equity_picture(lines: pd.DataFrame, title: str) -> bytes:
    """PNG of equity lines on a logarithmic scale; compounding lines drawn full, flat and placebo dashed.

    Args:
        lines: as `equity_lines`.
        title: what was played back, with its years.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    axes = figure.add_subplot()
    for name in lines.columns:
        fixed = name in ("flat", "placebo")
        axes.plot(
            lines.index, lines[name].clip(lower=1e-3), label=name, linestyle="--" if fixed else "-", linewidth=1.2
        )
    axes.axhline(1, color="grey", linewidth=0.6)
    axes.set_yscale("log")
    axes.set_ylabel("bankroll (start = 1)")
    axes.set_title(title)
    axes.legend(fontsize="small")
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
