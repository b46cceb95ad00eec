"""Frames for analysts.

Belongs here: the seven functions on a played league, as-of times.
Not here: files (warehouse/test_table_export.py).
"""

from datetime import UTC, datetime, timedelta

import pytest

from mlb_ml_assets import read
from mlb_ml_assets_tests.chain import played, played_template, prepared, prepared_template, rows_of

__all__ = ["played", "played_template", "prepared", "prepared_template"]


@pytest.fixture
def days(played, monkeypatch):
    """The first and last official date of a league played to its end; the environment names its database."""
    for name, value in played.environment.items():
        monkeypatch.setenv(name, value)
    with played.connect() as connection:
        return rows_of(connection, "SELECT min(game_date), max(game_date) FROM curated.enhanced_games")[0]


def test_every_function_returns_the_stored_rows(days, played):
    """An analyst's count that differs from the table's starts an afternoon of searching."""
    tables = {
        "games": "curated.enhanced_games", "features": "curated.game_features",
        "predictions": "curated.ml_predictions", "performance": "curated.market_comparison",
    }  # fmt: skip
    with played.connect() as connection:
        for name, table in tables.items():
            frame = getattr(read, name)(*days)
            assert len(frame) == rows_of(connection, f"SELECT count(*) FROM {table}")[0][0] > 0, name
        staked = rows_of(
            connection, "SELECT count(*) FILTER (WHERE stake > 0), count(*) FROM curated.ml_recommendations"
        )
    assert (len(read.bets(*days)), len(read.bets(*days, staked=False))) == staked[0]
    assert len(read.quotes(*days)) > 0
    assert set(read.predictions(*days)["stage"]) == {"open", "lineup"}


def test_nothing_is_later_than_the_as_of_time(days):
    """A study on prices of the evening for bets of the morning finds an edge that is not there."""
    quotes = read.quotes(*days)
    middle = quotes["updated_at"].sort_values().iloc[len(quotes) // 2].to_pydatetime()
    assert 0 < len(read.quotes(*days, as_of=middle)) < len(quotes)
    assert read.quotes(*days, as_of=middle)["updated_at"].max() <= middle
    moved = read.movements(*days, hours_to_start=2)
    assert 0 < len(moved) <= len(read.movements(*days))
    assert moved["quoted_at"].le(moved["as_of"]).all()
    assert read.predictions(*days, as_of=middle)["prediction_timestamp"].le(middle).all()
    assert read.features(*days, as_of=middle)["as_of"].le(middle).all()
    assert read.bets(*days, as_of=middle, staked=False)["decided_at"].le(middle).all()


def test_an_as_of_time_needs_a_zone(days):
    """Noon in which zone? A guess is off by the hours between two prices."""
    with pytest.raises(read.AsOfWithoutZone):
        read.quotes(*days, as_of=(datetime.now(UTC) - timedelta(days=1)).replace(tzinfo=None))
