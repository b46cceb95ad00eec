"""A small season to serve: three games of a day, one without a prediction, quotes, splits, bets, a scored past.

Belongs here: rows of the tests of this room, written through the project's own writers where it has one.
Not here: the API's responses.
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.betting.recommendations import recommend
from mlb_ml_assets.betting.wide_columns import wide_columns
from mlb_ml_assets.modeling.run_distribution import RunShape, joint_pmf
from mlb_ml_assets.modeling.run_rules import rules_for
from mlb_ml_assets.warehouse.game_models import GameModelRow, write_game_model
from mlb_ml_assets.warehouse.performance import count_calibration, write_comparisons, write_performance
from mlb_ml_assets.warehouse.predictions import write_predictions
from mlb_ml_assets.warehouse.recommendations import write_recommendations

DAY = date(2024, 6, 14)
EMPTY_DAY = date(2024, 6, 16)
START = datetime(2024, 6, 14, 23, 5, tzinfo=UTC)
OPENED = datetime(2024, 6, 13, 16, 0, tzinfo=UTC)
TEAMS = (("PHI", "BAL"), ("NYY", "BOS"), ("LAD", "KC"))
PKS = ("745001", "745002", "745003")
# Our ids count from 1, so that this gamePk is also one of our ids.
AMBIGUOUS_PK = "2"
_TARGETS = {"home_ml": "moneyline", "total_over": "total", "home_spread": "spread"}
_STORED = (
    "prediction_id", "game_id", "stage", "market_type", "side", "book", "archive_price", "odds", "line_value",
    "quoted_at", "blind_probability", "memory_probability", "model_probability", "market_probability",
    "final_probability", "probability_low", "probability_high", "push_probability", "expected_close_probability",
    "expected_value", "minimum_odds", "kelly_single", "kelly_slate", "kelly_fractional", "kelly_steps", "stake",
    "no_bet_reason", "home_starter_id", "away_starter_id", "decided_at",
)  # fmt: skip


def insert_games(connection: psycopg.Connection) -> list[int]:
    """Three games on DAY, and a finished one a week before whose gamePk is the id of another."""
    ids = []
    for position, ((away, home), pk) in enumerate(zip(TEAMS, PKS, strict=True)):
        ids.append(insert_game(connection, DAY, START + timedelta(minutes=30 * position), away, home, pk))
    past = DAY - timedelta(days=7)
    old = insert_game(connection, past, START - timedelta(days=7), "SEA", "TEX", AMBIGUOUS_PK)
    connection.execute(
        "UPDATE curated.enhanced_games SET game_status = 'final', home_score = 5, away_score = 3 WHERE id = %s", (old,)
    )
    connection.execute(
        "INSERT INTO staging.book_catalogue (source, book_id, book_name, book_kind, bettable, parent_book) VALUES "
        "('the_odds_api', 'alpha', 'Alpha Sports', 'book', TRUE, 'alpha'), "
        "('the_odds_api', 'beta', 'Beta Bets', 'book', TRUE, 'beta')"
    )
    return [*ids, old]


def insert_game(connection: psycopg.Connection, day: date, start: datetime, away: str, home: str, pk: str) -> int:
    row = connection.execute(
        "INSERT INTO curated.enhanced_games (mlb_stats_api_game_id, home_team, away_team, game_date, game_datetime, "
        "season, home_pitcher_name, away_pitcher_name) VALUES (%s, %s, %s, %s, %s, %s, 'Home Starter', 'Away Starter') "
        "RETURNING id",
        (pk, home, away, day, start, day.year),
    ).fetchone()
    assert row is not None
    connection.execute(
        "INSERT INTO curated.game_details (game_id, neutral_site, doubleheader, scheduled_innings, start_assumed, "
        "suspended, home_bats_first) VALUES (%s, FALSE, 'N', 9, FALSE, FALSE, FALSE)",
        row,
    )
    connection.execute(
        "INSERT INTO staging.source_games (source, source_game_id, game_date, season, season_type, home_team, "
        "away_team, scheduled_start, status, captured_at, content_hash) "
        "VALUES ('the_odds_api', %s, %s, %s, 'regular', %s, %s, %s, 'scheduled', %s, repeat('0', 64))",
        (f"odds-{pk}", day, day.year, home, away, start, start - timedelta(days=2)),
    )
    connection.execute(
        "INSERT INTO curated.game_identity (source, source_game_id, game_id, confidence, method, evidence) "
        "VALUES ('the_odds_api', %s, %s, 1, 'test', '{}')",
        (f"odds-{pk}", row[0]),
    )
    return int(row[0])


def insert_quotes(connection: psycopg.Connection, pk: str, start: datetime = START) -> None:
    """Two books over a day: alpha moves toward the home side, beta does not move."""
    rows = []
    for hours, home, away in ((30, -110, -104), (12, -118, 104), (3, -126, 112)):
        rows += [("alpha", "moneyline", "home", home, None, hours), ("alpha", "moneyline", "away", away, None, hours)]
    rows += [("beta", "moneyline", "home", -112, None, 29), ("beta", "moneyline", "away", -102, None, 29)]
    for book, hours, number in (("alpha", 30, 8.5), ("alpha", 6, 9.0), ("beta", 29, 8.5)):
        rows += [(book, "total", side, -108, number, hours) for side in ("over", "under")]
    for book, market, side, odds, line, hours in rows:
        at = start - timedelta(hours=hours)
        connection.execute(
            "INSERT INTO staging.source_quotes (source, source_game_id, book_id, market_type, side, updated_at, odds, "
            "line_value, captured_at) VALUES ('the_odds_api', %s, %s, %s, %s, %s, %s, %s, %s)",
            (f"odds-{pk}", book, market, side, at, odds, line, at),
        )
    connection.execute(
        "INSERT INTO staging.source_splits (source, source_game_id, book_id, market_type, captured_at, "
        "tickets_home_or_over, tickets_away_or_under, money_home_or_over, money_away_or_under) "
        "VALUES ('the_odds_api', %s, 'alpha', 'moneyline', %s, 61, 39, 48, 52)",
        (f"odds-{pk}", start - timedelta(hours=2)),
    )


def insert_prediction(
    connection: psycopg.Connection,
    game_id: int,
    *,
    home: float = 0.58,
    stage: str = "open",
    stamp: datetime = OPENED,
    start: datetime = START,
    odds: int = -112,
) -> int:
    """A prediction with its recommendations; its id. At these odds a home probability of .58 is worth a bet."""
    forecast = {
        target: {"blind": home - 0.01, "memory": home, "anchored": home - 0.005, "final": home, "market": 0.53,
                 "low": home - 0.03, "high": home + 0.03, "expected_close": home - 0.01, "expected_close_sd": 0.02,
                 "push": 0.0, "line": None}
        for target in _TARGETS
    }  # fmt: skip
    forecast["total_over"] |= {
        "final": 0.49,
        "memory": 0.49,
        "blind": 0.49,
        "market": 0.5,
        "line": 8.5,
        "low": 0.46,
        "high": 0.52,
    }
    forecast["home_spread"] |= {
        "final": 0.41,
        "memory": 0.41,
        "blind": 0.4,
        "market": None,
        "line": -1.5,
        "low": 0.38,
        "high": 0.44,
    }
    explanation = {
        **forecast,
        "runs": {"home_rate": 4.7, "away_rate": 4.1, "home_dispersion": 3.5, "away_dispersion": 3.4,
                 "expected_home_runs": 4.6, "expected_away_runs": 4.1},
        "price_stage": stage,
        "contributions": {
            "home_ml": {"market_price": 0.21, "elo_difference": -0.05},
            "total_over": {"market_price": 8.4, "wind_out": 0.2},
        },
    }  # fmt: skip
    row = {
        "game_id": game_id, "model_name": f"mlb_game_model_{stage}", "model_version": "2024-06",
        "experiment_id": "1", "run_id": "run", "feature_version": "1.0", "prediction_timestamp": stamp,
        "market_close_time": start, "time_to_game_minutes": int((start - stamp).total_seconds() // 60),
        "prediction_explanation": explanation, "feature_importance": {}, "model_confidence_factors": {},
    }  # fmt: skip
    for target in _TARGETS:
        final = forecast[target]["final"]
        row |= {
            f"{target}_probability": round(final, 4),
            f"{target}_binary": int(final >= 0.5),
            f"{target}_confidence": round(max(final, 1 - final), 2),
        }
    with connection.transaction():
        write_predictions(connection, pd.DataFrame([row]), pd.Series([False]))
        found = connection.execute(
            "SELECT id FROM curated.ml_predictions "
            "WHERE game_id = %s AND model_name = %s AND prediction_timestamp = %s",
            (game_id, row["model_name"], stamp),
        ).fetchone()
        assert found is not None
        _recommend(connection, found[0], game_id, stage, stamp, forecast, odds)
    return int(found[0])


def _recommend(connection, prediction_id, game_id, stage, stamp, forecast, odds) -> None:
    forecasts = pd.DataFrame(
        [
            {
                "game_id": game_id, "stage": stage, "slate": "day", "as_of": pd.Timestamp(stamp), "market_type": market,
                "line_value": np.nan if forecast[target]["line"] is None else forecast[target]["line"],
                "final_probability": forecast[target]["final"], "push_probability": 0.0,
                "blind_probability": forecast[target]["blind"], "memory_probability": forecast[target]["memory"],
                "model_probability": forecast[target]["memory"],
                "market_probability": np.nan if forecast[target]["market"] is None else forecast[target]["market"],
                "probability_low": forecast[target]["low"], "probability_high": forecast[target]["high"],
                "expected_close_probability": forecast[target]["expected_close"], "minutes_to_start": 300.0,
            }
            for target, market in _TARGETS.items()
        ]
    )  # fmt: skip
    quotes = pd.DataFrame(
        [
            {"game_id": game_id, "stage": stage, "market_type": "moneyline", "side": side, "book": "the_odds_api:beta",
             "odds": price, "line_value": np.nan, "quoted_at": pd.Timestamp(stamp), "bettable": True}
            for side, price in (("home", odds), ("away", -102))
        ]
    )  # fmt: skip
    runs = joint_pmf(np.array([4.7]), np.array([4.1]), rules_for(2024, "regular", 9), RunShape())[0]
    rows = recommend(forecasts, quotes, {(stage, game_id): runs})
    wide = wide_columns(rows)
    wide = wide[[name for name in wide.columns if not name.endswith(("probability", "binary", "confidence"))]]
    wide = wide.drop(columns=["game_id", "stage"]).assign(prediction_id=prediction_id)
    write_recommendations(connection, rows.assign(prediction_id=prediction_id)[list(_STORED)], wide)


def insert_past(connection: psycopg.Connection, game_id: int) -> None:
    """A settled bet, a close, a trained month and two scored windows."""
    start = START - timedelta(days=7)
    for stage in ("open", "lineup"):
        insert_prediction(connection, game_id, stage=stage, stamp=OPENED - timedelta(days=7), start=start)
    connection.execute(
        "UPDATE curated.ml_recommendations SET result = 'win', profit = stake * .9, settled_at = now(), "
        "closing_probability = .55, clv_expected_value = .03 WHERE game_id = %s AND stake > 0",
        (game_id,),
    )
    connection.execute(
        "INSERT INTO curated.market_lines (game_id, stage, market_type, book, books, home_or_over_odds, "
        "away_or_under_odds, fair_probability, overround, quoted_at, known_at, assumed, price_stage) "
        "VALUES (%s, 'close', 'moneyline', 'the_odds_api:alpha', 2, -126, 112, .55, .03, %s, %s, FALSE, 'close')",
        (game_id, start, start),
    )
    write_game_model(
        connection,
        GameModelRow(
            "2024-06", date(2024, 6, 1), datetime(2024, 5, 30, 16, tzinfo=UTC), "1", "run", {"home_ml": "run"}, 1,
            "models:/mlb_game_model/1", "1.0", 9000, "a" * 64, "b" * 64, None,
        ),
    )  # fmt: skip
    window = {
        "model_name": "mlb_game_model_lineup", "model_version": "walk-forward", "prediction_type": "home_ml",
        "evaluation_period_start": date(2023, 1, 1), "evaluation_period_end": date(2024, 1, 1),
    }  # fmt: skip
    with connection.transaction():
        write_performance(
            connection,
            pd.DataFrame([{**window, "total_predictions": 2430, "total_games_evaluated": 2430, "log_loss": 0.6789}]),
        )
        rows = [
            {**window, "forecaster": view, "reference": "close", "score": "log_loss", "games": 2430,
             "forecaster_score": 0.6789, "reference_score": 0.678, "difference": difference, "difference_se": 0.0007,
             "bets": 100, "clv_mean": 0.01}
            for view, difference in (("anchored", 0.0004), ("memory", 0.0009), ("blind", 0.0021))
        ]  # fmt: skip
        write_comparisons(connection, pd.DataFrame(rows))
        count_calibration(connection, date(2024, 1, 1), date(2025, 1, 1))
