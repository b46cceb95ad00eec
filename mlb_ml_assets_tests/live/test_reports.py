"""What the UI learns of pricings.

Belongs here: events of made-up pricings, their storing by the thread, and what happens when Dagster does not take them.
Not here: pricings themselves (test_pricing.py).
"""

import threading
from datetime import date

import dagster as dg
import pytest

from mlb_ml_assets.flows.promises import PROMISES
from mlb_ml_assets.live.pricing import LINES, STAKES, Checked, Pricing
from mlb_ml_assets.live.reports import Reporter, events_of
from mlb_ml_assets.warehouse.checks import Violations

DAY = date(2024, 5, 10)
SANE = next(promise for promise in PROMISES if promise.name == "prices_are_sane")


def pricing(quotes=8, violations=(), day=DAY):
    made = Pricing(day, quotes, is_full=False, reports={LINES: {"lines": 9}, STAKES: {"bets": 2}})
    made.checks.append(Checked(SANE, Violations(len(violations), list(violations))))
    return made


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def materialized(instance, *key):
    return [
        (record.partition_key, {name: value.value for name, value in record.asset_materialization.metadata.items()})
        for record in instance.fetch_materializations(dg.AssetKey(key), limit=10).records
    ]


def test_the_ui_shows_what_was_priced_and_checked(instance):
    """Rows that change without a materialization look stale, and a promise without a result looks unchecked."""
    reporter = Reporter(instance)
    reporter.add(pricing(violations=[{"game_id": 7}]))
    reporter.close()
    ((day, metadata),) = materialized(instance, "curated", "ml_recommendations")
    assert (day, metadata["bets"], metadata["games"]) == ("2024-05-10", 2, "games that moved")
    ((_, arrived),) = materialized(instance, "staging", "action_network_odds_historical")
    assert arrived == {"new quotes": 8}
    key = dg.AssetCheckKey(dg.AssetKey(["curated", "market_lines"]), "prices_are_sane")
    (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=5)
    evaluation = record.event.dagster_event.event_specific_data
    assert (evaluation.passed, evaluation.metadata["offenders"].value) == (False, 1)
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR


def test_many_pricings_between_two_reports_are_one_event_of_each_kind():
    """Prices that move every second would write a gigabyte of events a season that nobody looks at."""
    events = events_of([pricing(), pricing(quotes=4), pricing(violations=[{"game_id": 7}])])
    assert len(events) == 4
    arrived, lines, _, check = events
    assert arrived.metadata["new quotes"].value == 20
    assert lines.metadata["pricings"].value == 3
    assert not check.passed
    assert len(events_of([pricing(), pricing(day=date(2024, 5, 9))])) == 8


def test_what_dagster_does_not_take_is_reported_with_the_next(instance, monkeypatch, capsys):
    """Dagster's tables are locked by a migration for a minute: pricing goes on, and its record is complete later."""
    refused, store = threading.Event(), instance.report_runless_asset_event

    def refuse(_):
        refused.set()
        raise RuntimeError("locked")

    monkeypatch.setattr(instance, "report_runless_asset_event", refuse)
    reporter = Reporter(instance, seconds_between=0.05)
    reporter.add(pricing())
    assert refused.wait(30)
    monkeypatch.setattr(instance, "report_runless_asset_event", store)
    reporter.add(pricing())
    reporter.close()
    assert [metadata["pricings"] for _, metadata in materialized(instance, "curated", "market_lines")] in ([2], [1, 1])
    assert "Dagster did not take" in capsys.readouterr().err
