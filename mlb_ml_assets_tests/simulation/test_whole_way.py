"""The pipeline takes the simulated league in by the doors that real data uses, and loses nothing of it.

Belongs here: bundle and live days into a real database.
Not here: features, models, bets (their own rooms' tests).
"""

from datetime import date

import pytest

from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.flows.history_import import import_history
from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.demo import demo_league
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets_tests.simulated_sources import fetch_from


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A demo league of two short seasons, with enough games that some are postponed."""
    config = SimulationConfig(first_day=date(2023, 5, 1), today=date(2024, 5, 24), season_days=20)
    return demo_league(tmp_path_factory.mktemp("home"), config)


def test_the_league_goes_in_whole(database, demo, monkeypatch):
    """Every game of bundle and sources maps, nothing is set aside, and the results are the league's."""
    games = demo.league.games
    with database.connect() as connection:
        connection.autocommit = True
        report = import_history(connection, [demo.bundle_folder])
        assert report.rejected == {}
        with demo.server() as server:
            fetch_from(server, monkeypatch)
            monkeypatch.setenv(SIMULATED_NOW, demo.now.isoformat())
            for day in demo.live_days:
                for source in ("mlb_stats_api", "action_network"):
                    ingest(connection, source, day).raise_if_stopped()
            for source in ("sportsbettingdime", "vsin", "the_odds_api"):
                ingest(connection, source, demo.today).raise_if_stopped()
        with connection.transaction():
            build_enhanced_games(connection, demo.live_from, demo.live_days[-1])
        unmapped = connection.execute("SELECT source, source_game_id, status FROM curated.unmapped_games").fetchall()
        # A listing that rain ended before its first request has no game on its day any more.
        gone = {("action_network", str(event), "postponed") for event in games["postponed_action_network_id"] if event}
        assert set(unmapped) <= gone
        quarantined = connection.execute(
            "SELECT source, reason, COUNT(*) FROM raw_data.quarantine GROUP BY 1, 2"
        ).fetchall()
        assert [row for row in quarantined if row[:2] != ("sportsbettingdime", "bad_odds")] == []
        finals = dict(
            connection.execute(
                "SELECT mlb_stats_api_game_id::int, home_score * 100 + away_score FROM curated.enhanced_games"
                " WHERE game_status = 'final'"
            ).fetchall()
        )
        ended = games[(games["ended_at"] <= demo.now) & (games["official_date"] <= demo.today)]
        assert finals == dict(zip(ended["game_pk"], ended["home_score"] * 100 + ended["away_score"], strict=True))
        upcoming = connection.execute(
            "SELECT COUNT(*) FROM curated.enhanced_games WHERE game_date = %s", [demo.today]
        ).fetchone()
        assert upcoming == ((games["official_date"] == demo.today).sum(),)
