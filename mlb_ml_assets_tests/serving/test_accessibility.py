"""The pages by keyboard and screen reader.

Belongs here: axe on every page, focus, tooltips without a mouse.
Not here: what a page shows (test_page.py), tables (test_page_tables.py). Skips where Chromium is not installed.
"""

import pytest

from mlb_ml_assets.serving.pages.glossary import TERMS
from mlb_ml_assets_tests.serving.browser import missing
from mlb_ml_assets_tests.serving.rating_rows import ACE, insert_features, insert_ratings
from mlb_ml_assets_tests.serving.slate_rows import DAY, EMPTY_DAY

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"no browser here: {missing()}")

PAGES = (
    f"/?date={DAY}", f"/?date={EMPTY_DAY}", "/games/id:1?bet=moneyline-home&odds=x", "/performance",
    "/players?name=able", f"/players/{ACE}", "/reference", "/no-such",
)  # fmt: skip
HIDDEN = """
    const isShown = (each) => !each.closest('details:not([open])');
    const isCut = (each) => each.scrollWidth > each.clientWidth + 1;
    return [...document.querySelectorAll('.scroll')].filter((each) => isShown(each) && isCut(each)).length"""
TAB, ESCAPE = "\ue004", "\ue00c"


@pytest.fixture(scope="module", autouse=True)
def ratings(running):
    """Rated players, and a game whose page explains itself from them."""
    with running.served.database.connect() as connection:
        insert_ratings(connection)
        insert_features(connection, running.served.games[0])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(window, running, path, dark):
    """Gray text that a tired eye cannot read, a field without a name, a table that the keyboard cannot scroll."""
    window.dark(dark)
    try:
        for width in (390, 1280):
            window.size(width, 900, phone=width < 600)
            window.open(f"{running.address}{path}")
            assert not window.axe(), width
    finally:
        window.dark(False)
        window.size(1280, 900)


def test_no_table_hides_its_numbers_on_a_desktop(window, running):
    """A sentence that did not wrap pushed runs, points and probability of every step off the card."""
    for path in PAGES:
        window.open(f"{running.address}{path}")
        assert window.run(HIDDEN) == 0, path
    window.open(f"{running.address}/games/id:{running.served.games[0]}")
    assert window.run("return document.querySelectorAll('td.words').length") > 3


def test_every_number_of_the_slate_has_a_tooltip_with_its_unit(window, running):
    """EV of what, in percent of what? A newcomer asks each column once."""
    window.open(f"{running.address}/?date={DAY}")
    heads = window.run(
        "return [...document.querySelectorAll('th[data-unit]')]"
        ".map((head) => [head.dataset.unit, head.querySelector('[data-tip]').dataset.tip])"
    )
    assert len(heads) >= 7
    assert all(f"Unit: {unit}." in text for unit, text in heads)
    without = """
        const hasNone = (each) => !each.matches('[data-tip], :has([data-tip])');
        return [...document.querySelectorAll(arguments[0])].filter(hasNone).map((each) => each.textContent)"""
    labels = window.run(
        "return [...document.querySelectorAll('tr.bet td[data-label]')].map((each) => each.dataset.label)"
    )
    assert set(labels) <= set(
        window.run("return [...document.querySelectorAll('th abbr')].map((each) => each.textContent)")
    )
    for path in (f"/?date={DAY}", "/games/id:1?bet=moneyline-home&odds=-105", "/performance", f"/players/{ACE}"):
        window.open(f"{running.address}{path}")
        assert window.run(without, "dl dt, table th[scope=col]:not([data-picture])") == [], path


def test_a_tooltip_opens_by_keyboard_and_by_touch_and_closes(window, running):
    """A title is shown to a mouse only; a phone and a keyboard never see it."""
    window.open(f"{running.address}/games/id:1")
    window.run("document.querySelector('dl.pairs abbr').focus()")
    assert window.text("#tip") == TERMS["blind"].tip
    assert window.run("return document.activeElement.getAttribute('aria-describedby')") == "tip"
    window.type_keys(ESCAPE)
    assert window.run("return document.querySelector('#tip').hidden")
    window.size(390, 900, phone=True)
    try:
        window.open(f"{running.address}/?date={DAY}")
        window.run("document.querySelector('tr.bet td.ev').click()")
        assert window.text("#tip") == TERMS["ev"].tip
        assert window.run("return document.querySelector('#tip').getBoundingClientRect().right") <= 390
    finally:
        window.size(1280, 900)


def test_the_keyboard_reaches_everything_in_order(window, running):
    """A focus that is invisible, or that jumps, loses the person who has no mouse."""
    window.open(f"{running.address}/?date={DAY}")
    reached = []
    for _ in range(80):
        window.type_keys(TAB)
        reached.append(window.run("return document.activeElement.getBoundingClientRect().top + scrollY"))
        # The field of a day shows its focus on the frame around it.
        outline = (
            "return getComputedStyle(document.activeElement.closest('.daypick') ?? document.activeElement).outlineStyle"
        )
        assert window.run(outline) != "none", window.run("return document.activeElement.outerHTML")
        if window.run("return document.activeElement.matches('.who a')"):
            break
    assert window.run("return document.activeElement.matches('.who a')")
    assert max(reached) == reached[-1]


def test_every_term_has_one_label_and_says_what_it_means():
    """The same word for two things, or a tooltip that repeats the label."""
    assert all(1 <= len(term.label.replace(" → ", " ").split()) <= 4 for term in TERMS.values())
    assert not [name for name, term in TERMS.items() if term.meaning.lower() == term.label.lower()]
    assert not [name for name, term in TERMS.items() if term.meaning.endswith(".")]
