"""Games that move, whose start is to be announced, or that are continued another day, from MLB's pages to curated rows.

Belongs here: pages in any order, split or repeated; starts by rule; what a page of another day may change.
Not here: reading one listing (sources/test_mlb_stats_api.py), other sources' games (test_ingest.py).
"""

import itertools
import json
import random
from datetime import UTC, date, datetime

import pytest

from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.identity.game_states import fold
from mlb_ml_assets.warehouse import live_facts
from mlb_ml_assets.warehouse.games import build_enhanced_games

FIRST, LAST = date(2024, 4, 1), date(2024, 9, 30)
DETROIT, ST_LOUIS, MILWAUKEE, CHICAGO = 116, 138, 158, 112
COMERICA, AMERICAN_FAMILY, LONDON = 2394, 32, 5381


def listing(pk: int, start: str, official: str, code: str = "S", **fields) -> dict:
    """One game object of a schedule page; `fields` replace what is not about every game."""
    home, away = fields.pop("teams", (DETROIT, ST_LOUIS))
    score = fields.pop("score", None)
    sides = {"home": {"team": {"id": home}}, "away": {"team": {"id": away}}}
    if score is not None:
        sides["home"]["score"], sides["away"]["score"] = score
    status = {"codedGameState": code, "detailedState": code, "startTimeTBD": fields.pop("tbd", False)}
    return {
        "gamePk": pk, "gameType": "R", "season": official[:4], "gameDate": start, "officialDate": official,
        "status": status, "teams": sides, "venue": {"id": fields.pop("venue", COMERICA)}, "doubleHeader": "N",
        "gameNumber": 1, "dayNight": "night",
    } | fields  # fmt: skip


def page(*games: dict) -> dict:
    """A schedule page; the day of a listing is that of its own start."""
    days = itertools.groupby(sorted(games, key=lambda game: game["gameDate"][:10]), key=lambda g: g["gameDate"][:10])
    return {"dates": [{"date": day, "games": list(held)} for day, held in days]}


# Postponed on 29 April into a doubleheader of the 30th; the page of the 29th keeps it for ever.
LEFT = listing(1, "2024-04-29T22:40:00Z", "2024-04-30", "D", rescheduleDate="2024-04-30T19:45:00Z",
               rescheduleGameDate="2024-04-30")  # fmt: skip
BEFORE = listing(1, "2024-04-29T22:40:00Z", "2024-04-29")
NIGHTCAP = {"doubleHeader": "Y", "gameNumber": 2, "rescheduledFrom": "2024-04-29T22:40:00Z",
            "rescheduledFromDate": "2024-04-29"}  # fmt: skip
MADE_UP = listing(1, "2024-04-30T17:15:00Z", "2024-04-30", tbd=True, **NIGHTCAP)
OPENER = listing(2, "2024-04-30T17:10:00Z", "2024-04-30", doubleHeader="Y")
MADE_UP_FINAL = listing(1, "2024-04-30T20:58:00Z", "2024-04-30", "F", score=(3, 2), **NIGHTCAP)
OPENER_FINAL = listing(2, "2024-04-30T17:10:00Z", "2024-04-30", "F", score=(1, 0), doubleHeader="Y")
# Suspended on 26 June, continued on 26 August.
SUSPENDED = listing(3, "2024-06-26T23:10:00Z", "2024-06-26", "U", resumeDate="2024-08-26T18:05:00Z")
RESUMED = listing(3, "2024-08-26T18:05:00Z", "2024-06-26", resumedFrom="2024-06-26T23:10:00Z")
RESUMED_FINAL = RESUMED | {"status": {"codedGameState": "F"}, "teams": MADE_UP_FINAL["teams"]}
UNANNOUNCED = listing(4, "2024-09-05T07:33:00Z", "2024-09-05", tbd=True, teams=(MILWAUKEE, CHICAGO),
                      venue=AMERICAN_FAMILY)  # fmt: skip
PAGES = {
    "2024-04-28T12:00:00Z": page(BEFORE, UNANNOUNCED),
    "2024-04-30T02:00:00Z": page(LEFT, MADE_UP, OPENER),
    "2024-05-01T05:00:00Z": page(MADE_UP_FINAL, OPENER_FINAL),
    "2024-05-01T05:00:10Z": page(LEFT),
    "2024-06-27T05:00:00Z": page(SUSPENDED),
    "2024-08-26T12:00:00Z": page(RESUMED, SUSPENDED),
    "2024-08-27T05:00:00Z": page(RESUMED_FINAL),
    "2024-08-27T05:00:30Z": page(LEFT, SUSPENDED),
}


def read(database, tmp_path, pages: list[tuple[str, dict]]):
    """Ingest pages in this order, and build; returns a connection."""
    connection = database.connect()
    for number, (captured, content) in enumerate(pages):
        path = tmp_path / f"{number}_{captured.replace(':', '-')}.json"
        path.write_text(json.dumps(content))
        ingest(connection, "mlb_stats_api", from_files=[path]).raise_if_stopped()
    with connection.transaction():
        build_enhanced_games(connection, FIRST, LAST)
    return connection


def curated(connection) -> list[tuple]:
    return connection.execute(
        "SELECT e.mlb_stats_api_game_id, e.game_date, e.game_datetime, e.game_number, e.game_status, e.home_score, "
        "d.start_assumed, d.doubleheader, d.park_id, d.neutral_site, d.scheduled_innings "
        "FROM curated.enhanced_games AS e JOIN curated.game_details AS d ON d.game_id = e.id ORDER BY 1"
    ).fetchall()


def history(connection) -> list[tuple]:
    return connection.execute(
        "SELECT source_game_id, captured_at, status, game_date, scheduled_start, game_number "
        "FROM staging.game_status_history ORDER BY 1, 2"
    ).fetchall()


def shuffled_pages(seed: int) -> list[tuple[str, dict]]:
    """The pages in some order, some of them split into one page per listing, some read or captured again."""
    chance = random.Random(seed)
    pages = []
    for captured, content in PAGES.items():
        games = [game for day in content["dates"] for game in day["games"]]
        parts = [page(game) for game in games] if chance.random() < 0.5 else [content]
        pages += [(captured, part) for part in parts for _ in range(chance.choice((1, 1, 2)))]
        # Captured again, 20 seconds later.
        pages += [(captured.replace(":00Z", ":20Z"), part) for part in parts if chance.random() < 0.5]
    chance.shuffle(pages)
    return pages


@pytest.fixture(scope="module")
def expected():
    """The curated rows, written out: gamePk, day, start, number, status, home score, start by rule, kind."""
    return [
        ("1", date(2024, 4, 30), datetime(2024, 4, 30, 20, 40, tzinfo=UTC), 2, "final", 3, True, "Y"),
        ("2", date(2024, 4, 30), datetime(2024, 4, 30, 17, 10, tzinfo=UTC), 1, "final", 1, False, "Y"),
        ("3", date(2024, 6, 26), datetime(2024, 6, 26, 23, 10, tzinfo=UTC), 1, "final", 3, False, "N"),
        ("4", date(2024, 9, 5), datetime(2024, 9, 5, 18, 5, tzinfo=UTC), 1, "scheduled", None, True, "N"),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_pages_in_any_order_split_or_repeated_give_the_same_games(seed, expected, database, tmp_path):
    """A round that asks for today and then for yesterday moved a game back to the day it had left."""
    connection = read(database, tmp_path, shuffled_pages(seed) if seed else list(PAGES.items()))
    assert [row[:8] for row in curated(connection)] == expected
    states = [(row[1], row[2], row[3], row[5]) for row in history(connection) if row[0] == "1"]
    assert states == [
        (datetime(2024, 4, 28, 12, tzinfo=UTC), "scheduled", date(2024, 4, 29), 1),
        (datetime(2024, 4, 30, 2, tzinfo=UTC), "scheduled", date(2024, 4, 30), 2),
        (datetime(2024, 5, 1, 5, tzinfo=UTC), "final", date(2024, 4, 30), 2),
    ]
    resumed = [row[2] for row in history(connection) if row[0] == "3"]
    assert resumed == ["suspended", "final"]


def test_a_page_that_lists_the_same_again_is_not_folded_and_changes_no_row(database, tmp_path, monkeypatch):
    """Every round of a collector read all listings of its games again: by the evening hundreds of each."""
    rounds = [(f"2024-04-28T1{hour}:00:00Z", page(BEFORE, UNANNOUNCED)) for hour in range(6)]
    folded = []
    monkeypatch.setattr(live_facts, "fold", lambda held: folded.append(len(held)) or fold(held))
    connection = read(database, tmp_path, rounds)
    assert folded == [1, 1]
    newest = connection.execute("SELECT DISTINCT captured_at FROM staging.source_games").fetchall()
    assert newest == [(datetime(2024, 4, 28, 15, tzinfo=UTC),)]
    assert [row[1:3] for row in history(connection)] == [(datetime(2024, 4, 28, 10, tzinfo=UTC), "scheduled")] * 2


def test_a_postponement_to_a_known_day_is_seen_before_the_new_day_is_read(database, tmp_path):
    """Rained out in April and made up in June: nobody reads June's page for weeks, and the game is not tonight's."""
    connection = read(
        database, tmp_path, [("2024-04-28T12:00:00Z", page(BEFORE)), ("2024-04-29T23:00:00Z", page(LEFT))]
    )
    (row,) = curated(connection)
    assert row[1:5] == (date(2024, 4, 30), datetime(2024, 4, 30, 19, 45, tzinfo=UTC), 1, "postponed")


def test_a_result_moves_no_start_and_bounds_one_by_rule(database, tmp_path):
    """The final page of a night game lists its actual first pitch, after a delay; of an unannounced one nothing."""
    place = {"teams": (MILWAUKEE, CHICAGO), "venue": AMERICAN_FAMILY, "tbd": True}
    games = [
        listing(5, "2024-05-05T17:10:00Z", "2024-05-05"),
        listing(6, "2024-05-06T03:33:00Z", "2024-05-05", **place),
    ]
    over = [
        listing(5, "2024-05-05T19:40:00Z", "2024-05-05", "F", score=(1, 0)),
        listing(6, "2024-05-06T03:33:00Z", "2024-05-05", "F", score=(1, 0), **place),
    ]
    pages = [("2024-05-05T10:00:00Z", page(*games)), ("2024-05-05T19:00:00Z", page(*over))]
    connection = read(database, tmp_path, pages)
    starts = {row[0]: (row[2], row[6]) for row in curated(connection)}
    # By rule 18:05Z; the result at 19:00Z says earlier.
    assert starts == {
        "5": (datetime(2024, 5, 5, 17, 10, tzinfo=UTC), False),
        "6": (datetime(2024, 5, 5, 16, tzinfo=UTC), True),
    }


def test_a_neutral_site_stays_one_when_a_page_leaves_the_park_out(database, tmp_path):
    """A later page without a venue, or with one that is not listed, costs the park and not the game."""
    abroad = listing(7, "2024-06-08T17:10:00Z", "2024-06-08", venue=LONDON)
    later = {key: value for key, value in abroad.items() if key != "venue"}
    unlisted = listing(8, "2024-06-09T17:10:00Z", "2024-06-09", venue=99_999)
    connection = read(
        database, tmp_path, [("2024-06-01T10:00:00Z", page(abroad, unlisted)), ("2024-06-02T10:00:00Z", page(later))]
    )
    assert [row[8:10] for row in curated(connection)] == [("LON01", True), (None, False)]
