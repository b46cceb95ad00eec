"""Terms of a prediction as a bettor reads them.

Belongs here: names of terms.
Not here: the page (test_page.py), the terms themselves (modeling/).
"""

import re

import pandas as pd

from mlb_ml_assets.domain.models import STAGES
from mlb_ml_assets.modeling.design import StageInputs
from mlb_ml_assets.serving.pages.term_words import describe_term


def test_every_term_has_words_that_fit_beside_its_bar():
    """A column name is no explanation, and a name wider than its space runs into the bar."""
    inputs = [StageInputs.of(pd.DataFrame({"season": [2018]}), stage) for stage in STAGES]
    terms = {name for held in inputs for name in (*held.memory_win.names, *held.memory_total.names)}
    terms |= {"market_price", "market_memory", "baseball_runs", "constant"}
    words = {term: describe_term(term) for term in terms}
    column_names = {re.sub("_(difference|sum)$", "", term).replace("_", " ").capitalize() for term in terms}
    assert column_names & set(words.values()) == {"Temperature", "Neutral site", "Designated hitter", "Day game"}
    assert max(map(len, words.values())) <= 31
    assert all("{" not in name and name[0].isupper() for name in words.values())


def test_two_terms_of_one_market_never_share_a_name():
    """Two bars of one name and different length look like a mistake."""
    for stage in STAGES:
        inputs = StageInputs.of(pd.DataFrame({"season": [2018]}), stage)
        for names in (inputs.memory_win.names, inputs.memory_total.names):
            words = [describe_term(name) for name in ("market_price", "market_memory", *names, "constant")]
            assert len(set(words)) == len(words)


def test_a_term_of_another_release_keeps_its_own_name():
    """Stored predictions outlive the features that they were made of."""
    assert describe_term("moon_phase_difference") == "Moon phase"
