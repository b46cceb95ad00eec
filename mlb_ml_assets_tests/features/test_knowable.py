"""The lag rule: 06:00 Eastern the day after, on the wall clock, in both directions.

Belongs here: which day's results an instant may use, and with which batch a fact enters.
Not here: what is computed from them.
"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlb_ml_assets.features.knowable import (
    NotAnInstant,
    batch_instant,
    day_numbers,
    day_of,
    entry_days,
    is_known,
    state_day,
    state_days,
    utc_array,
)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("as_of", "sees"),
    [
        ("2016-06-09T16:00", "2016-06-08"),  # noon Eastern of the day before a game of the 10th: through the 8th
        ("2016-06-10T22:05", "2016-06-09"),  # an hour before a night game of the 10th: through the 9th
        ("2016-06-11T03:10", "2016-06-09"),  # an hour before a late game at the coast, already the 11th in UTC
        ("2016-06-10T09:59:59", "2016-06-08"),  # a second before six in the morning
        ("2016-06-10T10:00", "2016-06-09"),
        ("2016-03-13T10:00", "2016-03-12"),  # clocks went forward at two: six o'clock is 10:00 UTC, not 11:00
        ("2016-03-12T10:30", "2016-03-10"),
        ("2016-11-06T10:30", "2016-11-04"),  # clocks went back: six o'clock is 11:00 UTC
        ("2016-11-06T11:00", "2016-11-05"),
    ],
)
def test_a_decision_sees_the_days_whose_morning_has_come(as_of, sees):
    """A fixed 24 hours, or the date in UTC, lets last night's west-coast games in or out by an hour."""
    assert state_day(utc(as_of)).isoformat() == sees


def test_a_fact_enters_with_its_games_batch_or_the_next_morning_after_it_is_known():
    """A box score at 23:30 still waits for the morning; a correction on Friday does not enter on Tuesday."""
    day = day_numbers(pd.DatetimeIndex(["2016-06-10"]))
    for known, batch in (
        ("2016-06-11 03:30", "2016-06-10"),
        ("2016-06-11 10:00", "2016-06-10"),
        ("2016-06-11 10:00:00.000001", "2016-06-11"),
        ("2016-06-14 15:00", "2016-06-14"),
    ):
        entered = entry_days(np.array([known], dtype="datetime64[ns]"), day)
        assert day_of(entered[0]).isoformat() == batch, known


@given(
    known=st.datetimes(dt.datetime(2009, 1, 1), dt.datetime(2025, 12, 31)),  # noqa: DTZ001
    wait=st.timedeltas(dt.timedelta(days=-5), dt.timedelta(days=5)),
)
def test_a_fact_is_in_state_only_when_it_was_known(known, wait):
    """The batches are the only door: whatever entered by a decision's state day was known at the decision."""
    fact, decision = (np.array([stamp], dtype="datetime64[ns]") for stamp in (known, known + wait))
    entered = entry_days(fact, np.array([-100_000]))
    in_state = entered <= state_days(decision)
    assert not in_state[0] or is_known(fact, decision)[0]
    instant = np.datetime64(batch_instant(day_of(entered[0])).replace(tzinfo=None), "ns")
    assert is_known(fact, np.array([instant]))[0]
    assert in_state[0] == is_known(np.array([instant]), decision)[0]


def test_an_instant_without_a_zone_is_refused():
    """A naive stamp is Eastern in one source and UTC in the next; four hours are a game."""
    with pytest.raises(NotAnInstant, match="known_at: instants must carry"):
        utc_array(pd.Series(pd.to_datetime(["2016-06-10 12:00"])), "results.known_at")
    with pytest.raises(NotAnInstant):
        state_day(dt.datetime(2016, 6, 10, 12))  # noqa: DTZ001


def test_an_empty_stamp_is_never_known():
    """NaT compared the wrong way round would be known from the beginning of time."""
    nat = np.array(["NaT"], dtype="datetime64[ns]")
    assert not is_known(nat, np.array(["2100-01-01"], dtype="datetime64[ns]"))[0]
