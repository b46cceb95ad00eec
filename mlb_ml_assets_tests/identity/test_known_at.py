"""Stamps by rule.

Belongs here: the rules that give archive facts an instant.
Not here: facts with stamps of their own.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from mlb_ml_assets.identity import known_at
from mlb_ml_assets.identity.schedule_rules import assumed_start

CHICAGO = ZoneInfo("America/Chicago")


def test_an_opening_price_is_known_at_noon_eastern_the_day_before():
    """Noon Eastern is 17:00Z in March before the clocks change and 16:00Z after: no fixed offset will do."""
    assert known_at.archive_open_known_at(date(2018, 3, 10)) == datetime(2018, 3, 9, 17, tzinfo=UTC)
    assert known_at.archive_open_known_at(date(2018, 3, 12)) == datetime(2018, 3, 11, 16, tzinfo=UTC)


def test_a_result_is_known_at_six_in_the_morning_after_the_day_it_ended():
    """A West Coast night game ends on the next UTC day; its result must not be known on its own date."""
    assert known_at.result_known_at(date(2016, 7, 4)) == datetime(2016, 7, 5, 10, tzinfo=UTC)


def test_an_unrecorded_start_is_the_usual_one_at_the_park():
    """19:05 in Chicago is 00:05Z of the next day, an hour after the same clock in New York."""
    assert assumed_start(date(2010, 7, 4), "N", 1, CHICAGO) == datetime(2010, 7, 5, 0, 5, tzinfo=UTC)
    assert assumed_start(date(2010, 7, 4), "D", 2, CHICAGO) == datetime(2010, 7, 4, 21, 35, tzinfo=UTC)
    with pytest.raises(ValueError, match="'X'"):
        assumed_start(date(2010, 7, 4), "X", 1, CHICAGO)


def test_columns_and_single_games_follow_the_same_rule():
    """Two implementations of one rule drift apart."""
    days = pd.Series([date(2010, 4, 5), date(2010, 7, 4), date(2010, 11, 1)])
    zones = pd.Series(["America/Phoenix", "America/Chicago", "America/New_York"])
    starts = known_at.assumed_starts(days, pd.Series(["D", "N", "N"]), pd.Series([1, 2, 1]), zones)
    for day, zone, letter, number, start in zip(days, zones, "DNN", (1, 2, 1), starts, strict=True):
        assert start == assumed_start(day, letter, number, ZoneInfo(zone))
    for day, opened, ended in zip(
        days, known_at.archive_opens_known_at(days), known_at.results_known_at(days), strict=True
    ):
        assert (opened, ended) == (known_at.archive_open_known_at(day), known_at.result_known_at(day))


def test_a_missing_clock_stays_missing():
    """NaT is not midnight."""
    walls = pd.Series([pd.Timestamp("2016-05-07 13:07"), pd.NaT])
    instants = known_at.instants_of_local(walls, pd.Series(["America/New_York", "America/New_York"]))
    assert instants[0] == pd.Timestamp("2016-05-07 17:07", tz="UTC")
    assert pd.isna(instants[1])
