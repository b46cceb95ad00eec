"""Names and places.

Belongs here: spellings of teams, parks and books.
Not here: games.
"""

from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.identity import parks, teams
from mlb_ml_assets.identity.books import describe_book, operator_of
from mlb_ml_assets.sources import history_bundle
from mlb_ml_assets.sources.catalogue import SOURCES


def test_every_source_code_means_one_team():
    """A code shared by two clubs would hand one club's odds to the other."""
    assert len(teams.TEAM_CODES) == len(set(teams.TEAM_CODES)) == 30
    for spelling, code in {
        "NYA": "NYY", "CUB": "CHC", "LOS": "LAD", "SDG": "SD", "TAM": "TB", "KAN": "KC", "AZ": "ARI", "ATH": "OAK",
        "CHW": "CWS", "WAS": "WSH", "FLO": "MIA", "ANA": "LAA", "Athletics": "OAK", "Oakland Athletics": "OAK",
        "Los Angeles Angels of Anaheim": "LAA", "Chi White Sox": "CWS", "st louis cardinals": "STL",
        "Cleveland Indians": "CLE",
    }.items():  # fmt: skip
        assert teams.team_code(spelling) == code
    assert len({team.mlb_id for team in teams.TEAMS}) == len({team.action_network_id for team in teams.TEAMS}) == 30


@pytest.mark.parametrize("spelling", ["Los Angeles", "LA", "New York", "Chicago", "Sox", "XXX", ""])
def test_a_spelling_of_two_clubs_or_none_is_refused(spelling):
    """'New York' is two clubs; taking the first would be a coin toss on real money."""
    with pytest.raises(teams.UnknownTeam, match="team"):
        teams.team_code(spelling)


def test_a_club_has_the_name_of_its_day():
    """The Guardians did not play in 2016."""
    assert teams.full_name("CLE", date(2016, 11, 2)) == "Cleveland Indians"
    assert teams.full_name("CLE", date(2022, 4, 7)) == "Cleveland Guardians"
    assert teams.full_name("OAK", date(2024, 9, 26)) == "Oakland Athletics"
    assert teams.full_name("OAK", date(2025, 3, 27)) == "Athletics"


def test_a_column_of_spellings_keeps_its_gaps():
    """A missing cell is not a team."""
    codes = teams.team_codes(pd.Series(["CUB", None, "SFO"]))
    assert codes[[0, 2]].tolist() == ["CHC", "SF"]
    assert pd.isna(codes[1])


def test_every_park_has_a_zone_that_exists_and_a_place_on_earth():
    """A typing error in a zone would surface as a wrong first pitch, hours off."""
    assert len({park.park_id for park in parks.PARKS}) == len(parks.PARKS)
    venues = [park.venue_id for park in parks.PARKS if park.venue_id is not None]
    assert len(venues) == len(set(venues))
    for park in parks.PARKS:
        assert ZoneInfo(park.timezone)
        assert -90 < park.latitude < 90
        assert -180 < park.longitude < 180
        assert park.first_season <= park.last_season


def test_an_unknown_venue_is_a_place_we_do_not_know_and_not_an_error():
    """MLB plays in a speedway next: the game still counts, its park effects do not."""
    assert parks.park_of_venue(999999) is None
    assert parks.park_of_venue(None, "Guaranteed Rate Field").park_id == "CHI12"
    with pytest.raises(parks.UnknownPark, match="XXX99"):
        parks.park("XXX99")


def test_consensus_and_opening_rows_are_no_books():
    """Betting at 'Consensus' is betting at no window at all."""
    assert not describe_book("15", SOURCES["action_network"].books).bettable
    assert not describe_book("30", SOURCES["action_network"].books).bettable
    assert describe_book("68", SOURCES["action_network"].books).bettable
    assert not describe_book("x", (), Book("x", "Market average")).bettable
    assert describe_book("novig", (), Book("novig", "Novig", "exchange")).bettable
    assert not describe_book("sbro:sportsbookreviewsonline", history_bundle.SPEC.books).bettable


def test_all_parks_of_the_archives_are_listed(shared_data):
    """Ten seasons include San Juan, Sydney, Monterrey, Fort Bragg and Williamsport."""
    games = pd.read_csv(shared_data / "history" / "games.csv.gz", usecols=["park", "season"])
    for park_id, seasons in games.groupby("park").season:
        park = parks.park(park_id)
        assert park.first_season <= seasons.min() <= seasons.max() <= park.last_season, park_id


@pytest.mark.parametrize(
    ("name", "operator"),
    [
        ("williamhill_us", "caesars"), ("William Hill NJ", "caesars"), ("unibet_us", "unibet"), ("espnbet", "espn_bet"),
        ("ESPN BET", "espn_bet"), ("mgm", "betmgm"), ("lowvig", "lowvig"), (None, None),
    ],
)  # fmt: skip
def test_an_operator_has_one_name_across_feeds(name, operator):
    """Twelve bets over two names of one operator staked half as much again as its cap allows."""
    assert operator_of(name) == operator
    assert describe_book("x", (), Book("x", "X", parent=name)).parent == operator
