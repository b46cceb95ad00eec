"""A clock that jumps: a machine that wakes with a wrong one, and is put right.

Belongs here: our clock moved forward and back while the world's goes on; pricing, and the sensor's memory.
Not here: daylight saving (automation/test_schedules.py), sources whose clocks are wrong (assets/test_ingest.py).

Dagster's own scheduler reads the machine's clock, which these drills leave alone.
"""

from datetime import timedelta

import dagster as dg
import pytest

from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets_tests.chain import LEAGUE
from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.drills.world import broken, environment_of
from mlb_ml_assets_tests.drills.writers import CHAIN, TODAY

# With daemons the slowest of the drills: minutes each on a busy machine.
pytestmark = [pytest.mark.long, pytest.mark.by_hand]

HOUR = timedelta(hours=1)
COLLECTED = ("raw_data/action_network_games", "raw_data/action_network_odds", "raw_data/action_network_history",
             "staging/action_network_odds_historical")  # fmt: skip
PRICED = ("enhanced_games", "market_lines", "ml_feature_vectors", "ml_predictions", "ml_recommendations")
COLLECT = ["assets", list(COLLECTED), TODAY, TODAY]
SLATE = ["assets", [f"curated/{name}" for name in PRICED], TODAY, TODAY]
MOVE = "UPDATE staging.action_network_odds_historical SET odds = odds - 7 WHERE is_current_odds AND odds < -110"
FORECASTS = """
    SELECT DISTINCT ON (p.game_id, p.model_name) p.game_id, p.model_name, round(p.home_ml_probability, 6)
    FROM curated.ml_predictions AS p JOIN curated.enhanced_games AS g ON g.id = p.game_id
    WHERE g.game_date = %s ORDER BY p.game_id, p.model_name, p.prediction_timestamp DESC
"""
# What a prediction of this run rests on, and when that was known.
FROM_THE_FUTURE = """
    SELECT p.id, p.prediction_timestamp FROM curated.ml_predictions AS p
    WHERE p.created_at > %s AND p.prediction_timestamp > %s
"""


@pytest.fixture
def live_day(database_server, before_writer, tmp_path):
    """Databases of the live day: games and prices are in, nothing is predicted."""
    (writer,) = (each for each in CHAIN if each.name == "ml_feature_vectors")
    return lambda: _fresh(database_server, before_writer(writer), tmp_path)


def test_a_clock_that_jumps_predicts_nothing_twice_and_knows_no_future(live_day, warm, moving_sources, outcome):
    """A laptop that slept, a machine that was restored from an image: hours ahead for a while, hours behind another."""
    evening = LEAGUE.now + 5 * HOUR
    story = {
        "right": [(LEAGUE.now, LEAGUE.now), (evening, evening)],
        "jumping": [
            (LEAGUE.now, LEAGUE.now), (LEAGUE.now, LEAGUE.now + 3 * HOUR), (LEAGUE.now, LEAGUE.now - 6 * HOUR),
            (LEAGUE.now, LEAGUE.now), (evening, evening),
        ],
    }  # fmt: skip
    forecasts, future, twice = {}, [], []
    for name, steps in story.items():
        for database in live_day():
            with database.connect() as connection:
                for world, ours in steps:
                    moving_sources.clock = world
                    (began,) = connection.execute("SELECT clock_timestamp()").fetchone()
                    environment = environment_of({**database.environment, **moving_sources.environment()})
                    for what in (COLLECT, SLATE):
                        ended = warm.run({**environment, SIMULATED_NOW: ours.isoformat()}, what)
                        assert ended.code == 0, ended.output[-4000:]
                    future += connection.execute(FROM_THE_FUTURE, (began, ours)).fetchall()
                    twice += broken(connection, healed=False)
                forecasts[name] = connection.execute(FORECASTS, (LEAGUE.today,)).fetchall()
    assert future == []
    assert twice == []
    right, jumping = ({row[:2]: row[2] for row in forecasts[name]} for name in ("right", "jumping"))
    assert right.keys() == jumping.keys()
    # A stored vector is kept: what was decided under the wrong clock for its cutoff rests on what was known then.
    moved = sum(right[key] != jumping[key] for key in right)
    outcome(
        "clock 3 h ahead, then 6 h behind, then right",
        f"nothing twice, nothing from the future; {moved} of {len(right)} forecasts older than they could be",
    )


def test_the_odds_sensor_is_not_stuck_by_a_clock_that_went_back(live_day, monkeypatch, outcome):
    """A cursor made of instants would wait for the clock to come by again, and lose what arrived meanwhile."""
    from mlb_ml_assets.automation.odds_sensor import new_odds
    from mlb_ml_assets.definitions import defs
    from mlb_ml_assets.resources.postgres import PostgresResource
    from mlb_ml_assets.stack.environment import dagster_instance

    for database in live_day():
        for name, value in environment_of(database.environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("DAGSTER_HOME", raising=False)
        with dagster_instance(database.settings) as instance, database.connect() as connection:
            cursor, asked = None, {}

            def tick(instant):
                nonlocal cursor
                monkeypatch.setenv(SIMULATED_NOW, instant.isoformat())
                context = dg.build_sensor_context(
                    instance=instance, cursor=cursor, resources={"postgres": PostgresResource()}, definitions=defs
                )
                found = new_odds.evaluate_tick(context)
                cursor = found.cursor
                return [request.partition_key for request in found.run_requests or []]

            asked["two days behind"] = tick(LEAGUE.now - 48 * HOUR)
            connection.execute(MOVE)
            asked["still behind"] = tick(LEAGUE.now - 47 * HOUR)
            connection.execute(MOVE)
            asked["right"] = tick(LEAGUE.now)
    assert TODAY not in asked["two days behind"] + asked["still behind"]
    assert TODAY in asked["right"]
    outcome("the sensor's clock two days behind, then right", "no run of a day to come; asked for with the next quotes")
