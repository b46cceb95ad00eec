"""One honest day in the database, row by row, and the means to spoil it.

Belongs here: inserting rows that are valid except where a test says otherwise.
Not here: promises.
"""

import json
from datetime import UTC, date, datetime, timedelta

from mlb_ml_assets.features.declarations import FEATURE_COLUMNS
from mlb_ml_assets.features.registry import FEATURE_VERSION

DAY = date(2024, 6, 15)
START = datetime(2024, 6, 15, 23, 5, tzinfo=UTC)
NOON = datetime(2024, 6, 15, 16, tzinfo=UTC)


class Day:
    """Writes rows of a day on one connection; each call commits."""

    def __init__(self, connection):
        self.connection = connection

    def insert(self, table, **values):
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        plain = [json.dumps(value) if isinstance(value, dict) else value for value in values.values()]
        cursor = self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING *", plain)
        row = cursor.fetchone()
        return dict(zip([column.name for column in cursor.description], row, strict=True))

    def game(self, day=DAY, start=START, **values):
        """A game, linked to a listing of MLB's."""
        values = {"home_team": "BOS", "away_team": "NYY", "game_status": "scheduled", **values}
        game = self.insert("curated.enhanced_games", game_date=day, game_datetime=start, season=day.year, **values)[
            "id"
        ]
        self.listing(f"{game}", day=day, start=start, home=values["home_team"], away=values["away_team"])
        self.insert(
            "curated.game_identity", source="mlb_stats_api", source_game_id=f"{game}", game_id=game, confidence=1,
            method="test", evidence={},
        )  # fmt: skip
        self.insert(
            "curated.game_details", game_id=game, neutral_site=False, doubleheader="N", scheduled_innings=9,
            start_assumed=False, suspended=False, home_bats_first=False,
        )  # fmt: skip
        return game

    def listing(self, source_game_id, day=DAY, start=START, home="BOS", away="NYY", source="mlb_stats_api"):
        self.insert(
            "staging.source_games", source=source, source_game_id=source_game_id, game_date=day, season=day.year,
            season_type="regular", home_team=home, away_team=away, scheduled_start=start, status="scheduled",
            captured_at=start - timedelta(days=2), content_hash="0" * 64,
        )  # fmt: skip

    def line(self, game, stage="open", probability=0.55, **values):
        values = {"overround": 0.045, "quoted_at": NOON - timedelta(hours=20), **values}
        self.insert(
            "curated.market_lines", game_id=game, stage=stage, market_type="moneyline", book="action_network:68",
            books=1, home_or_over_odds=-130, away_or_under_odds=115, fair_probability=probability,
            known_at=values["quoted_at"], assumed=False, price_stage=stage, **values,
        )  # fmt: skip

    def features(self, game, stage="open", as_of=NOON, known_at=None, **features):
        values = dict.fromkeys(FEATURE_COLUMNS, "NaN") | features
        self.insert(
            "curated.game_features", game_id=game, stage=stage, as_of=as_of, known_at=known_at or as_of,
            price_stage="open", feature_version=f"{FEATURE_VERSION}.0", **values,
        )  # fmt: skip

    def prediction(self, game, stage="open", at=NOON, probability=0.55, start=START, **values):
        return self.insert(
            "curated.ml_predictions", game_id=game, model_name=f"mlb_game_model_{stage}", model_version="2024-06",
            feature_version=f"{FEATURE_VERSION}.0", home_ml_probability=probability, prediction_timestamp=at,
            market_close_time=start, time_to_game_minutes=int((start - at).total_seconds() // 60), **values,
        )["id"]  # fmt: skip

    def bet(self, game, prediction, stage="open", stake=0.01, side="home", **values):
        values = {"odds": -120, "book": "action_network:68", "quoted_at": NOON - timedelta(minutes=5), **values}
        values = {"final_probability": 0.56, "market_type": "moneyline", "decided_at": NOON, **values}
        self.insert(
            "curated.ml_recommendations", prediction_id=prediction, game_id=game, stage=stage, side=side, stake=stake,
            push_probability=0, **values,
        )  # fmt: skip

    def quarantine(self, reason, source="action_network", day=DAY, at=NOON, detail="field odds"):
        self.insert(
            "raw_data.quarantine", source=source, reason=reason, detail=detail, game_date=day, record={},
            record_sha256="0" * 64, quarantined_at=at,
        )  # fmt: skip

    def comparison(self, forecaster="anchored", games=2000, difference=0.001, slope=1.0, intercept=0.0, **values):
        self.insert(
            "curated.market_comparison", model_name="mlb_game_model_lineup", model_version="walk-forward",
            prediction_type="home_ml", evaluation_period_start=date(2024, 1, 1), evaluation_period_end=date(2025, 1, 1),
            forecaster=forecaster, reference="close", score="log_loss", games=games, forecaster_score=0.675,
            reference_score=0.674, difference=difference, difference_se=0.001, calibration_slope=slope,
            calibration_slope_se=0.1, calibration_intercept=intercept, calibration_intercept_se=0.03, **values,
        )  # fmt: skip

    def honest(self):
        """A day on which every promise holds at 18:30 Eastern, with the day before it settled."""
        game = self.game()
        self.line(game)
        for stage, at in (("open", NOON), ("lineup", START - timedelta(hours=1))):
            self.features(game, stage, as_of=at)
            prediction = self.prediction(game, stage, at=at)
            self.bet(game, prediction, stage, decided_at=at, quoted_at=at)
        before = DAY - timedelta(days=1)
        played = self.game(
            before, START - timedelta(days=1), home_team="SEA", away_team="TEX", game_status="final", home_score=4,
            away_score=3, winning_team="SEA",
        )  # fmt: skip
        at = START - timedelta(days=1, hours=2)
        for stage in ("open", "lineup"):
            prediction = self.prediction(played, stage, at=at, start=START - timedelta(days=1))
            self.bet(played, prediction, stage, decided_at=at, quoted_at=at, result="win", profit=0.008)
        self.comparison()
        return game
