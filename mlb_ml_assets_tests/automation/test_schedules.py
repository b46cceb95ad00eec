"""The clock of a season: which day each tick is about, also where clocks change.

Belongs here: schedules evaluated at chosen instants over a real database.
Not here: what the jobs do.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from mlb_ml_assets.assets.partitions import game_days, model_months
from mlb_ml_assets.automation.schedules import (
    SCHEDULES,
    hourly_watch,
    monthly_training,
    morning_score,
    morning_slate,
    weekly_upkeep,
)
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.resources.postgres import PostgresResource

EASTERN = ZoneInfo("America/New_York")
GAME = """
    INSERT INTO staging.source_games (source, source_game_id, game_date, season, season_type, home_team, away_team,
        scheduled_start, status, captured_at, content_hash)
    VALUES ('mlb_stats_api', %s, %s, %s, 'regular', 'BOS', 'NYY', %s, 'scheduled', %s, repeat('0', 64))
"""


@pytest.fixture
def ticks(database, monkeypatch):
    """Evaluate a schedule at an Eastern wall-clock instant, with games on the given days."""
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)

    def tick(schedule, at, days=()):
        with database.connect() as connection:
            for number, day in enumerate(days):
                start = datetime.fromisoformat(f"{day}T17:05:00+00:00")
                connection.execute(GAME, (f"{day}-{number}", day, int(day[:4]), start, start))
        context = dg.build_schedule_context(scheduled_execution_time=at, resources={"postgres": PostgresResource()})
        return schedule(context)

    return tick


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2024, 3, 10, 8, 30, tzinfo=EASTERN), "2024-03-10"),  # clocks go forward at 02:00
        (datetime(2024, 11, 3, 8, 30, tzinfo=EASTERN), "2024-11-03"),  # and back
        (
            datetime(2024, 3, 20, 8, 30, tzinfo=EASTERN),
            "2024-03-20",
        ),  # opening day in Seoul, played before dawn Eastern
        (datetime(2024, 10, 31, 8, 30, tzinfo=EASTERN), "2024-10-31"),
    ],
)
def test_the_morning_slate_is_todays(ticks, at, day):
    """Adding 24 hours to yesterday requests the wrong day twice a year."""
    request = ticks(morning_slate, at, [day])
    assert request.partition_key == day
    assert day in game_days.get_partition_keys(current_time=at)


def test_a_game_abroad_is_priced_on_the_day_before(ticks):
    """Seoul plays at 06:05 Eastern: a slate of that morning comes after the cutoff, its prices before."""
    request = ticks(morning_slate, datetime(2024, 3, 19, 8, 30, tzinfo=EASTERN), ["2024-03-20"])
    assert request.partition_key == "2024-03-19"


def test_no_schedule_lies_in_the_hours_that_clocks_skip_or_repeat():
    """Between 01:00 and 03:00 a tick is missing in March and comes twice in November."""
    hours = {part for each in SCHEDULES for part in each.cron_schedule.split()[1].split(",")}
    assert hours.isdisjoint({"*", "1", "2"})
    assert hours >= {"3", "8", "9-23"}


def test_the_world_series_may_reach_into_november(ticks):
    """A season that ends by the calendar leaves its last games unpriced and unscored."""
    last = ["2024-11-02"]
    at = datetime(2024, 11, 2, 8, 30, tzinfo=EASTERN)
    assert ticks(morning_slate, at, last).partition_key == "2024-11-02"
    assert ticks(morning_score, at + timedelta(hours=23.5)).partition_key == "2024-11-02"
    assert isinstance(ticks(hourly_watch, at + timedelta(days=20)), dg.SkipReason)
    assert isinstance(ticks(weekly_upkeep, at + timedelta(days=60)), dg.RunRequest)


def test_scores_are_yesterdays_also_on_the_day_clocks_change(ticks):
    """The day that clocks go back has 25 hours: 24 before its 08:00 is still the same day at 09:00."""
    request = ticks(morning_score, datetime(2024, 11, 3, 8, 0, tzinfo=EASTERN), ["2024-11-02"])
    assert request.partition_key == "2024-11-02"


def test_the_all_star_break_does_nothing_and_says_why(ticks):
    """A run over no games each day of the break hides the day on which the schedule is really missing."""
    answer = ticks(morning_slate, datetime(2024, 7, 16, 8, 30, tzinfo=EASTERN), ["2024-07-14", "2024-07-19"])
    assert isinstance(answer, dg.SkipReason)
    assert "2024-07-16" in answer.skip_message


def test_a_month_is_trained_when_it_begins_and_only_if_it_has_games(ticks):
    """November needs no model unless the World Series reaches into it."""
    first = datetime(2024, 11, 1, 3, 30, tzinfo=EASTERN)
    assert isinstance(ticks(monthly_training, first), dg.SkipReason)
    assert ticks(monthly_training, first, ["2024-11-02"]).partition_key == "2024-11-01"
    assert model_months.get_partition_keys(current_time=first)[-1] == "2024-11-01"


def test_today_exists_today():
    """Without end_offset the newest partition is yesterday's, and no game can be priced before it is over."""
    at = datetime(2024, 6, 15, 0, 5, tzinfo=EASTERN)
    assert game_days.get_partition_keys(current_time=at)[-1] == "2024-06-15"
    late = datetime(2024, 6, 16, 3, 59, tzinfo=UTC)  # 23:59 Eastern
    assert game_days.get_partition_keys(current_time=late)[-1] == "2024-06-15"


def test_a_range_names_its_days():
    """A range of days prints as one, a single day as itself."""
    day = datetime(2024, 6, 15, tzinfo=UTC).date()
    assert str(DayRange(day, day)) == "2024-06-15"
