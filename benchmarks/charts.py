"""Pictures of the results of `python -m benchmarks --json`: growth with size, and ours beside other libraries.

Belongs here: reading kept answers, two small PNG files. `python -m benchmarks.charts FOLDER ANSWER.json...`
Not here: measuring.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

# Lines of the first picture: how the name of a figure begins, and how the line is called.
_GROWING = (
    ("a day's metrics of every book and side", "metrics of a day"),
    ("a day's prices at its decisions", "prices at a day's decisions"),
    ("a day's open, lineup and closing lines", "market lines of a day"),
    ("a poll", "poll of 5,000 new quotes"),
)
_OURS, _THEIRS, _INK = "#2b6cb0", "#a0aec0", "#2d3748"


def draw(folder: Path, answers: list[Path]) -> list[Path]:
    """Write growth.png and others.png from the figures that the answers hold; a picture without figures is left out.

    Args:
        folder: created if absent.
        answers: files of `mlb-ml bench --json`, of any scales.
    """
    results = [json.loads(path.read_text(encoding="utf-8")) for path in answers]
    folder.mkdir(parents=True, exist_ok=True)
    return [path for path in (_growth(folder, results), _others(folder, results)) if path is not None]


def _growth(folder: Path, results: list[dict[str, Any]]) -> Path | None:
    lines: dict[str, dict[float, float]] = defaultdict(dict)
    for answer in results:
        rows = answer["about"].get("odds_rows", 0) / 1e6
        for figure in answer["figures"]:
            for begins, called in _GROWING:
                if figure["name"].startswith(begins) and figure["unit"] == "ms":
                    lines[called][rows] = figure["ours"]
    if not lines:
        return None
    figure, axes = _axes(6.4, 3.6)
    for called, points in lines.items():
        axes.plot(sorted(points), [points[rows] for rows in sorted(points)], marker="o", label=called)
    axes.set(xscale="log", xlabel="million odds rows", ylabel="milliseconds", title="A day's work as the tables grow")
    sizes = sorted({rows for points in lines.values() for rows in points})
    axes.set_xticks(sizes, [f"{rows:.0f}" for rows in sizes])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8)
    return _saved(figure, folder / "growth.png")


def _others(folder: Path, results: list[dict[str, Any]]) -> Path | None:
    rows = [figure for answer in results for figure in answer["figures"] if figure["bench"] == "others"]
    if not rows:
        return None
    figure, axes = _axes(7.2, 0.9 + 0.3 * len(rows))
    places = range(len(rows))[::-1]
    times = [row["limit"] / row["ours"] for row in rows]
    axes.barh(places, times, color=[_OURS if ratio >= 1 else _THEIRS for ratio in times])
    axes.axvline(1, color=_INK, linewidth=1)
    axes.set_yticks(places, [f"{row['name']}\n{row['limit_name']}" for row in rows], fontsize=6)
    axes.set(
        xscale="log",
        xlabel="their time / ours (right of the line: ours is faster)",
        title="The same answers, beside others",
    )
    for place, ratio in zip(places, times, strict=True):
        axes.annotate(f" {ratio:.1f}", (ratio, place), va="center", fontsize=7, color=_INK)
    return _saved(figure, folder / "others.png")


def _axes(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    return figure, axes


def _saved(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=110)
    return path


if __name__ == "__main__":
    print(*draw(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]), sep="\n")
