"""The Odds API, SportsBettingDime and the recorded collectors, by what each does differently.

Belongs here: known answers of single rules.
Not here: Action Network, MLB and VSIN (their own files), whole recordings.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.sources import (
    boltodds,
    daily_tables,
    game_tables,
    lumify,
    oddsportal,
    reading,
    recorded,
    splitvault,
    sportsbettingdime,
    the_odds_api,
)
from mlb_ml_assets.sources.http import SourceRefused
from mlb_ml_assets.sources.main_line import favorite_of, main_pair
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, PayloadShapeError, Quote

NOW = datetime(2026, 8, 12, 18, tzinfo=UTC)


def event(commence: str = "2026-08-12T23:06:00Z", markets: list | None = None) -> dict:
    h2h = {"key": "h2h", "last_update": "2026-08-12T17:59:11Z", "outcomes": [
        {"name": "Athletics", "price": 120}, {"name": "Tampa Bay Rays", "price": -140}]}  # fmt: skip
    return {
        "id": "faaf74", "sport_key": "baseball_mlb", "commence_time": commence, "home_team": "Athletics",
        "away_team": "Tampa Bay Rays",
        "bookmakers": [{"key": "fanduel", "title": "FanDuel", "markets": [h2h] if markets is None else markets}],
    }  # fmt: skip


def test_the_odds_api_dates_a_price_by_its_markets_last_update():
    """The response may carry a price that the source saw minutes ago."""
    parsed = the_odds_api.parse(json.dumps([event()]).encode(), NOW)
    assert [(one.side, one.odds, one.updated_at.second) for one in parsed.quotes] == [
        ("home", 120, 11),
        ("away", -140, 11),
    ]
    assert parsed.sightings[0].seen_at == datetime(2026, 8, 12, 17, 59, 11, tzinfo=UTC)
    assert parsed.games[0].source_game_id == "faaf74"


def test_the_odds_api_in_play_prices_are_left_out():
    """Games that have begun come with -4000 and a total of 12.5."""
    parsed = the_odds_api.parse(json.dumps([event("2026-08-12T17:05:00Z")]).encode(), NOW)
    assert (parsed.quotes, parsed.listed_games) == ([], [])
    assert parsed.left_out == {"in-play book": 1}
    assert parsed.games[0].status == "live"


def test_the_odds_api_without_a_key_says_which_variable(monkeypatch):
    """A 401 from the network would say less, and ask first."""
    monkeypatch.delenv(the_odds_api.KEY_VARIABLE, raising=False)
    with the_odds_api.client() as client, pytest.raises(SourceRefused, match="MLB_ML_THE_ODDS_API_KEY"):
        list(the_odds_api.fetch(client))


def test_the_odds_api_event_without_a_market_is_still_a_game():
    """8 of 1,157 recorded events lack the moneyline or the run line."""
    parsed = the_odds_api.parse(json.dumps([event(markets=[])]).encode(), NOW)
    assert (len(parsed.games), parsed.quotes, parsed.rejected) == (1, [], [])


def test_the_odds_api_refusal_is_named():
    """An error is an object where a board is a list."""
    with pytest.raises(PayloadShapeError, match="quota"):
        the_odds_api.parse(b'{"message": "quota reached"}', NOW)


@pytest.fixture(scope="module")
def dime(shared_data) -> Parsed:
    kept = json.loads((shared_data / "payloads" / "sbd" / "wp_json_mlb-odds_2026-09-27_EXCERPT_game1.json").read_text())
    return sportsbettingdime.parse(kept[0]["body"], datetime(2026, 9, 27, 14, 6, 46, tzinfo=UTC))


def test_dime_run_lines_keep_their_own_side_at_each_book(dime):
    """MGM has the home side at +1.5 where five books have it at -1.5: by side alone they look like one market."""
    home = {
        one.book_id: (one.line_value, one.odds)
        for one in dime.quotes
        if (one.market_type, one.side) == ("spread", "home")
    }
    assert home["sr:book:17324"] == (1.5, -208)
    assert home["sr:book:18149"] == (-1.5, 170)
    assert sum(line == -1.5 for line, _ in home.values()) == 5


def test_dime_splits_keep_tickets_and_money_apart(dime):
    """betsPercentage is tickets, stakePercentage is money."""
    total = next(one for one in dime.splits if one.market_type == "total")
    assert (total.tickets_home_or_over, total.money_home_or_over) == (87.47, 86.49)
    assert total.updated_at == datetime(2026, 9, 27, 13, 10, 41, 686000, tzinfo=UTC)
    assert dime.games[0].away_rotation == 969


def test_dimes_old_feed_has_books_without_prices(shared_data):
    """bet365 and Fanatics carry empty strings in every game of the recording."""
    body = (shared_data / "payloads" / "sbd" / "v2_matchups_mlb_2025-06-13.json").read_bytes()
    parsed = sportsbettingdime.parse(body, datetime(2025, 6, 13, 12, tzinfo=UTC))
    assert {one.book_id for one in parsed.quotes} == {"betmgm", "caesars", "draftkings", "fanduel"}
    assert parsed.rejected == []
    assert next(one for one in parsed.splits if one.market_type == "spread").ticket_count == 1962


def test_the_main_line_is_the_even_one_and_the_run_line_is_a_run_and_a_half():
    """A feed lists twenty totals; taking the first would make 5.5 the game's total."""
    totals = [("over", 5.5, -441), ("under", 5.5, 302), ("over", 8.5, -121), ("under", 8.5, 100), ("over", 9.0, 100)]
    assert main_pair("total", totals) == {"over": (8.5, -121), "under": (8.5, 100)}
    pairs = {-1.0: (115, -120), -1.5: (166, -172), 1.5: (-210, 198)}
    lines = [one for line, (home, away) in pairs.items() for one in (("home", line, home), ("away", -line, away))]
    assert main_pair("spread", lines) == {"home": (-1.5, 166), "away": (1.5, -172)}
    assert main_pair("moneyline", [("home", None, -110)]) == {}


def test_the_favorite_of_the_moneyline_gives_the_runs_of_the_main_run_line():
    """Both clubs are offered at -1.5; the line with the closer prices is the underdog's, which nobody means."""
    lines = [("home", -1.5, 150), ("away", 1.5, -180), ("home", 1.5, -160), ("away", -1.5, 135)]
    assert main_pair("spread", lines, favorite="home") == {"home": (-1.5, 150), "away": (1.5, -180)}
    assert main_pair("spread", lines, favorite="away") == {"home": (1.5, -160), "away": (-1.5, 135)}
    assert favorite_of([("home", None, -120), ("away", None, 102)]) == "home"
    assert favorite_of([("home", None, -110), ("away", None, -110)]) is None


def bookmaker(key: str, price: float, *, stamp: str = "2026-08-12T17:59:11Z", **fields) -> dict:
    outcomes = [{"name": "Athletics", "price": price}, {"name": "Tampa Bay Rays", "price": price}]
    return {"key": key, "title": key, "last_update": stamp, "markets": [{"key": "h2h", "outcomes": outcomes, **fields}]}


def test_a_board_stamped_at_its_bookmakers_is_read(tmp_path):
    """Boards before 2023 have no stamp at the market; the whole history of those years was refused."""
    board = [event() | {"bookmakers": [bookmaker("fanduel", -110)]}]
    parsed = the_odds_api.parse(board, NOW)
    assert {(quote.odds, quote.updated_at) for quote in parsed.quotes} == {
        (-110, datetime(2026, 8, 12, 17, 59, 11, tzinfo=UTC))
    }
    snapshot = {"timestamp": "2026-08-12T17:55:00Z", "previous_timestamp": None, "data": board}
    assert the_odds_api.parse(snapshot, NOW).quotes == parsed.quotes
    assert the_odds_api.capture_time(snapshot) == datetime(2026, 8, 12, 17, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    ("price", "odds"), [(1.91, -110), (2.5, 150), ("1.91", -110), ("+150", 150), (-110, -110), (150, 150)]
)
def test_a_board_of_decimal_prices_is_converted(price, odds):
    """oddsFormat defaults to decimal: 1.91 is not an American price, and was refused as one."""
    parsed = the_odds_api.parse([event() | {"bookmakers": [bookmaker("fanduel", price)]}], NOW)
    assert {quote.odds for quote in parsed.quotes} == {odds}


def test_an_object_that_is_no_board_names_what_it_has():
    """A cache of computed lines was refused with its first hundred characters."""
    with pytest.raises(PayloadShapeError, match=r"edges.*updated"):
        the_odds_api.parse({"edges": [], "updated": "today"}, NOW)


def test_the_newest_stamp_dates_a_board_only_where_another_book_confirms_it(tmp_path):
    """One book's clock was nine hours ahead: the board was dated after first pitch and dropped as in play."""
    books = [
        bookmaker("fanduel", -110),
        bookmaker("draftkings", -110, stamp="2026-08-12T17:58:00Z"),
        bookmaker("betmgm", -110, stamp="2026-08-13T02:58:00Z"),
    ]
    (tmp_path / "board.json").write_text(json.dumps([event() | {"bookmakers": books}]))
    (payload,) = recorded.read(the_odds_api.SPEC, [tmp_path / "board.json"])
    assert payload.captured_at == datetime(2026, 8, 12, 17, 59, 11, tzinfo=UTC)
    parsed = the_odds_api.parse(payload.body, payload.captured_at)
    assert {quote.book_id for quote in parsed.quotes} == {"fanduel", "draftkings"}
    assert [one.reason for one in parsed.rejected] == ["bad_updated_at"]


@pytest.mark.parametrize(
    ("link", "match"),
    [
        ("https://x/baseball/h2h/kansas-city-royals-AAAAAAA1/seattle-mariners-BBBBBBB2/#gameAAA1", "gameAAA1"),
        (
            "https://x/baseball/h2h/kansas-city-royals-AAAAAAA1/seattle-mariners-BBBBBBB2/#gameAAA1:home-away;1",
            "gameAAA1",
        ),
        ("https://x/baseball/usa/mlb/kansas-city-royals-seattle-mariners-CCCCCCC3/", "CCCCCCC3"),
        (
            "https://x/baseball/h2h/royals-AAAAAAA1/mariners-BBBBBBB2/",
            "2026-05-01 Seattle Mariners @ Kansas City Royals",
        ),
    ],
)
def test_a_match_is_named_by_its_fragment(link, match):
    """Head-to-head links end in a club's page: a series of three was one game with three scores."""
    record = {
        "league_name": "MLB", "match_date": "2026-05-01 23:40:00 UTC", "match_link": link, "home_score": "3",
        "home_team": "Kansas City Royals", "away_team": "Seattle Mariners", "away_score": "1",
    }  # fmt: skip
    (game,) = oddsportal.parse([record], NOW).games
    assert game.source_game_id == match


def bolt(start: str, book: str, target: str) -> dict:
    return {
        "mode": "prematch", "sport": "MLB", "market": "Moneyline", "starts_at": start, "sportsbook": book, "side": "",
        "game": "Boston Red Sox vs Tampa Bay Rays, 2026-08-13", "target": target, "line": "", "odds": "-110",
    }  # fmt: skip


def test_boltodds_tells_the_games_of_a_double_header_apart_and_one_game_of_two_books_not():
    """One name for both games, and starts that differ by a minute between books."""
    teams = ("Boston Red Sox", "Tampa Bay Rays")
    starts = [("2026-08-13, 01:35 PM", "a"), ("2026-08-13, 07:10 PM", "a"), ("2026-08-13, 07:11 PM", "b")]
    parsed = boltodds.parse({"odds": [bolt(at, book, team) for at, book in starts for team in teams]}, NOW)
    assert {one.source_game_id.rsplit(" ", 1)[-1] for one in parsed.games} == {"day", "late"}
    late = next(one for one in parsed.games if one.source_game_id.endswith("late"))
    assert late.scheduled_start == datetime(2026, 8, 13, 23, 10, tzinfo=UTC)
    assert sum(one.source_game_id == late.source_game_id for one in parsed.quotes) == 4


def test_lumify_splits_carry_when_they_were_taken(shared_data):
    """A final game's splits are from before it began."""
    body = (shared_data / "payloads" / "splits_lumify" / "panthera" / "2026-08-01" / "splits.json").read_bytes()
    captured = max(lumify.quote_stamps(json.loads(body))[lumify.SOURCE])
    parsed = lumify.parse(body, captured)
    final = next(one for one in parsed.games if one.source_game_id == "10800")
    split = next(one for one in parsed.splits if one.source_game_id == "10800" and one.market_type == "moneyline")
    assert final.status == "final"
    assert split.updated_at == datetime(2026, 8, 1, 0, 5, 18, tzinfo=UTC)
    assert (split.tickets_home_or_over, split.money_home_or_over) == (80.0, 94.0)


def test_splitvault_stamps_are_adelaides(shared_data):
    """2026-08-16 12:00 there is 02:30 in UTC; read as UTC the numbers would be ten hours old before they were."""
    body = (shared_data / "payloads" / "splits_splitvault" / "all_splits.csv").read_bytes()
    parsed = splitvault.parse(body, NOW + timedelta(days=30))
    assert min(one.captured_at for one in parsed.splits) == datetime(2026, 8, 16, 2, 30, 4, 492000, tzinfo=UTC)
    first = next(one for one in parsed.splits if one.market_type == "spread")
    assert (first.tickets_home_or_over, first.money_home_or_over) == (47.0, 86.0)


def test_probable_starters_of_a_table_keep_a_missing_one_missing():
    """An empty cell is nobody, not a pitcher without a name."""
    body = (
        b"game_date,game_pk,game_time,venue,away_team_name,home_team_name,away_pitcher_id,away_pitcher,"
        b"home_pitcher_id,home_pitcher,status\n"
        b'2026-06-02,822971,2026-06-02T22:40:00Z,Dome,Detroit Tigers,Tampa Bay Rays,656427,"F, J",,,Scheduled\n'
        b"2026-06-02,8229"
    )
    parsed = game_tables.parse(body, NOW)
    assert [(one.side, one.player_id) for one in parsed.probables] == [("home", None), ("away", "656427")]
    assert len(parsed.games) == 1


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b'a,b\n1,"x; y"\n', 2),
        (b'a;b\n1;"x; y"\n', 2),
        (b'a\tb\r\n1\t"x; y"\r\n', 2),
        (b'a|b\r1|"x; y"\r', 2),
        (b'a, b\n1, "x; y"\n', 2),
        (b'sep=;\r\na;b\r\n1;"x; y"\r\n', 3),
        (b'# exported\n# by hand\na,b\n1,"x; y"\n', 4),
    ],
)
def test_a_table_may_be_separated_as_spreadsheets_and_exports_do(body, line):
    """A season saved with semicolons or tabs was refused for columns that it has."""
    table = reading.csv_table(body)
    assert table.columns == ("a", "b")
    assert table.rows == [(line, {"a": "1", "b": "x; y"})]


@pytest.mark.parametrize(
    ("value", "odds"), [("+104", 104), ("-208", -208), ("−120", -120), ("EVEN", 100), (150, 150), (150.0, 150)]
)
def test_american_odds_come_in_many_spellings(value, odds):
    assert reading.american(value) == odds


@pytest.mark.parametrize("value", ["", "1.5", "--110", "+", None, True, 1.5, "9" * 5000, float("inf"), "１１０"])
def test_what_is_no_price_is_refused(value):
    """int() would take digits of any script, and True for 1."""
    with pytest.raises(BadField):
        reading.american(value)


@pytest.mark.parametrize(("price", "odds"), [(2.3, 130), (1.7142857, -140), (2.0, 100), (1.0099, -10101)])
def test_decimal_prices_become_american(price, odds):
    assert reading.american_of_decimal(price) == odds


def test_an_instant_without_a_zone_is_refused_unless_its_zone_is_known():
    """The vendors of one slate count in three zones."""
    with pytest.raises(BadField, match="without a zone"):
        reading.as_instant("2026-07-16T19:10:00", "start")
    assert reading.as_instant("2026-07-16T19:10:00", "start", EASTERN) == datetime(2026, 7, 16, 23, 10, tzinfo=UTC)
    assert reading.as_instant("2024-07-14T15:35:00.0000000Z", "start") == datetime(2024, 7, 14, 15, 35, tzinfo=UTC)


@pytest.mark.parametrize("line", [float("inf"), float("-inf"), float("nan"), 1e308])
def test_a_line_that_is_no_number_is_no_line(line):
    """JSON readers take Infinity and NaN; tested for halves, such a line broke the whole payload."""
    with pytest.raises(BadField, match="line_value"):
        Quote("1", "68", "total", "over", -110, line, NOW, NOW)


@pytest.mark.parametrize(
    ("home", "away", "lines"),
    [
        ("0,0,1,0,0,0,0,0,0", "0,0,0,0,0,0,2,0,0", ("001000000", "000000200")),
        ("0,0,3,0,0,0,0,0,0", "0,0,0,0,0,0,2,0,0", ("00300000x", "000000200")),
        ("0,0,12,0,0,0,0,0,", "0,0,0,0,0,0,2,0,0", ("00(12)00000x", "000000200")),
        ("0,0,1,0,0,0,0,0,0", "0,0,0,0,0,0,1,0,0", (None, None)),
    ],
)
def test_inning_columns_of_a_daily_table_are_its_line_scores(home, away, lines):
    """Bets on a part of a game were left unsettled; in extra innings the nine columns are not the score."""
    totals = [sum(int(runs or 0) for runs in side.split(",")) for side in (home, away)]
    totals = [total + 1 for total in totals] if lines[0] is None else totals
    names = [f"{side}_{inning}" for side in ("home", "away") for inning in range(1, 10)]
    header = f"game_id,game_date,start_time_et,home_team,away_team,home_score,away_score,status,{','.join(names)}\n"
    row = f"1,2026-03-25,2026-03-25 20:05:00,Giants,Yankees,{totals[0]},{totals[1]},Finished,{home},{away}\n"
    (result,) = daily_tables.parse((header + row).encode(), NOW).results
    assert (result.home_line_score, result.away_line_score) == lines
