"""Two weeks of a season, played tick by tick under a simulated clock.

Belongs here: schedules and the odds sensor over a simulated league, and what must have happened by when.
Not here: single ticks (test_schedules.py, test_odds_sensor.py), the quality of forecasts.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager

from mlb_ml_assets.automation.odds_sensor import new_odds
from mlb_ml_assets.automation.schedules import (
    monthly_training,
    morning_examine,
    morning_experiments,
    morning_score,
    morning_slate,
    weekly_promotion,
    weekly_upkeep,
)
from mlb_ml_assets.commands.materialize import execute, plan
from mlb_ml_assets.definitions import build_definitions
from mlb_ml_assets.flows.history_import import import_history
from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.resources.postgres import PostgresResource
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.demo import demo_league
from mlb_ml_assets_tests.simulated_sources import fetch_from

EASTERN = ZoneInfo("America/New_York")
FIRST, DAYS = date(2024, 5, 25), 14
LAST = FIRST + timedelta(days=DAYS - 1)
# Weeks into its second season; the stretch crosses the first of a month, Mondays and Sundays. The first season is just
# long enough to learn a model from.
LEAGUE = SimulationConfig(first_day=date(2023, 5, 1), today=LAST + timedelta(days=1), season_days=68)
# When the outside collector runs: results first, then prices before the afternoon's games and before the night's.
ROUNDS = (time(7, 30), time(11, 0), time(17, 15))
CLOCK = {
    time(3, 30): (monthly_training,),
    time(5, 0): (weekly_upkeep,),
    time(8, 0): (morning_score,),
    time(8, 15): (morning_experiments,),
    time(8, 30): (morning_slate,),
    time(8, 45): (morning_examine,),
    time(9, 0): (weekly_promotion,),
}
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
NEWEST = """
    SELECT p.game_id, MAX(p.prediction_timestamp)
    FROM curated.ml_predictions AS p JOIN curated.enhanced_games AS g ON g.id = p.game_id
    WHERE g.game_date BETWEEN %s AND %s GROUP BY 1
"""
PRICED = """
    SELECT g.id, MAX(l.known_at) FROM curated.enhanced_games AS g JOIN curated.market_lines AS l ON l.game_id = g.id
    WHERE g.game_date BETWEEN %s AND %s AND g.game_datetime - INTERVAL '60 minutes' > %s AND l.stage <> 'close'
        AND l.known_at <= %s AND g.game_status = 'scheduled'
    GROUP BY 1
"""
FORECASTS = "SELECT COUNT(*) FROM curated.ml_predictions"
# Games that had a price in time for somebody to bet on it.
PRICEABLE = """
    SELECT g.id, g.game_date, g.game_datetime FROM curated.enhanced_games AS g
    WHERE g.game_date BETWEEN %s AND %s AND g.game_status <> 'postponed' AND EXISTS (
        SELECT 1 FROM curated.market_lines AS l
        WHERE l.game_id = g.id AND l.stage <> 'close' AND l.known_at < g.game_datetime - INTERVAL '60 minutes')
"""
SETTLED = """
    SELECT g.game_date, COUNT(*) FILTER (WHERE r.result IS NOT NULL), COUNT(*) FILTER (WHERE r.result IS NULL)
    FROM curated.ml_recommendations AS r JOIN curated.enhanced_games AS g ON g.id = r.game_id
    WHERE g.game_date BETWEEN %s AND %s AND g.game_status = 'final' AND r.odds IS NOT NULL
    GROUP BY 1
"""


@dataclass
class Day:
    """What the driver saw on one day of the stretch."""

    runs: Counter = field(default_factory=Counter)
    repriced: int = 0
    forecasts: int = 0


@dataclass
class Story:
    """What the driver saw: each day, when each game was first predicted, and what was not as it should be."""

    days: dict[date, Day] = field(default_factory=dict)
    first_predicted: dict[int, datetime] = field(default_factory=dict)
    stale: list[tuple[datetime, int]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def runs(self, job):
        return sum(day.runs[job] for day in self.days.values())


class Driver:
    """The daemon's part: evaluates a tick, starts what it requests, and moves the clock."""

    def __init__(self, database, instance, monkeypatch, server):
        self.database, self.instance, self.monkeypatch, self.server = database, instance, monkeypatch, server
        self.definitions = build_definitions()
        self.resources = {"postgres": PostgresResource()}
        self.cursor, self.story = None, Story()

    def at(self, day, hour):
        self.now = datetime.combine(day, hour, EASTERN).astimezone(UTC)
        self.day = self.story.days.setdefault(day, Day())
        self.server.clock = self.now
        self.monkeypatch.setenv("MLB_ML_SIMULATED_NOW", self.now.isoformat())

    def collect(self, day):
        """The outside collector's round, over a connection of its own."""
        early = self.now.astimezone(EASTERN).hour < 8
        days = (day - timedelta(days=1), day) if early else (day, day + timedelta(days=1))
        with self.database.connect() as connection:
            for source in ("mlb_stats_api", "action_network"):
                for each in days:
                    ingest(connection, source, each).raise_if_stopped()

    def schedule(self, schedule):
        context = dg.build_schedule_context(
            scheduled_execution_time=self.now.astimezone(EASTERN), resources=self.resources
        )
        answer = schedule(context)
        if isinstance(answer, dg.SkipReason):
            self.story.skipped.append(f"{schedule.name}: {answer.skip_message}")
            return
        self.run(schedule.job_name, answer)

    def sense(self):
        """Ticks of the sensor until it requests nothing more."""
        while True:
            context = dg.build_sensor_context(
                instance=self.instance, cursor=self.cursor, resources=self.resources, definitions=self.definitions
            )
            data = new_odds.evaluate_tick(context)
            self.cursor = data.cursor
            if not data.run_requests:
                return
            for request in data.run_requests:
                self.run("slate", request)
                self.day.repriced += 1

    def run(self, job, request):
        tags = dict(request.tags or {})
        if request.run_key:
            tags |= {"dagster/run_key": request.run_key, "dagster/sensor_name": "new_odds"}
        before = self.one(FORECASTS)
        result = self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key=request.partition_key,
            tags=tags,
            run_config=QUIET,
            raise_on_error=False,
        )
        self.day.runs[job] += 1
        for event in result.all_node_events:
            if event.is_step_failure:
                error = event.step_failure_data.error
                self.story.failed.append(f"{self.now} {job} {event.step_key}: {error.cause or error}")
        if job == "slate":
            self.day.forecasts += self.one(FORECASTS) - before
            self.look()

    def one(self, statement):
        with self.database.connect() as connection:
            return connection.execute(statement).fetchone()[0]

    def look(self):
        """After each pricing: note first predictions, and prices that no prediction has seen."""
        day = self.now.astimezone(EASTERN).date()
        with self.database.connect() as connection:
            newest = dict(connection.execute(NEWEST, (day, day + timedelta(days=1))).fetchall())
            priced = dict(connection.execute(PRICED, (day, day + timedelta(days=1), self.now, self.now)).fetchall())
        for game in newest:
            self.story.first_predicted.setdefault(game, self.now)
        self.story.stale += [
            (self.now, game) for game, at in priced.items() if newest.get(game, at - timedelta(1)) < at
        ]


@pytest.fixture
def played(environment, instance, monkeypatch, tmp_path):
    """The stretch, played; gives its story and the database."""
    # Two processes a run to copy what a step prints, and ours print nothing.
    monkeypatch.setattr(instance, "_compute_log_manager", NoOpComputeLogManager())
    league = demo_league(tmp_path / "league", LEAGUE, live_days=DAYS)
    with environment.connect() as connection:
        import_history(connection, [league.bundle_folder])
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", datetime.combine(FIRST, time(3), EASTERN).isoformat())
    with league.server() as server:
        fetch_from(server, monkeypatch)
        steps = plan(LEAGUE.first_day, FIRST - timedelta(days=1))
        before = [step for step in steps if step.job in ("prepare", "train")]
        list(execute(before, build_definitions(), instance, lambda _: None))
        driver = Driver(environment, instance, monkeypatch, server)
        driver.at(FIRST - timedelta(days=1), ROUNDS[-1])
        driver.collect(FIRST - timedelta(days=1))
        driver.sense()
        for number in range(DAYS):
            day = FIRST + timedelta(days=number)
            for hour in sorted({*ROUNDS, *CLOCK}):
                driver.at(day, hour)
                if hour in ROUNDS:
                    driver.collect(day)
                    driver.sense()
                for schedule in CLOCK.get(hour, ()):
                    if _due(schedule, day):
                        driver.schedule(schedule)
    return driver.story, environment


def _due(schedule, day):
    """Whether the day of the month and of the week of its cron expression are this day's."""
    _, _, month_day, _, week_day = schedule.cron_schedule.split()
    return month_day in ("*", str(day.day)) and week_day in ("*", str(day.isoweekday() % 7))


def _record(story, games, settled):
    """The stretch as a table: what a reader of docs/operations.md sees."""
    others = ("train", "promote", "upkeep")
    lines = ["day         games  slates  by odds  new forecasts  first, hours before cutoff  sides settled  also"]
    for day in sorted({game[1] for game in games}):
        seen = story.days[day]
        leads = [
            (start - timedelta(hours=1) - story.first_predicted[game]).total_seconds() / 3600
            for game, date_, start in games
            if date_ == day and game in story.first_predicted
        ]
        lead = f"{min(leads):.1f} to {max(leads):.1f}, median {median(leads):.1f}"
        also = ", ".join(f"{job} {seen.runs[job]}" for job in others if seen.runs[job])
        lines.append(
            f"{day:%a %d %b}  {len(leads):5}  {seen.runs['slate']:6}  {seen.repriced:7}  {seen.forecasts:13}  "
            f"{lead:>28}  {settled.get(day, 0):11}  {also}"
        )
    return "\n".join(lines)


@pytest.mark.long
def test_two_weeks_of_a_season(played, capsys):
    """Each part works alone; together they miss a day when one requests a partition that another has not made yet."""
    story, database = played
    with database.connect() as connection:
        games = connection.execute(PRICEABLE, (FIRST, LAST)).fetchall()
        listed = connection.execute(
            "SELECT COUNT(*), COUNT(DISTINCT game_date) FROM curated.enhanced_games WHERE game_date BETWEEN %s AND %s",
            (FIRST, LAST),
        ).fetchone()
        settled = connection.execute(SETTLED, (FIRST, LAST - timedelta(days=1))).fetchall()
        late = connection.execute(
            "SELECT COUNT(*) FROM curated.ml_predictions "
            "WHERE prediction_timestamp > market_close_time - INTERVAL '1 hour'"
        ).fetchone()
        versions = {row[0] for row in connection.execute("SELECT DISTINCT model_version FROM curated.ml_predictions")}
    with capsys.disabled():
        print("\n" + _record(story, games, {day: done for day, done, _ in settled}))
    assert story.failed == []
    assert listed[1] == DAYS
    assert len(games) > 0.9 * listed[0]
    never = datetime.max.replace(tzinfo=UTC)
    missed = [game for game in games if story.first_predicted.get(game[0], never) > game[2] - timedelta(hours=1)]
    # A game moved to an earlier hour after the last round before its cutoff cannot be predicted in time.
    assert len(missed) <= 0.02 * len(games), missed[:5]
    assert all(story.days[FIRST + timedelta(days=number)].repriced >= 2 for number in range(DAYS))
    assert story.stale == []
    assert [day for day, _, open_bets in settled if open_bets] == []
    assert len(settled) == DAYS - 1
    assert late == (0,)
    assert versions >= {"2024-05", "2024-06"}
    assert story.runs("settle") == story.runs("examine") == DAYS
    assert story.runs("train") == 1
    assert story.runs("promote") == story.runs("upkeep") == 2
