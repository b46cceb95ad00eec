"""Starts, innings and sites that a schedule leaves open.

Belongs here: known answers of the rules.
Not here: how they reach a game (flows/test_moved_games.py).
"""

from datetime import date

import pandas as pd
import pytest

from mlb_ml_assets.identity.schedule_rules import (
    is_neutral_site,
    neutral_sites,
    scheduled_innings,
    scheduled_innings_of,
    zone_of,
)


@pytest.mark.parametrize(
    ("day", "season_type", "doubleheader", "innings"),
    [
        (date(2020, 7, 28), "regular", "Y", 9),
        (date(2020, 8, 1), "regular", "Y", 7),
        (date(2021, 9, 30), "regular", "S", 7),
        (date(2021, 9, 30), "regular", "N", 9),
        (date(2020, 10, 1), "postseason", "Y", 9),
        (date(2022, 5, 1), "regular", "Y", 9),
    ],
)
def test_doubleheaders_of_two_seasons_are_of_seven_innings(day, season_type, doubleheader, innings):
    """A full game of seven was settled as shortened, and its total voided."""
    assert scheduled_innings(day, season_type, doubleheader) == innings
    columns = [pd.Series([value]) for value in (day, season_type, doubleheader)]
    assert scheduled_innings_of(*columns).tolist() == [innings]


@pytest.mark.parametrize(
    ("park", "club", "season", "neutral"),
    [
        ("LON01", "NYM", 2024, True),
        ("NYC20", "NYM", 2024, False),
        ("BUF05", "TOR", 2020, False),
        ("BUF05", "TOR", 2022, True),
        ("TAM02", "TB", 2025, False),
        ("STP01", "TB", 2025, True),
        ("SAC01", "OAK", 2025, False),
        ("NYC20", "TB", 2017, True),
        (None, "NYM", 2024, False),
    ],
)
def test_a_site_is_neutral_if_it_is_no_home_of_the_club_that_season(park, club, season, neutral):
    """Temporary homes are homes; a hurricane's refuge is not."""
    assert is_neutral_site(park, club, season) is neutral
    assert neutral_sites(pd.Series([park]), pd.Series([club]), pd.Series([season])).tolist() == [neutral]


def test_a_game_in_an_unknown_park_starts_by_the_clock_of_its_home_club():
    """The rule's 13:05 is the park's; an unlisted park is likely near the club."""
    assert zone_of(None, "MIL", 2024).key == "America/Chicago"
    assert zone_of("LON01", "NYM", 2024).key == "Europe/London"
