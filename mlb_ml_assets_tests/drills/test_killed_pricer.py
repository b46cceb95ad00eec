"""SIGKILL at random points of the resident pricer.

Belongs here: the kills, and that the next process goes on.
Not here: what it prices (live/test_pricing.py), a lost session, a second pricer (live/test_resident.py).
"""

import random
from datetime import timedelta

import pytest

from mlb_ml_assets_tests.chain import LEAGUE, at
from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.drills.world import POINTS, SEED, digests, environment_of, wait_for_backends
from mlb_ml_assets_tests.live.conftest import MORNING, live_template, moves
from mlb_ml_assets_tests.live.test_pricing import COMPARED

pytestmark = pytest.mark.long

__all__ = ["live_template"]
# Of all statements, of those after two games moved, and any moment.
_KINDS = ("own", "partial", "time")
_WAITS = "SELECT COUNT(*) FROM staging.quote_arrivals"
_GAMES = """
    SELECT array_agg(source_game_id ORDER BY source_game_id) FROM staging.source_games
    WHERE source = 'action_network' AND game_date = %s AND status = 'scheduled' AND scheduled_start > %s
"""


def test_a_killed_pricer_leaves_all_or_nothing_and_the_next_goes_on(
    database_server, live_template, warm, tmp_path, outcome
):
    """A price taken from the log whose stake was never stored is lost for good; half a slate is worse than none."""
    chance, moment = random.Random(f"pricer{SEED}"), MORNING + timedelta(minutes=40)
    with at(moment.isoformat()):
        points = killed = kept = 0
        whole = None
        while whole is None or points < POINTS:
            for database in _fresh(database_server, live_template, tmp_path):
                environment = environment_of(database.environment) | {"MLB_ML_SIMULATED_NOW": moment.isoformat()}
                with database.connect() as connection:
                    (games,) = connection.execute(_GAMES, (LEAGUE.today, MORNING + timedelta(hours=4))).fetchone()
                    moving = ["price", moves(games[-2:], MORNING + timedelta(minutes=20))]
                    first = warm.run(environment, ["price", "SELECT 1"])
                    assert first.code == 0, first.output[-4000:]
                    wait_for_backends(connection)
                    before = digests(connection, COMPARED)
                    if whole is None:
                        run = warm.run(environment, moving)
                        assert run.code == 0, run.output[-4000:]
                        whole = digests(connection, COMPARED)
                        assert whole != before, "nothing to cut"
                        assert run.partial > 0, "everything was priced at once"
                        continue
                    kind = _KINDS[points % 3]
                    last = {"own": run.own, "partial": run.partial}
                    point = chance.uniform(0.02, run.seconds) if kind == "time" else chance.randint(1, last[kind])
                    ended = warm.run(environment, moving, (kind, point))
                    points, killed = points + 1, killed + ended.killed
                    wait_for_backends(connection)
                    now = digests(connection, COMPARED)
                    assert now in (before, whole), "a part of a pricing is stored"
                    kept += now == whole
                    has_moved = connection.execute(
                        "SELECT COUNT(*) > 0 FROM staging.action_network_odds_historical WHERE updated_at = %s",
                        (MORNING + timedelta(minutes=20),),
                    ).fetchone() == (True,)
                    if has_moved and now == before:
                        assert connection.execute(_WAITS).fetchone() != (0,), "the prices are taken, and not priced"
                    healing = warm.run(environment, moving if not has_moved else ["price", "SELECT 1"])
                    assert healing.code == 0, healing.output[-4000:]
                    wait_for_backends(connection)
                    assert digests(connection, COMPARED) == whole
                    assert connection.execute(_WAITS).fetchone() == (0,)
    outcome(
        f"SIGKILL of the pricer: {killed} kills", f"all or nothing; {kept} times already committed; the next goes on"
    )
