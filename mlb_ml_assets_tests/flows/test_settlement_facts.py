"""From payloads to settled bets: games that moved, stopped or were shortened after the bet.

Belongs here: what each schedule payload does to a bet made before it, through parsing, linking, terms and settlement.
Not here: the clauses of the rules (betting/test_settlement.py).
"""

import itertools
import json
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.flows.performance import settle_days
from mlb_ml_assets.serving.settlements import read_settlements
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.recommendations import read_bet_terms
from mlb_ml_assets_tests.automation.rows import Day

PK, START = 745001, datetime(2024, 6, 15, 20, 10, tzinfo=UTC)
DAY, NEXT, AUGUST = date(2024, 6, 15), date(2024, 6, 16), date(2024, 8, 17)
LISTED, BET_AT = datetime(2024, 6, 14, 16, tzinfo=UTC), datetime(2024, 6, 15, 14, tzinfo=UTC)
NIGHT = datetime(2024, 6, 16, 4, tzinfo=UTC)
NEXT_NIGHT = NIGHT + timedelta(days=1)
AFTERWARDS = datetime(2024, 9, 1, tzinfo=UTC)
# Runs by inning; None where a half inning was not played.
NINE = ([0, 1, 0, 2, 0, 0, 1, 0, None], [0, 0, 2, 0, 0, 0, 0, 0, 0])
MIDDLE_OF_THE_FIFTH = ([0, 1, 0, 0, None], [0, 0, 2, 0, 1])
MIDDLE_OF_THE_NINTH = ([0, 1, 0, 0, 1, 0, 0, 0, None], [0, 0, 2, 0, 1, 0, 0, 1, 0])
FIVE = ([0, 1, 0, 2, 0], [0, 0, 2, 0, 0])
SEVEN = ([0, 1, 0, 2, 1, 1, 0], [0, 0, 1, 0, 0, 0, 0])
SIX = ([0, 1, 0, 1, 0, 0], [0, 0, 2, 0, 0, 0])


def listing(code="S", *, start=START, official=DAY, length=9, runs=None, **more):
    """A game object of MLB's schedule."""
    teams = {"home": {"team": {"id": 111}}, "away": {"team": {"id": 147}}}
    game = {
        "gamePk": PK, "gameType": "R", "season": "2024", "gameDate": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "officialDate": str(official), "doubleHeader": "N", "gameNumber": 1, "scheduledInnings": length,
        "status": {"codedGameState": code, "detailedState": "", "startTimeTBD": False},
        "venue": {"id": 3, "name": "Fenway Park"}, "dayNight": "night", "teams": teams, **more,
    }  # fmt: skip
    if runs is not None:
        home, away = runs
        for side, line in (("home", home), ("away", away)):
            teams[side]["score"] = sum(scored or 0 for scored in line)
        game["linescore"] = {
            "scheduledInnings": length,
            "innings": [
                {"num": number, "home": {} if h is None else {"runs": h}, "away": {} if a is None else {"runs": a}}
                for number, (h, a) in enumerate(zip(home, away, strict=True), 1)
            ],
        }
    return game


class Season:
    """One game in a database of its own: payloads in, bets on it, settlements out."""

    def __init__(self, connection, folder, monkeypatch):
        self.connection, self.folder, self.monkeypatch = connection, folder, monkeypatch
        self.rows = Day(connection)
        self.game, self.bets = None, 0

    def capture(self, at, *games):
        """Ingest one schedule payload as captured at an instant."""
        file = self.folder / f"{at:%Y-%m-%dT%H-%M-%S}-000Z.json"
        file.write_text(json.dumps({"dates": [{"date": str(DAY), "games": list(games)}]}))
        self.monkeypatch.setenv(SIMULATED_NOW, max(at, AFTERWARDS).isoformat())
        ingest(self.connection, "mlb_stats_api", from_files=[file]).raise_if_stopped()
        with self.connection.transaction():
            build_enhanced_games(self.connection, DAY, AUGUST)
        (self.game,) = self.connection.execute("SELECT id FROM curated.enhanced_games").fetchone()

    def bet(self, market="moneyline", side="home", line=None, operator="fanduel", at=BET_AT):
        """A bet on the terms that were known at an instant."""
        decision = pd.DataFrame([{"game_id": self.game, "stage": "open", "as_of": at}])
        terms = read_bet_terms(self.connection, decision).iloc[0].to_dict()
        terms = {name: value for name, value in terms.items() if name not in ("game_id", "stage")}
        (start,) = self.connection.execute(
            "SELECT scheduled_start FROM staging.game_status_history WHERE captured_at <= %s "
            "ORDER BY captured_at DESC LIMIT 1",
            (at,),
        ).fetchone()
        self.bets += 1
        stamp = at + timedelta(seconds=self.bets)
        prediction = self.rows.prediction(self.game, at=stamp, start=start)
        self.rows.bet(
            self.game, prediction, side=side, market_type=market, line_value=line, operator=operator, decided_at=at,
            odds=100, terms_scheduled_start=start, **terms,
        )  # fmt: skip

    def settle(self, now=AFTERWARDS):
        """Results of the bets, in the order in which they were made, with the clause or the reason."""
        self.monkeypatch.setenv(SIMULATED_NOW, now.isoformat())
        (day,) = self.connection.execute("SELECT game_date FROM curated.enhanced_games").fetchone()
        with self.connection.transaction():
            settle_days(self.connection, DayRange(day, day))
        return self.connection.execute(
            "SELECT result, COALESCE(SPLIT_PART(settlement_rule, '/', 2), unsettled_reason) "
            "FROM curated.ml_recommendations ORDER BY prediction_id"
        ).fetchall()


@pytest.fixture
def season(database, tmp_path, monkeypatch):
    with database.connect() as connection:
        season = Season(connection, tmp_path, monkeypatch)
        season.capture(LISTED, listing())
        yield season


def moved(to, official, *, runs=NINE):
    return listing("F", start=to, official=official, runs=runs, rescheduledFrom=START.isoformat())


HOME = ("moneyline", "home", None)
AWAY = ("moneyline", "away", None)
OVER = ("total", "over", 8.5)
UNDER = ("total", "under", 8.5)
RUN_LINE = ("spread", "home", -1.5)
DAY_AFTER = START + timedelta(hours=24)
RESUMED = {"resumeDate": DAY_AFTER.isoformat()}
SUSPENDED = (NIGHT, listing("U", runs=SIX, **RESUMED))
COMPLETED = (NEXT_NIGHT, listing("F", runs=NINE, **RESUMED))
POSTPONED = (NIGHT, listing("D"))
RAINED_OUT = (NIGHT, listing("D", official=NEXT, rescheduleDate=DAY_AFTER.isoformat()))
# What the schedule reported after the bet; bets at an operator; result and clause of each.
CASES = {
    "rained out, made up the next day": (
        [RAINED_OUT, (NEXT_NIGHT, moved(DAY_AFTER, NEXT))],
        [(HOME, "fanduel", "void", "postponed"), (OVER, "caesars", "void", "postponed")],
    ),
    "postponed without a date, made up in August": (
        [POSTPONED, (datetime(2024, 8, 18, 4, tzinfo=UTC), moved(datetime(2024, 8, 17, 17, 10, tzinfo=UTC), AUGUST))],
        [(HOME, "fanduel", "void", "postponed"), (HOME, "draftkings", "void", "postponed")],
    ),
    "starts 13 hours late": (
        [(NEXT_NIGHT, moved(START + timedelta(hours=13), NEXT))],
        [(HOME, "draftkings", "void", "postponed"), (HOME, "fanduel", "void", "postponed")],
    ),
    "starts 11 hours late": (
        [(NEXT_NIGHT, moved(START + timedelta(hours=11), NEXT))],
        [(HOME, "draftkings", "win", "regulation"), (HOME, "fanduel", "void", "postponed")],
    ),
    "suspended, completed the next day": (
        [SUSPENDED, COMPLETED],
        [(HOME, "fanduel", "win", "regulation"), (UNDER, "draftkings", "win", "regulation")],
    ),
    "suspended for three days": (
        [
            (NIGHT, listing("U", runs=SIX, resumeDate=(START + timedelta(days=3)).isoformat())),
            (NIGHT + timedelta(days=3), listing("F", runs=NINE, resumeDate=(START + timedelta(days=3)).isoformat())),
        ],
        [(HOME, "fanduel", "void", "suspended"), (HOME, "betmgm", "push", "score at suspension"),
         (("total", "over", 3.5), "fanduel", "win", "suspended, decided")],
    ),
    "nine innings become seven": (
        [(NIGHT, listing("F", length=7, runs=SEVEN))],
        [(HOME, "fanduel", "void", "length changed"), (OVER, "draftkings", "void", "length changed")],
    ),
    "called in the middle of the fifth, visitors ahead": (
        [(NIGHT, listing("F", runs=MIDDLE_OF_THE_FIFTH))],
        [(HOME, "fanduel", "void", "shortened"), (AWAY, "draftkings", "void", "shortened")],
    ),
    "called after five": (
        [(NIGHT, listing("F", runs=FIVE))],
        [(HOME, "fanduel", "win", "regulation"), (OVER, "fanduel", "void", "shortened"),
         (("total", "over", 4.5), "fanduel", "win", "shortened, decided")],
    ),
    "called in the middle of the ninth, visitors ahead": (
        [(NIGHT, listing("F", runs=MIDDLE_OF_THE_NINTH))],
        [(AWAY, "fanduel", "win", "regulation"), (UNDER, "fanduel", "void", "shortened"),
         (RUN_LINE, "fanduel", "void", "shortened")],
    ),
    "forfeited": ([(NIGHT, listing("Q", runs=NINE))], [(HOME, "fanduel", "void", "forfeit")]),
    "cancelled": ([(NIGHT, listing("C"))], [(HOME, "fanduel", "void", "not played")]),
    "played": (
        [(NIGHT, listing("F", runs=NINE))],
        [(HOME, "fanduel", "win", "regulation"), (OVER, "fanduel", "loss", "regulation"),
         (RUN_LINE, "fanduel", "win", "regulation")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_bet_is_settled_on_the_terms_it_was_made_on(season, case):
    """The game's present row replaced the terms: seven of seven games that changed after the bet settled wrong."""
    captures, bets = CASES[case]
    for (market, side, line), operator, *_ in bets:
        season.bet(market, side, line, operator)
    for at, game in captures:
        season.capture(at, game)
    assert season.settle() == [(result, clause) for _, _, result, clause in bets]


MOVED = (
    "rained out, made up the next day",
    "postponed without a date, made up in August",
    "suspended, completed the next day",
    "suspended for three days",
)


@pytest.mark.parametrize("order", itertools.permutations(range(3)))
@pytest.mark.parametrize("case", MOVED)
def test_facts_in_any_order_late_or_twice_end_in_one_settlement(season, case, order):
    """A late payload, read after a settlement, must end where reading it in time ends, however often it is settled."""
    captures, bets = CASES[case]
    for (market, side, line), operator, *_ in bets:
        season.bet(market, side, line, operator)
    captures = [*captures, (datetime(2024, 8, 20, 4, tzinfo=UTC), captures[-1][1])]
    for place in (*order, order[0]):
        at, game = captures[place]
        season.capture(at, game)
        season.settle(max(at, NEXT_NIGHT))
    final = [(result, clause) for _, _, result, clause in bets]
    assert season.settle() == final
    assert season.settle() == final


def test_a_void_is_final_and_settled_once(season):
    """A makeup two months later turned the void into a win, and the history into nonsense."""
    captures, _ = CASES["postponed without a date, made up in August"]
    season.bet(*HOME)
    for at, game in captures:
        season.capture(at, game)
        assert season.settle(at + timedelta(hours=9)) == [("void", "postponed")]
    history = season.connection.execute("SELECT result, cause FROM curated.settlement_history").fetchall()
    assert history == [("void", "first settlement")]


def test_a_correction_keeps_the_history_and_names_its_cause(season):
    """Official scorers correct results for days; the reader must see what was believed, and why it changed."""
    season.bet(*RUN_LINE)
    season.capture(NIGHT, listing("F", runs=NINE))
    assert season.settle() == [("win", "regulation")]
    corrected = ([*NINE[0][:3], 1, *NINE[0][4:]], NINE[1])
    season.capture(NEXT_NIGHT, listing("F", runs=corrected))
    assert season.settle() == [("loss", "regulation")]
    assert season.settle() == [("loss", "regulation")]
    history = season.connection.execute(
        "SELECT result, cause FROM curated.settlement_history ORDER BY settled_at"
    ).fetchall()
    assert history == [("win", "first settlement"), ("loss", "score corrected")]


def test_an_unfinished_game_waits_with_its_reason(season):
    """A bet without a result and without a reason looks forgotten."""
    season.bet(*HOME)
    assert season.settle(START) == [(None, "not finished")]
    season.capture(*SUSPENDED)
    assert season.settle(NIGHT) == [(None, "not finished")]


def test_a_bet_made_after_the_move_has_action(season):
    """Terms are those of the decision: the same makeup game is a void for one bet and a win for the next."""
    season.bet(*HOME)
    season.capture(*RAINED_OUT)
    season.capture(NIGHT + timedelta(minutes=1), listing(start=DAY_AFTER, official=NEXT))
    season.bet(*HOME, at=NIGHT + timedelta(hours=8))
    season.capture(NEXT_NIGHT, moved(DAY_AFTER, NEXT))
    assert season.settle() == [("void", "postponed"), ("win", "regulation")]


def test_the_view_of_a_settlement_has_terms_events_and_clause(season):
    """A void without its terms and its events is a claim that the reader must believe."""
    season.bet(*HOME)
    season.bet(*OVER, operator="draftkings")
    assert read_settlements(season.connection, season.game, only_bets=True).settlements[0].unsettled_reason is None
    captures, _ = CASES["suspended for three days"]
    for at, game in captures:
        season.capture(at, game)
    season.settle()
    view = read_settlements(season.connection, season.game, only_bets=True)
    (bet,) = view.settlements
    assert (bet.result, bet.clause, bet.terms.operator) == ("void", "suspended", "draftkings")
    assert (bet.terms.game_date, bet.terms.scheduled_start, bet.terms.scheduled_innings) == (DAY, START, 9)
    assert [entry.cause for entry in bet.history] == ["first settlement"]
    assert [event.event for event in view.events if event.event != "schedule"] == ["suspension", "result"]
    assert view.events[-1].source == "mlb_stats_api"
    stopped = next(event.facts for event in view.events if event.event == "suspension")
    assert (stopped["home_score"], stopped["away_score"], stopped["outs"]) == (2, 2, 36)


def test_two_names_of_one_operator_have_one_rule_set(season):
    """williamhill_us is caesars, and espnbet is espn_bet: each name by itself would fall to the general rules."""
    season.bet(*HOME, operator="mgm")
    season.capture(NIGHT, listing("F", runs=NINE))
    season.settle()
    (rule,) = season.connection.execute("SELECT settlement_rule FROM curated.ml_recommendations").fetchone()
    assert rule == "betmgm_36_hours/regulation"
