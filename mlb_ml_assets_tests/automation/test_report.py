"""The metadata of a materialization: counts where they are true, pictures where somebody looks.

Belongs here: the rules of report.py, and that pictures are drawn from real rows and stay small.
Not here: what a picture should look like.
"""

from datetime import date, timedelta

import dagster as dg
import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.assets.report import MAX_PICTURE, as_markdown_images, run_metadata
from mlb_ml_assets.evaluation.pictures import (
    LARGE,
    SMALL,
    coverage_picture,
    difference_picture,
    equity_picture,
    importance_picture,
    movement_picture,
    reliability_picture,
)
from mlb_ml_assets.features.declarations import FEATURE_COLUMNS
from mlb_ml_assets.flows.pictures import coverage_pictures, movement_pictures, pictures_of_month, season_pictures
from mlb_ml_assets_tests.automation.rows import DAY, NOON, START, Day

PNG = b"\x89PNG\r\n\x1a\n"
DAYS = dg.DailyPartitionsDefinition("2024-06-01")


def metadata_of(tags):
    drawn = []

    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def table(context: dg.AssetExecutionContext):
        def draw(day):
            drawn.append(day)
            return {"picture": PNG}

        return dg.MaterializeResult(metadata=run_metadata(context, {"rows": 7, "why": "x"}, rows="rows", pictures=draw))

    result = dg.materialize([table], tags=tags)
    return result.asset_materializations_for_node("table")[0].metadata, drawn


def test_one_day_has_its_rows_and_its_picture():
    """Row counts over partitions are the first thing that shows a day that went wrong."""
    metadata, drawn = metadata_of({"dagster/partition": "2024-06-15"})
    assert metadata["dagster/partition_row_count"].value == 7
    assert metadata["picture"].value.startswith("![picture](data:image/png;base64,")
    assert drawn == [date(2024, 6, 15)]


def test_a_range_has_neither():
    """Its metadata is repeated on every partition: 2,430 pictures, and each day with the season's rows."""
    metadata, drawn = metadata_of(
        {"dagster/asset_partition_range_start": "2024-06-10", "dagster/asset_partition_range_end": "2024-06-15"}
    )
    assert set(metadata) == {"rows", "why"}
    assert not drawn


def test_no_picture_is_drawn_while_a_stake_waits():
    """Importing the drawing library takes longer than pricing the day."""
    metadata, drawn = metadata_of({"dagster/partition": "2024-06-15", "dagster/sensor_name": "new_odds"})
    assert "dagster/partition_row_count" in metadata
    assert not drawn


def test_a_picture_too_large_for_the_event_log_is_left_out():
    """Events are kept forever."""
    assert as_markdown_images({"large": b"x" * MAX_PICTURE, "small": PNG}).keys() == {"small"}


@pytest.fixture
def season():
    random = np.random.default_rng(2)
    days = pd.date_range("2024-04-01", periods=150)
    games = pd.DataFrame({"game_date": np.repeat(days, 15)})
    truth = random.uniform(0.35, 0.65, len(games))
    names = ("blind_probability", "memory_probability", "final_probability", "closing_probability")
    games = games.assign(
        outcome=(random.random(len(games)) < truth).astype(float),
        profit=random.normal(0, 0.01, len(games)),
        **{name: np.clip(truth + random.normal(0, 0.02, len(games)), 0.05, 0.95) for name in names},
    )
    quotes = pd.DataFrame(
        {
            "book_name": np.tile([f"book {number}" for number in range(9)], 60),
            "at": pd.date_range("2024-06-14", periods=540, freq="3min", tz="UTC"),
            "until": pd.date_range("2024-06-14", periods=540, freq="3min", tz="UTC") + pd.Timedelta(minutes=20),
            "probability": random.uniform(0.5, 0.6, 540),
        }
    )
    bankroll = pd.DataFrame({"as placed": (1 + games.groupby("game_date")["profit"].sum()).cumprod()})
    return {
        "reliability": lambda size: reliability_picture(games, size),
        "difference": lambda size: difference_picture(games, size),
        "equity": lambda size: equity_picture(bankroll, "bankroll", size),
        "coverage": lambda size: coverage_picture(pd.DataFrame(random.random((9, 21)), columns=days[:21]), size),
        "importance": lambda size: importance_picture(dict.fromkeys(FEATURE_COLUMNS, 0.1), size, "title"),
        "movement": lambda size: movement_picture(quotes, size, "BOS at NYY"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["reliability", "difference", "equity", "coverage", "importance", "movement"])
def test_a_small_picture_fits_and_a_large_one_is_larger(season, name):
    """A full season, a full board: the sizes that a fixture of ten games would never show."""
    small, large = season[name](SMALL), season[name](LARGE)
    assert small.startswith(PNG)
    assert name in {"coverage"} or len(large) > len(small)
    assert as_markdown_images({name: small})


def test_pictures_come_from_the_rows_of_the_day(environment):
    """From tables to pictures: a column that a query no longer gives shows here, not at 08:00."""
    with environment.connect() as connection:
        day = Day(connection)
        game = day.honest()
        for number in range(25):
            played = day.game(
                DAY - timedelta(days=3 + number), START - timedelta(days=3 + number), home_score=5,
                away_score=number % 9,
                game_status="final", winning_team=None, mlb_stats_api_game_id=str(number),
            )  # fmt: skip
            prediction = day.prediction(played, "lineup", start=START, at=NOON)
            day.bet(played, prediction, "lineup", closing_probability=0.5 + number / 100, profit=0.001, result="win")
        for market in ("lineup",):
            day.line(game, market, probability=0.6, quoted_at=NOON)
        day.listing("77", source="action_network")
        day.insert(
            "curated.game_identity", source="action_network", source_game_id="77", game_id=game, confidence=1,
            method="test", evidence={},
        )  # fmt: skip
        day.insert(
            "staging.action_network_odds_historical", external_game_id="77", sportsbook_external_id="68",
            market_type="moneyline", side="home", odds=-130, updated_at=NOON - timedelta(hours=1),
        )  # fmt: skip
        assert season_pictures(connection, DAY).keys() == {"reliability", "difference to the close", "bankroll"}
        assert coverage_pictures(connection, DAY).keys() == {"coverage"}
        assert movement_pictures(connection, DAY).keys() == {"line movement"}
        assert all(png.startswith(PNG) for png in pictures_of_month(connection, date(2024, 7, 1)).values())
        assert pictures_of_month(connection, date(2024, 7, 1)).keys() == {
            "reliability.png", "difference_to_the_close.png", "bankroll.png",
        }  # fmt: skip


def test_days_without_rows_have_no_pictures(environment):
    """The first day of a fresh installation, and every day of winter."""
    with environment.connect() as connection:
        for draw in (season_pictures, coverage_pictures, movement_pictures, pictures_of_month):
            assert draw(connection, date(2024, 1, 1)) == {}
