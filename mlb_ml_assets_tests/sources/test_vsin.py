"""VSIN's pages, both layouts: columns by their labels, or nothing.

Belongs here: made-up pages with known answers; no recorded page has a header.
Not here: recordings (test_recorded_payloads.py).
"""

from datetime import UTC, date, datetime

import pytest

from mlb_ml_assets.sources import vsin
from mlb_ml_assets.sources.rows import PayloadShapeError

NOW = datetime(2026, 8, 12, 18, tzinfo=UTC)
NEW_HEAD = (
    "<thead><tr><th>MLB - Friday, April 3</th><th></th><th>Spread</th><th>{0}</th><th>{1}</th><th>Total</th>"
    "<th>{0}</th><th>{1}</th><th>Money</th><th>{0}</th><th>{1}</th></tr></thead>"
)


def team_row(code: str, team: str, cells: list[str], state: str = "") -> str:
    tds = "".join(f"<td><span>{cell}</span></td>" for cell in cells)
    return (
        f'<tr class="sp-row {state}"><td><button data-gamecode="{code}">x</button></td>'
        f'<td class="sp-cell-team"><a>{team}</a></td>{tds}</tr>'
    )


def new_page(head: str, code: str = "20260403MLB00018", state: str = "", first: str = "82%") -> bytes:
    away = ["-1.5", first, "80% ▲", "9.5", "88%", "76%", "-286", "83%", "89%"]
    home = ["+1.5", "18%", "20%", "9.5", "12%", "24%", "+229", "17%", "11%"]
    rows = team_row(code, "Los Angeles Dodgers", away, state) + team_row(code, "Washington Nationals", home, state)
    return f'<html><table class="sp-table">{head}<tbody>{rows}</tbody></table></html>'.encode()


SOURCE = "/betting-splits/?source=DK&view=today"


@pytest.mark.parametrize(
    ("labels", "money", "tickets"), [(("Handle", "Bets"), 82.0, 80.0), (("% Bets", "% Handle"), 80.0, 82.0)]
)
def test_vsin_columns_go_by_their_labels(labels, money, tickets):
    """Readers disagree about the order; only the header knows."""
    parsed = vsin.parse(new_page(NEW_HEAD.format(*labels)), NOW, SOURCE)
    spread = next(one for one in parsed.splits if one.market_type == "spread")
    assert (spread.money_away_or_under, spread.tickets_away_or_under) == (money, tickets)
    total = next(one for one in parsed.splits if one.market_type == "total")
    # The visitor's row carries over.
    assert {total.money_home_or_over, total.tickets_home_or_over} == {88.0, 76.0}
    assert {(one.side, one.odds) for one in parsed.quotes} == {("away", -286), ("home", 229)}
    (one,) = parsed.games
    assert (one.game_date, one.home_team, one.scheduled_start) == (date(2026, 4, 3), "Washington Nationals", None)


@pytest.mark.parametrize("head", ["", NEW_HEAD.format("", ""), NEW_HEAD.format("Handle", "Handle")])
def test_vsin_without_labels_is_refused(head):
    """A guess would be right half of the time."""
    with pytest.raises(PayloadShapeError, match="thead"):
        vsin.parse(new_page(head), NOW, SOURCE)


def test_vsin_numbers_of_a_game_that_has_begun_are_left_out():
    """They are of no known instant."""
    parsed = vsin.parse(new_page(NEW_HEAD.format("Handle", "Bets"), state="sp-game-final"), NOW, SOURCE)
    assert (parsed.splits, parsed.quotes, parsed.games[0].status) == ([], [], "final")


def test_vsin_other_leagues_are_left_out():
    """Basketball leaks into the baseball page."""
    parsed = vsin.parse(new_page(NEW_HEAD.format("Handle", "Bets"), code="20260403NBA00083"), NOW, SOURCE)
    assert (parsed.games, parsed.left_out) == ([], {"league NBA": 1})


def test_vsin_a_share_without_its_sign_is_no_share():
    """ "8" of a cut "82%" would pass for eight per cent."""
    parsed = vsin.parse(new_page(NEW_HEAD.format("Handle", "Bets"), first="8"), NOW, SOURCE)
    assert [one.reason for one in parsed.rejected] == ["bad_spread percentage"]
    assert {one.market_type for one in parsed.splits} == {"total", "moneyline"}


def test_vsin_a_page_cut_within_its_table_is_refused():
    """The reader of HTML would mend it."""
    whole = new_page(NEW_HEAD.format("Handle", "Bets"))
    with pytest.raises(PayloadShapeError, match="cut"):
        vsin.parse(whole[: whole.index(b"+229")], NOW, SOURCE)


def test_vsin_a_page_that_does_not_say_whose_splits_is_refused():
    """DraftKings' and Circa's crowds are not one."""
    with pytest.raises(PayloadShapeError, match="source"):
        vsin.parse(new_page(NEW_HEAD.format("Handle", "Bets")), NOW, "/betting-splits/?view=today")


OLD_HEAD = (
    "<tr><th>MLB - Friday, June 13</th><th>Money</th><th>Handle</th><th>Bets</th><th>Total</th><th>Handle</th>"
    "<th>Bets</th><th>RL</th><th>Handle</th><th>Bets</th></tr>"
)


def test_vsin_the_old_layout_has_a_row_a_game():
    """Away over home in each cell, over above under; the year is the capture's."""
    cells = [("Pirates", "Cubs"), ("+150", "-170"), ("30%", "70%"), ("40%", "60%"), ("8.5", "8.5"), ("55%", "45%"),
             ("65%", "35%"), ("+1.5", "-1.5"), ("20%", "80%"), ("25%", "75%")]  # fmt: skip
    row = "".join(f"<td><div>{away}</div><div>{home}</div></td>" for away, home in cells)
    body = f'<html><table class="freezetable">{OLD_HEAD}<tr>{row}</tr></table></html>'.encode()
    parsed = vsin.parse(body, datetime(2025, 6, 13, 12, tzinfo=UTC), "/mlb/betting-splits/?view=circa")
    (one,) = parsed.games
    assert (one.game_date, one.away_team, one.home_team) == (date(2025, 6, 13), "Pirates", "Cubs")
    split = {one.market_type: one for one in parsed.splits}
    assert (split["moneyline"].money_home_or_over, split["moneyline"].tickets_home_or_over) == (70.0, 60.0)
    assert (split["total"].money_home_or_over, split["total"].tickets_home_or_over) == (55.0, 65.0)
    assert (split["spread"].money_home_or_over, split["spread"].tickets_home_or_over) == (80.0, 75.0)
    assert {one.book_id for one in parsed.splits} == {"CIRCA"}
    assert {(one.side, one.odds) for one in parsed.quotes} == {("home", -170), ("away", 150)}
