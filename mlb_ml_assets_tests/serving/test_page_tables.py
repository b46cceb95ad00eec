"""Tables of the pages in a real browser: sort, filter, export.

Belongs here: what a person does with a table.
Not here: which rows it has (test_page.py). Skips where Chromium is not installed.
"""

import csv
import io

import pytest

from mlb_ml_assets_tests.serving.browser import missing
from mlb_ml_assets_tests.serving.slate_rows import DAY

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"no browser here: {missing()}")

SORT = "document.querySelector(`th[data-term='${arguments[0]}'] button`).click()"
# The page hands the file to the browser; here its bytes are read instead.
EXPORT = """
    const done = arguments[0];
    URL.createObjectURL = (blob) => { blob.text().then(done); return '#'; };
    document.querySelector('.tools .quiet').click()"""


def _games(window) -> list[str]:
    return window.run("return [...document.querySelectorAll('tbody.game')].filter(g => !g.hidden).map(g => g.id)")


def _export(window) -> list[dict[str, str]]:
    text = window.run_async(EXPORT)
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_games_sort_by_a_column_and_keep_their_markets(window, running):
    """Rows sorted one by one separate a market from its game."""
    window.open(f"{running.address}/?date={DAY}")
    by_start = _games(window)
    window.run(SORT, "final")
    assert window.run("return document.querySelector('th[data-term=final]').getAttribute('aria-sort')") == "descending"
    best = """
        const finals = (game) => [...game.querySelectorAll('td.final')].map((cell) => parseFloat(cell.textContent));
        return [...document.querySelectorAll('tbody.game')].map((game) => Math.max(...finals(game))).slice(0, 2)"""
    values = window.run(best)
    assert values == sorted(values, reverse=True)
    assert _games(window)[-1] == by_start[2], "a game without a prediction is not last"
    window.run(SORT, "final")
    assert _games(window)[-1] == by_start[2], "an unknown value is the smallest"
    window.run(SORT, "game")
    assert _games(window) == by_start
    assert window.run("return document.querySelectorAll('tbody.game tr').length") == 3 + 3 + 1
    assert not window.errors()


def test_a_filter_keeps_whole_games(window, running):
    """A game whose first row is hidden loses its name, which spans its rows."""
    typing = """
        const input = document.querySelector('.tools input');
        input.value = arguments[0];
        input.dispatchEvent(new Event('input'))"""
    window.open(f"{running.address}/?date={DAY}")
    every = _games(window)
    window.run(typing, "bal phi")
    assert _games(window) == every[:1]
    assert len(_export(window)) == 3
    window.run(typing, "nobody")
    assert _games(window) == []
    window.run(typing, "")
    assert _games(window) == every


def test_the_export_has_numbers_units_and_each_rows_game(window, running):
    """Percent signs and typographic minus signs are text to every spreadsheet."""
    window.open(f"{running.address}/?date={DAY}")
    rows = _export(window)
    assert len(rows) == 3 + 3 + 1
    assert [row["Game"] for row in rows[:3]] == [f"PHI @ BAL, {DAY}"] * 3
    assert rows[0]["Final (percent)"] == window.text("tr.bet .final").rstrip("%")
    assert float(rows[0]["EV (percent)"])
    assert "Movement" not in rows[0]
    assert rows[-1]["Final (percent)"] == ""


def test_a_name_from_outside_is_no_formula(window, running):
    """A book named =HYPERLINK(...) would run in the spreadsheet of whoever opens the export."""
    window.open(f"{running.address}/?date={DAY}")
    window.run("document.querySelector('.who').dataset.csv = '=1+1, \"quoted\"'")
    assert _export(window)[0]["Game"] == '\'=1+1, "quoted"'
