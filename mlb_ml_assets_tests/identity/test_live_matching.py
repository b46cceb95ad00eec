"""Which of our games a source's game is.

Belongs here: gamePk, start and teams, doubleheaders, moved games, days counted in other zones, reasons.
Not here: the database (assets/test_ingest.py).
"""

from datetime import UTC, date, datetime, timedelta

import pytest

from mlb_ml_assets.identity.live_matching import KnownGame, ListedGame, match

DAY = date(2024, 6, 15)
EVENING = datetime(2024, 6, 15, 23, 10, tzinfo=UTC)


def ours(
    number: int = 1, start: datetime = EVENING, game_id: int | None = None, day: date = DAY, **changes
) -> KnownGame:
    teams = {"home_team": "PHI", "away_team": "LAA", **changes}
    return KnownGame(game_id or number, 700000 + number, day, start=start, game_number=number, **teams)


def listing(name: str, start: datetime | None = EVENING, day: date = DAY, **changes) -> ListedGame:
    values = {"game_pk": None, "home_team": "PHI", "away_team": "LAA", "status": "scheduled", **changes}
    return ListedGame(name, game_date=day, scheduled_start=start, **values)


def links(games: list[ListedGame], known: list[KnownGame]) -> dict[str, int]:
    return {link.source_game_id: link.game_id for link in match(games, known)[0]}


def reasons(games: list[ListedGame], known: list[KnownGame]) -> dict[str, str]:
    return {one.source_game_id: one.reason for one in match(games, known)[1]}


def test_a_gamepk_is_the_game():
    """Whatever start, day or state it is listing with."""
    (link,), _ = match([listing("a", EVENING + timedelta(days=30), game_pk=700001, status="postponed")], [ours()])
    assert (link.game_id, link.confidence, link.method) == (1, 1.0, "gamePk")


@pytest.mark.parametrize(("minutes", "confidence"), [(0, 0.99), (15, 0.99), (90, 0.95), (300, 0.85)])
def test_teams_and_start_are_a_game_the_surer_the_nearer(minutes, confidence):
    """A feed's start drifts; a rain delay moves it by hours."""
    (link,), _ = match([listing("a", EVENING + timedelta(minutes=minutes))], [ours()])
    assert (link.game_id, link.confidence) == (1, confidence)
    assert link.evidence["start_gap_minutes"] == minutes


def test_a_day_counted_in_utc_or_adelaide_does_not_matter_where_the_start_is_known():
    """02:10Z on the 16th is the evening of the 15th in New York."""
    late = datetime(2024, 6, 16, 2, 10, tzinfo=UTC)
    assert links([listing("a", late, day=date(2024, 6, 16))], [ours(start=late)]) == {"a": 1}


def test_yesterdays_game_of_the_same_teams_is_another_game():
    """A series of three has the same teams three days running."""
    series = [ours(1, EVENING + timedelta(days=n), game_id=n + 1, day=DAY + timedelta(days=n)) for n in range(3)]
    games = [listing(str(n), EVENING + timedelta(days=n)) for n in range(3)]
    assert links(games, series) == {"0": 1, "1": 2, "2": 3}


def test_one_ticket_for_two_games_is_matched_by_order():
    """Game 2 is listed five minutes after game 1: by nearest start both sources' games would be one."""
    first = datetime(2024, 6, 15, 17, 5, tzinfo=UTC)
    known = [ours(1, first), ours(2, first + timedelta(hours=3, minutes=30))]
    games = [listing("later", first + timedelta(minutes=5)), listing("earlier", first)]
    assert links(games, known) == {"earlier": 1, "later": 2}


def test_numbers_of_a_double_header_go_before_starts():
    """Where the source numbers its games, its starts do not matter."""
    known = [ours(1, EVENING - timedelta(hours=6)), ours(2)]
    games = [
        listing("b", EVENING, game_number=1, doubleheader="S"),
        listing("a", EVENING, game_number=2, doubleheader="S"),
    ]
    assert links(games, known) == {"b": 1, "a": 2}


def test_rotation_numbers_order_a_double_header_without_starts():
    """A page with a day and no times."""
    known = [ours(1, EVENING - timedelta(hours=6)), ours(2)]
    games = [listing("x", None, away_rotation=953), listing("y", None, away_rotation=951)]
    assert links(games, known) == {"y": 1, "x": 2}


def test_one_game_of_a_split_double_header_goes_to_the_clearly_nearer():
    """And to none where neither is clear."""
    known = [ours(1, EVENING - timedelta(hours=6)), ours(2)]
    assert links([listing("a", EVENING + timedelta(minutes=10))], known) == {"a": 2}
    middle = listing("a", EVENING - timedelta(hours=3))
    assert links([middle], known) == {}
    assert reasons([middle], known) == {"a": "doubleheader without a clear order"}
    assert reasons([listing("a", None)], known) == {"a": "doubleheader without a clear order"}


def test_a_page_without_times_links_only_where_one_game_was_played():
    """Date and teams alone are enough on most days, and wrong on the others."""
    assert links([listing("a", None)], [ours()]) == {"a": 1}
    assert links([listing("a", None)], [ours(day=DAY + timedelta(days=1), start=EVENING + timedelta(days=1))]) == {}


@pytest.mark.parametrize(
    ("game", "known", "reason"),
    [
        (listing("a", status="postponed"), [ours()], "postponed by its source"),
        (listing("a"), [ours(home_team="LAA", away_team="PHI")], "home and away are swapped"),
        (
            listing("a"),
            [ours(day=date(2024, 6, 18), start=EVENING + timedelta(days=3))],
            "no game of these teams that day",
        ),
        (listing("a"), [ours(home_team="SD", away_team="SF")], "no game of these teams near that day"),
    ],
)
def test_what_does_not_map_says_why(game, known, reason):
    """A silent inner join would lose it."""
    assert links([game], known) == {}
    assert reasons([game], known) == {"a": reason}


def test_a_stale_listing_does_not_take_the_game_from_the_true_one():
    """After a postponement a vendor lists the game under a new id, and the old one too."""
    games = [listing("stale", EVENING - timedelta(hours=5)), listing("true", EVENING)]
    found, unmatched = match(games, [ours()])
    assert [(link.source_game_id, link.game_id) for link in found] == [("true", 1)]
    assert [(one.source_game_id, one.reason) for one in unmatched] == [
        ("stale", "another game of the source is that game")
    ]


def test_of_two_listings_of_one_game_the_last_listed_is_it():
    """A feed deletes an event and makes it anew: the old id's prices are gone."""
    games = [
        listing("1", last_seen=EVENING - timedelta(hours=9)),
        listing("2", last_seen=EVENING - timedelta(hours=1)),
    ]
    assert links(games, [ours()]) == {"2": 1}


def test_the_surer_listing_keeps_its_game_whatever_was_listed_later():
    """A postponed nightcap stays on the board after game 1's listing has gone, and is six hours off."""
    afternoon = EVENING - timedelta(hours=6)
    games = [
        listing("true", afternoon, last_seen=EVENING - timedelta(hours=8)),
        listing("nightcap", EVENING, last_seen=EVENING - timedelta(hours=1)),
    ]
    assert links(games, [ours(start=afternoon)]) == {"true": 1}


def test_two_listings_of_the_nightcap_do_not_fill_both_games():
    """The listing made anew minutes apart would give game 1 the other game's prices."""
    known = [ours(1, EVENING - timedelta(hours=6)), ours(2)]
    twice = [
        listing("old", EVENING, last_seen=EVENING - timedelta(hours=5)),
        listing("new", EVENING + timedelta(minutes=10), last_seen=EVENING - timedelta(hours=1)),
    ]
    assert links(twice, known) == {"new": 2}
    drifted = [listing("a", EVENING - timedelta(hours=6)), listing("b", EVENING - timedelta(hours=6, minutes=-1))]
    assert links(drifted, known) == {"a": 1}
    same_number = [
        listing("a", EVENING - timedelta(hours=6), away_rotation=951),
        listing("b", EVENING, away_rotation=951),
    ]
    assert set(links(same_number, known).values()) <= {1, 2}


def test_a_start_between_two_days_is_the_clearly_nearer_games():
    """A late game and the matinee after it are eleven hours apart: both are within half a day of the listing."""
    late = datetime(2024, 6, 16, 5, 10, tzinfo=UTC)
    known = [ours(1, late, day=DAY), ours(1, late + timedelta(hours=11), game_id=2, day=DAY + timedelta(days=1))]
    assert links([listing("a", late + timedelta(hours=11, minutes=5))], known) == {"a": 2}
