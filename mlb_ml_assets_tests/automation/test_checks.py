"""Each promise: kept on an honest day, broken by its own offender, and stopping the run where it must.

Belongs here: the checks that are one query each.
Not here: checks over seasons (test_season_checks.py), the tables' own CHECKs.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from mlb_ml_assets.automation.checks import DAY_CHECKS, checked_days
from mlb_ml_assets.domain.time_rules import CUTOFF_BEFORE_START
from mlb_ml_assets.flows.promises import PROMISES
from mlb_ml_assets.resources.postgres import PostgresResource
from mlb_ml_assets.warehouse.sql import query
from mlb_ml_assets_tests.automation.rows import DAY, NOON, START, Day

EASTERN = ZoneInfo("America/New_York")
EVENING = datetime(2024, 6, 15, 18, 30, tzinfo=EASTERN)
BY_NAME = {key.name: check for check in DAY_CHECKS for key in check.check_keys}
BY_PROMISE = {promise.name: promise for promise in PROMISES}


def _free(day, table, constraint):
    """A table restored without its CHECK, as after a partial restore of a backup."""
    day.connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


def _leaked_feature(day, game):
    (name,) = day.connection.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'curated.game_features'::regclass AND contype = 'c' "
        "AND pg_get_constraintdef(oid) LIKE '%known_at%'"
    ).fetchone()
    _free(day, "curated.game_features", name)
    day.connection.execute("UPDATE curated.game_features SET known_at = as_of + INTERVAL '1 second'")


def _late_decision(day, game):
    day.connection.execute("UPDATE curated.game_details SET first_pitch = %s", [NOON - timedelta(minutes=1)])


def _decision_after_the_result(day, game):
    day.connection.execute("UPDATE curated.game_details SET result_known_at = %s", [NOON - timedelta(minutes=1)])


def _unlinked(day, game):
    day.listing("unheard of")


def _no_price(day, game):
    day.game(home_team="TEX", away_team="SEA", start=START - timedelta(hours=3))


def _no_lineup_prediction(day, game):
    day.connection.execute(
        "DELETE FROM curated.ml_predictions WHERE game_id = %s AND model_name LIKE '%%lineup'", [game]
    )


def _unsettled(day, game):
    day.connection.execute("UPDATE curated.ml_recommendations SET result = NULL WHERE result = 'win'")


def _no_result(day, game):
    day.connection.execute("UPDATE curated.enhanced_games SET game_status = 'scheduled' WHERE home_team = 'SEA'")


# Promise -> offenders, each alone enough to break it.
OFFENCES = {
    "games_are_unique": [lambda day, game: day.game()],
    "source_games_are_mapped": [_unlinked],
    "nothing_is_quarantined": [lambda day, game: day.quarantine("bad_odds")],
    "prices_are_sane": [
        lambda day, game: day.line(game, "lineup", overround=0.2),
        lambda day, game: day.line(game, "lineup", overround=-0.01),
        lambda day, game: day.line(game, "lineup", probability=0.95),
    ],
    "prices_cover_the_day": [_no_price],
    "features_were_knowable": [_leaked_feature, _late_decision, _decision_after_the_result],
    "predictions_cover_the_day": [_no_lineup_prediction],
    "predictions_are_in_range": [
        lambda day, game: day.prediction(game, at=NOON + timedelta(hours=1), probability=0.985),
        lambda day, game: day.connection.execute(
            "UPDATE curated.ml_predictions SET prediction_timestamp = market_close_time - INTERVAL '59 minutes' "
            "WHERE game_id = %s AND model_name LIKE '%%lineup'", [game],
        ),
    ],
    "stakes_are_within_limits": [
        lambda day, game: day.connection.execute(
            "UPDATE curated.ml_recommendations SET quoted_at = decided_at + INTERVAL '1 second'"
        ),
        lambda day, game: [
            day.bet(game, *day.connection.execute(
                "SELECT MIN(id) FROM curated.ml_predictions WHERE game_id = %s", [game]).fetchone(), side=side,
                stake=0.13, market_type=market, line_value=line)
            for side, market, line in (("away", "moneyline", None), ("over", "total", 8.5))
        ],
    ],
    "stakes_are_still_advised": [
        lambda day, game: day.bet(
            game, day.prediction(game, at=NOON + timedelta(hours=1)), stake=0, no_bet_reason="below threshold"
        )
    ],
    "today_is_covered": [_no_lineup_prediction, _unsettled, _no_result],
    "payloads_keep_their_shape": [
        lambda day, game: day.quarantine("payload_shape", at=EVENING - timedelta(days=1), day=None)
    ],
    "nobody_beats_the_close": [lambda day, game: day.comparison("blind", difference=-0.0031)],
    "forecasts_are_calibrated": [
        lambda day, game: day.connection.execute("UPDATE curated.market_comparison SET calibration_slope = 0.69"),
        lambda day, game: day.connection.execute("UPDATE curated.market_comparison SET calibration_intercept = -0.1"),
    ],
}  # fmt: skip
CASES = [
    pytest.param(name, offence, id=f"{name}-{number}")
    for name, offences in OFFENCES.items()
    for number, offence in enumerate(offences)
]


@pytest.fixture
def honest(environment, monkeypatch):
    """An honest day, looked at at 18:30 Eastern of its evening."""
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", EVENING.isoformat())
    with environment.connect() as connection:
        day = Day(connection)
        yield day, day.honest()


def run(checks, assets, instance=None, selection=None):
    """Run checks over stand-ins of their assets, with one asset downstream of each."""
    return dg.materialize(
        [*assets, *checks],
        resources={"postgres": PostgresResource()},
        raise_on_error=False,
        instance=instance,
        selection=selection,
        tags={"dagster/partition": DAY.isoformat()},
    )


def stand_in(key, deps=()):
    @dg.asset(key=dg.AssetKey(key.split("/")), deps=list(deps))
    def asset():
        pass

    return asset


def evaluate(name):
    """The result of one check, and whether what is downstream of its asset was materialized."""
    (key,) = (key for key in BY_NAME[name].check_keys if key.name == name)
    checked = stand_in(key.asset_key.to_user_string())
    downstream = stand_in("downstream", [checked])
    alone = dg.AssetSelection.checks(key) | dg.AssetSelection.assets(checked, downstream).without_checks()
    result = run([BY_NAME[name]], [checked, downstream], selection=alone)
    (evaluation,) = result.get_asset_check_evaluations()
    went_on = bool(result.asset_materializations_for_node("downstream"))
    return evaluation, went_on


def test_every_promise_has_an_offender_here():
    """A check that no row can break is no check."""
    assert set(OFFENCES) == set(BY_PROMISE)


def test_an_honest_day_breaks_no_promise(honest):
    """Checks that fail on good days are switched off, and then nobody sees the bad one."""
    keys = sorted({next(iter(check.check_keys)).asset_key.to_user_string() for check in DAY_CHECKS})
    result = run(DAY_CHECKS, [stand_in(key) for key in keys])
    failed = {
        evaluation.check_name: evaluation.description
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed
    }
    assert not failed
    assert {evaluation.check_name for evaluation in result.get_asset_check_evaluations()} == set(BY_NAME)


@pytest.mark.parametrize(("name", "offence"), CASES)
def test_an_offender_breaks_its_promise_and_stops_what_would_bet_on_it(honest, name, offence):
    """Wrong data must not reach a stake; what is only missing must not stop what is there."""
    day, game = honest
    offence(day, game)
    evaluation, went_on = evaluate(name)
    assert not evaluation.passed
    assert evaluation.metadata["what to do"].value == BY_PROMISE[name].remedy
    assert evaluation.metadata["offenders"].value >= 1
    assert evaluation.metadata["sample"].value.records
    blocking = BY_PROMISE[name].blocking
    assert evaluation.severity == (dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN)
    assert went_on is not blocking


def test_a_database_that_does_not_fit_is_not_written_to(honest):
    """A column dropped by another program's migration shows at the first row that needs it, half way through a day."""
    evaluation, went_on = evaluate("database_fits_the_contract")
    assert evaluation.passed
    assert went_on
    day, _ = honest
    day.connection.execute("ALTER TABLE curated.enhanced_games RENAME COLUMN season_type TO kind_of_season")
    evaluation, went_on = evaluate("database_fits_the_contract")
    assert not evaluation.passed
    assert not went_on


def test_a_misfit_beside_the_slate_warns_and_stops_nothing(honest):
    """A table of experiments of another shape stopped the pricing of a day, which `mlb-ml run` went through with."""
    day, _ = honest
    day.connection.execute("ALTER TABLE curated.ml_experiments RENAME COLUMN model_type TO kind")
    evaluation, went_on = evaluate("database_fits_the_contract")
    assert not evaluation.passed
    assert evaluation.severity == dg.AssetCheckSeverity.WARN
    assert went_on


def test_a_pair_of_rows_comes_with_the_statement_that_shows_it(honest):
    """The remedy named a table in which the second row is not."""
    day, game = honest
    other = day.game()
    evaluation, _ = evaluate("games_are_unique")
    (record,) = evaluation.metadata["sample"].value.records
    shown = day.connection.execute(record.data["inspect"]).fetchall()
    assert {row[0] for row in shown} == {game, other}


@pytest.mark.parametrize(
    ("at", "missing"),
    [
        (datetime(2024, 6, 15, 8, 59, tzinfo=EASTERN), set()),
        (datetime(2024, 6, 15, 9, 0, tzinfo=EASTERN), {"open", "result"}),
        (datetime(2024, 6, 15, 18, 4, tzinfo=EASTERN), {"open", "result"}),
        (datetime(2024, 6, 15, 18, 5, tzinfo=EASTERN), {"open", "result", "lineup"}),
    ],
)
def test_a_gap_rings_when_it_is_due_and_not_before(environment, monkeypatch, at, missing):
    """An alarm that rings before the work is due is noise by the second week."""
    with environment.connect() as connection:
        day = Day(connection)
        day.line(day.game())
        yesterday = day.game(DAY - timedelta(days=1), START - timedelta(days=1), home_team="SEA", away_team="TEX")
        for stage in ("open", "lineup"):
            day.prediction(yesterday, stage, at=NOON - timedelta(days=1), start=START - timedelta(days=1))
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", at.isoformat())
    evaluation, _ = evaluate("today_is_covered")
    sample = evaluation.metadata.get("sample")
    found = {record.data["missing"].split()[0].rstrip(",") for record in sample.value.records} if sample else set()
    assert found == missing


def test_a_schedule_that_ends_in_june_is_a_gap(environment, monkeypatch):
    """When the schedule's collector dies, no game is missing a price: there are no games."""
    with environment.connect() as connection:
        game = Day(connection).game(date(2024, 6, 9), datetime(2024, 6, 9, 23, 5, tzinfo=EASTERN))
        connection.execute("UPDATE curated.enhanced_games SET game_status = 'postponed' WHERE id = %s", [game])
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", EVENING.isoformat())
    evaluation, _ = evaluate("today_is_covered")
    assert evaluation.metadata["sample"].value.records[0].data["missing"] == "schedule after this day"


def test_a_check_is_about_the_days_of_its_run(monkeypatch):
    """A backfill of 2016 that is checked against today passes whatever it wrote."""
    assert checked_days({"dagster/partition": "2016-05-01"}) == (date(2016, 5, 1), date(2016, 5, 1))
    tags = {"dagster/asset_partition_range_start": "2016-04-03", "dagster/asset_partition_range_end": "2016-10-02"}
    assert checked_days(tags) == (date(2016, 4, 3), date(2016, 10, 2))
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", "2024-06-16T03:30:00+00:00")
    assert checked_days({}) == (DAY, DAY)


def test_late_predictions_are_found_by_the_cutoff_of_the_rules(database):
    """The cutoff is part of an index, which cannot take it from the rules: another one would have gone unchecked."""
    with database.connect() as connection:
        (index,) = connection.execute(
            "SELECT pg_get_indexdef('curated.ml_predictions_out_of_range'::REGCLASS)"
        ).fetchone()
    assert f"'{CUTOFF_BEFORE_START}'::interval" in index.replace("'0", "'")
    assert "INTERVAL '1 hour'" in query("check_predictions_are_in_range")
