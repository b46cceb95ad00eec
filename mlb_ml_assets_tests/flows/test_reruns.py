"""Running again, running in pieces, and being cut short.

Belongs here: same rows twice, a range against its days, old rows after a failure.
Not here: games still ahead (test_live_day.py).
"""

import functools
from datetime import date, timedelta

import psycopg
import pytest

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows import features as feature_build
from mlb_ml_assets.flows import performance as scoring
from mlb_ml_assets.flows import predictions as prediction_build
from mlb_ml_assets.flows import recommendations as bet_build
from mlb_ml_assets.flows.features import build_vectors
from mlb_ml_assets.flows.performance import score_days
from mlb_ml_assets.flows.predictions import predict_days
from mlb_ml_assets.flows.recommendations import recommend_days
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets_tests.chain import PLAYED, one, run_job
from mlb_ml_assets_tests.flows.tables import forget, held, meant

# Across the end of a month and of a week.
PIECE = DayRange(date(2024, 4, 28), date(2024, 5, 1))
BUILDS = {"features": build_vectors, "predictions": predict_days, "bets": recommend_days, "scores": score_days}


def whole_chain(connection, days):
    for build in BUILDS.values():
        build(connection, days)


@pytest.mark.parametrize("layer", BUILDS)
def test_a_layer_run_again_changes_nothing(played, layer):
    """A re-run is how people repair; rows that move under it, or double, make every number a question."""
    with played.connect() as connection:
        before = held(connection)
        report = BUILDS[layer](connection, PLAYED)
        assert held(connection) == before
    assert report.get("rows changed", 0) == 0
    assert report.get("rows new", 0) == 0
    assert report.get("vectors new", 0) == 0
    assert report.get("settlements new or corrected", 0) == 0


def test_games_and_prices_built_again_change_nothing(played):
    """They are referred to by every later table: a new id or a moved stamp would orphan predictions."""
    with played.connect() as connection:
        before = held(connection)
        for build in (build_enhanced_games, build_market_lines):
            with connection.transaction():
                build(connection, PIECE.first, PIECE.last)
        assert held(connection) == before


def test_jobs_run_again_through_dagster_change_nothing(played):
    """What holds of the functions must hold of the partitions that people materialize."""
    with played.connect() as connection:
        before = held(connection)
        for job in ("prepare", "predict", "score"):
            assert run_job(job, "2024-05-01", "2024-05-03").success
        assert held(connection) == before


def test_a_range_in_one_run_equals_its_days_one_by_one(played):
    """A backfill and a year of daily runs must agree; trailing windows and checkpoints are where they differ."""
    with played.connect() as connection:
        forget(connection, PIECE.first, PIECE.last)
        whole_chain(connection, PIECE)
        in_one_run = meant(connection)
        forget(connection, PIECE.first, PIECE.last)
        for offset in range((PIECE.last - PIECE.first).days + 1):
            day = PIECE.first + timedelta(days=offset)
            whole_chain(connection, DayRange(day, day))
        one_by_one = meant(connection)
    for table, rows in in_one_run.items():
        assert len(rows) > 10, table
        assert one_by_one[table] == rows, table


@pytest.mark.parametrize(
    ("layer", "module", "step"),
    [
        ("features", feature_build, "write_feature_vectors"),
        ("predictions", prediction_build, "write_predictions"),
        ("bets", bet_build, "write_recommendations"),
        ("scores", scoring, "write_comparisons"),
    ],
)
def test_a_failure_in_the_middle_of_a_write_leaves_the_old_rows(played, monkeypatch, layer, module, step):
    """Half a partition looks like a whole one to its next reader."""
    write = getattr(module, step)

    @functools.wraps(write)
    def cut_short(*arguments, **named):
        write(*arguments, **named)
        raise RuntimeError("the machine went away")

    monkeypatch.setattr(module, step, cut_short)
    with played.connect() as connection:
        forget(connection, PIECE.last, PIECE.last)
        day = DayRange(PIECE.last, PIECE.last)
        for name in list(BUILDS)[: list(BUILDS).index(layer)]:
            BUILDS[name](connection, day)
        before = held(connection)
        with pytest.raises(RuntimeError, match="went away"):
            BUILDS[layer](connection, day)
        assert held(connection) == before


def test_a_connection_killed_in_the_middle_leaves_the_old_rows(played, monkeypatch):
    """An exception unwinds politely; a killed backend does not."""
    write = bet_build.write_recommendations

    def killed(connection, *arguments):
        write(connection, *arguments)
        (backend,) = one(connection, "SELECT pg_backend_pid()")
        with played.connect() as other:
            other.execute("SELECT pg_terminate_backend(%s)", (backend,))
        connection.execute("SELECT 1")

    monkeypatch.setattr(bet_build, "write_recommendations", killed)
    with played.connect() as connection:
        connection.execute("UPDATE curated.ml_recommendations SET no_bet_reason = 'marked' WHERE stake = 0")
        connection.execute(
            "UPDATE curated.ml_predictions SET market_close_time = market_close_time + INTERVAL '1 year'"
        )
        before = held(connection)
    with pytest.raises(psycopg.OperationalError), played.connect() as connection:
        recommend_days(connection, PIECE)
    with played.connect() as connection:
        assert held(connection) == before
