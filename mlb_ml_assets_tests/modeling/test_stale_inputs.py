"""What old facts add to a forecast's uncertainty.

Belongs here: when they add nothing, and that they never take anything away.
Not here: ages (features/test_fact_ages.py), stakes (betting/).
"""

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.input_ages import AGE_COLUMNS, CLOSES, LONGEST_BREAK
from mlb_ml_assets.modeling.stale_inputs import AGINGS, added_deviation

KNOWN, UNKNOWN = np.array([0.1]), np.array([np.nan])
ANCHORED = {"blind": KNOWN, "memory": KNOWN, "anchored": KNOWN}
MEMORY = {**ANCHORED, "anchored": UNKNOWN}
BLIND = {**MEMORY, "memory": UNKNOWN}


def added(ages, expected):
    logit, runs = added_deviation(pd.DataFrame({name: [age] for name, age in ages.items()}), expected, expected)
    return float(logit[0]), float(runs[0])


def test_usual_and_absent_ages_add_nothing():
    """Ten seasons of forecasts are as they were: their errors were fitted on facts of such ages."""
    for age in (0.0, float(LONGEST_BREAK), np.nan):
        assert added(dict.fromkeys(AGE_COLUMNS, age), ANCHORED) == (0.0, 0.0)
    assert added({"season": 2018}, BLIND) == (0.0, 0.0)


def test_older_facts_are_less_certain():
    """A forecast that rests on ratings of last autumn claimed to be as sure as one of yesterday's."""
    for aging in AGINGS:
        for expected in (ANCHORED, MEMORY):
            grown = [added({f"age_{aging.groups[-1]}": age}, expected) for age in (7.0, 15.0, 40.0, 90.0, 900.0)]
            assert np.all(np.diff(grown, axis=0) >= 0)
            assert min(grown[-1]) > 0


def test_a_price_makes_up_for_some_of_what_box_scores_would_have_said():
    """A priced forecast leans on the price; one from baseball alone has nothing but the old facts."""
    ages = {"age_batting": 40.0}
    assert added(ages, ANCHORED) < added(ages, BLIND)
    assert added({f"age_{CLOSES}": 40.0}, BLIND) == (0.0, 0.0)
