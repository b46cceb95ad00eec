"""The pages in a real browser, over a running API and database.

Belongs here: what a person does: load, pick a day, enter a bankroll, watch, use the keyboard, meet an error.
Not here: JSON (test_api.py). Skips where Chromium is not installed.
"""

from datetime import timedelta

import pytest

from mlb_ml_assets_tests.serving import slate_rows
from mlb_ml_assets_tests.serving.browser import missing
from mlb_ml_assets_tests.serving.slate_rows import DAY, EMPTY_DAY

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"no browser here: {missing()}")


def test_the_newest_slate_loads_with_a_line_for_each_game_and_market(window, running):
    """A page that loads from another host, or a script that the policy blocks, shows up in the console."""
    window.open(f"{running.address}/")
    assert "June 14, 2024" in window.text("h1")
    assert window.run("return document.querySelectorAll('tbody.game').length") == 3
    assert window.run("return document.querySelectorAll('tbody.game tr').length") == 3 + 3 + 1
    row = window.text(f"#game-{running.served.games[0]} tr.bet").split()
    assert {"BAL", "58.0%", "53.0%", "−112"} <= set(row)
    assert "no prediction yet" in window.text(f"#game-{running.served.games[2]}")
    assert window.run("return document.querySelectorAll('svg.spark path').length") >= 2
    outside = window.run("return performance.getEntriesByType('resource').map(e => new URL(e.name).origin)")
    assert set(outside) == {running.address}
    assert not window.errors()


def test_the_bankroll_scales_the_stakes_and_an_invalid_one_is_reported(window, running):
    """Stakes for another bankroll, or a page that fails on a dollar sign."""
    stake = "return document.querySelector('tr.bet .stake b').textContent"
    window.open(f"{running.address}/?date={DAY}")
    before = float(window.run(stake).lstrip("$"))
    window.run(
        "document.querySelector('#bankroll').value = '$10,000'; document.querySelector('#controls').requestSubmit()"
    )
    window.until("return location.search.includes('bankroll') && document.querySelector('#bankroll')")
    assert float(window.run(stake).lstrip("$").replace(",", "")) == pytest.approx(10 * before, rel=0.01)
    window.open(f"{running.address}/?date={DAY}&bankroll=all")
    assert "above 0" in window.text("[role=alert]")
    assert float(window.run(stake).lstrip("$")) == before


def test_another_day_is_a_click_a_date_or_a_key_away(window, running):
    """Days that can only be reached by editing the address."""
    window.open(f"{running.address}/?date={DAY}&bankroll=500")
    past = DAY - timedelta(days=7)
    window.run("document.querySelector('a[rel=prev]').click()")
    window.until("return document.querySelector('h1')?.innerText.includes('June 7')")
    assert window.run("return document.querySelector('#bankroll').value") == "500"
    assert "win" in window.text("tr.bet") or "won" in window.text(".facts")
    window.type_keys("]")
    window.until("return document.querySelector('h1')?.innerText.includes('June 14')")
    window.run(
        "const d = document.querySelector('input[type=date]'); d.value = arguments[0];"
        "d.dispatchEvent(new Event('change', {bubbles: true}))",
        str(past),
    )
    window.until("return document.querySelector('h1')?.innerText.includes('June 7')")


def test_empty_days_and_errors_link_to_a_slate(window, running):
    """A blank page, or a JSON document in a browser."""
    window.open(f"{running.address}/?date={EMPTY_DAY}")
    assert "No games" in window.text("h2")
    assert "June 14" in window.text(".empty a")
    window.open(f"{running.address}/games/999999")
    assert "404" in window.text(".status")
    assert "no game" in window.text("main")
    window.open(f"{running.address}/?date=yesterday")
    assert "not a day" in window.text("main")
    assert window.run("return document.querySelector('main a').getAttribute('href')") == "/"


def test_a_game_shows_its_runs_its_movement_and_prices_a_bet(window, running):
    """Charts without numbers, or a form that needs a script."""
    window.open(f"{running.address}/games/{running.served.games[0]}?bet=moneyline-home&odds=-105&bankroll=2000")
    assert window.run("return document.querySelectorAll('svg.map rect').length") > 60
    titles = window.run("return [...document.querySelectorAll('h2')].map(h => h.textContent)")
    assert set(titles) >= {
        "Final scores", "Contributions: winner", "Prices by book", "Splits", "BAL moneyline", "Current market",
    }  # fmt: skip
    answer = window.text("#own .answer")
    assert "+13.24%" in answer
    assert "$40.00" in answer
    assert "61%" in window.text(".split")
    assert not window.errors()


def test_the_track_record_has_a_table_for_each_chart(window, running):
    """Charts that a screen reader cannot read."""
    window.open(f"{running.address}/performance")
    assert "+0.40" in window.text(".facts")
    assert window.run("return document.querySelectorAll('svg[role=img][aria-label]').length") >= 3
    assert window.run("return document.querySelectorAll('table').length") >= 3
    assert not window.errors()


def test_the_api_is_tried_from_its_documentation_without_another_host(window, running):
    """Swagger UI from a delivery network is a blank page on a machine without one."""
    window.open(f"{running.address}/docs")
    window.until("return document.querySelectorAll('.opblock').length > 20")
    window.run("document.querySelector('#operations-slates-days_api_v2_slates_get .opblock-summary-control').click()")
    window.until("return document.querySelector('.try-out__btn')")
    window.run("document.querySelector('.try-out__btn').click()")
    window.until("return document.querySelector('.execute')")
    window.run("document.querySelector('.execute').click()")
    assert "200" in window.until(
        "return document.querySelector('.live-responses-table tbody .response-col_status')?.innerText"
    )
    outside = window.run("return performance.getEntriesByType('resource').map(e => new URL(e.name).origin)")
    assert set(outside) == {running.address}
    assert not window.errors()


@pytest.mark.parametrize("path", ["/", "/games/id:1", "/performance", "/reference"])
def test_no_page_is_wider_than_the_screen(window, running, path):
    """Sideways scrolling on a phone; wide tables scroll inside their card."""
    try:
        for width in (360, 768, 1024, 1280):
            window.size(width, 800, phone=width < 600)
            window.open(f"{running.address}{path}")
            assert window.run("return document.documentElement.scrollWidth") <= width, width
    finally:
        window.size(1280, 900)


def test_text_is_readable_in_light_and_dark(window, running):
    """Dark text on a dark page: contrast is at least 4.5 (WCAG AA)."""
    contrast = """
      const numbers = (c) => c.match(/[\\d.]+/g).slice(0, 3).map(Number);
      const light = (c) => { const [r, g, b] = numbers(c).map((v) => { v /= 255;
        return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
      const body = getComputedStyle(document.body);
      const one = light(body.backgroundColor);
      return ['body', '.eyebrow', '.facts dt', '.fresh', '.num'].map((name) => {
        const two = light(getComputedStyle(document.querySelector(name)).color);
        return (Math.max(one, two) + .05) / (Math.min(one, two) + .05); }).concat([one]);"""
    for dark in (False, True):
        window.dark(dark)
        window.open(f"{running.address}/?date={DAY}")
        *ratios, background = window.run(contrast)
        assert min(ratios) >= 4.5
        assert (background < 0.1) is dark
    window.dark(False)


def test_the_page_works_without_script(window, running):
    """Forms and links work by themselves; the script only adds to them."""
    window.devtools("Emulation.setScriptExecutionDisabled", value=True)
    try:
        window.open(f"{running.address}/?date={DAY}&bankroll=500&bets=1")
        assert window.run("return document.querySelectorAll('tbody.game').length") == 1
    finally:
        window.devtools("Emulation.setScriptExecutionDisabled", value=False)


def test_a_new_prediction_appears_without_reloading(window, running):
    """A page that is current only when it loads. Last test: it adds a prediction that the others would see."""
    window.open(f"{running.address}/?date={DAY}")
    window.until("return document.querySelector('#live').textContent === 'Live'")
    window.type_keys("j")
    focused = "return document.activeElement.closest('tbody')?.id"
    assert window.run(focused) == f"game-{running.served.games[0]}"
    with running.served.database.connect() as connection:
        slate_rows.insert_prediction(connection, running.served.games[2], home=0.6)
    window.until(f"return document.querySelectorAll('#game-{running.served.games[2]} tr').length === 3")
    assert window.run(focused) == f"game-{running.served.games[0]}", "the keyboard focus is lost"
    assert "Updated" in window.text("#live")
    assert not window.errors()
