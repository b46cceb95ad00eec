"""Messages: sent to a real endpoint, once, and never in the way.

Belongs here: which events make a message, its text, what happens when no service accepts it.
Not here: the checks themselves (test_checks.py).
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
import pytest

from mlb_ml_assets.automation import alert_sensors
from mlb_ml_assets.automation.alert_sensors import tell_failed_checks, tell_failed_runs
from mlb_ml_assets.automation.alerts import Alert, send


@pytest.fixture
def endpoint(monkeypatch):
    """A webhook on loopback; `messages` is what it received, `status` its answer."""

    class Endpoint:
        status = 200

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            Endpoint.messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(Endpoint.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    Endpoint.messages = []
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("MLB_ML_ALERT_URLS", f"json://127.0.0.1:{server.server_address[1]}/")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield Endpoint
    server.shutdown()
    server.server_close()


def check(name, *, passed, remedy="Do this."):
    @dg.asset(
        key=["curated", "ml_predictions"], check_specs=[dg.AssetCheckSpec(name, asset=["curated", "ml_predictions"])]
    )
    def ml_predictions():
        return dg.MaterializeResult(
            check_results=[
                dg.AssetCheckResult(
                    passed=passed,
                    severity=dg.AssetCheckSeverity.WARN,
                    description="2 violations",
                    metadata={"what to do": remedy},
                )
            ]
        )

    return ml_predictions


@dg.asset
def broken():
    raise ValueError("field odds_american is text") from KeyError("odds")


@pytest.fixture
def after(instance):
    """Run a job of some assets and let the sensor of its end look at it, as the daemon does."""

    def after(*assets, sensor=tell_failed_checks, partition="2024-06-15"):
        definitions = dg.Definitions(assets=assets, jobs=[dg.define_asset_job("slate")])
        job = definitions.resolve_job_def("slate")
        result = job.execute_in_process(instance=instance, raise_on_error=False, tags={"dagster/partition": partition})
        kind = "PIPELINE_SUCCESS" if result.success else "PIPELINE_FAILURE"
        (event,) = [event for event in result.all_events if event.event_type_value == kind]
        context = dg.build_run_status_sensor_context(
            sensor_name=sensor.name,
            dagster_event=event,
            dagster_instance=instance,
            dagster_run=instance.get_run_by_id(result.run_id),
        )
        if sensor is tell_failed_runs:
            context = context.for_run_failure()
        return sensor(context)

    return after


def test_a_failed_run_is_told_with_its_innermost_reason(after, endpoint):
    """`STEP_FAILURE in step broken` sends a person to the UI; the reason often names the remedy by itself."""
    after(broken, sensor=tell_failed_runs)
    (message,) = endpoint.messages
    assert message["title"] == "[mlb-ml] run failed: slate 2024-06-15"
    assert "step broken" in message["message"]
    assert "odds" in message["message"]
    assert "/runs/" in message["message"]
    assert message["type"] == "failure"


def test_a_run_that_fails_at_each_of_its_tries_is_told_once_a_day(after, endpoint):
    """Three messages for one cause teach people to mute the channel."""
    for _ in range(3):
        after(broken, sensor=tell_failed_runs)
    after(broken, sensor=tell_failed_runs, partition="2024-06-14")
    assert [message["title"].split()[-1] for message in endpoint.messages] == ["2024-06-15", "2024-06-14"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("today_is_covered", "today uncovered"),
        ("payloads_keep_their_shape", "source changed shape"),
        ("challenger_was_promoted", "promotion refused"),
        ("scores_are_not_too_good", "alarm"),
        ("prices_cover_the_day", "check failed"),
    ],
)
def test_a_failed_check_is_told_by_its_kind_with_what_to_do(after, endpoint, name, kind):
    """A run that goes on after a failed check is green in the list of runs: nobody would look."""
    after(check(name, passed=False, remedy="Look at the collector."))
    (message,) = endpoint.messages
    assert message["title"].startswith(f"[mlb-ml] {kind}: {name.replace('_', ' ')}")
    assert "What to do: Look at the collector." in message["message"]


def test_a_check_that_goes_on_failing_is_told_once_and_again_after_it_had_passed(after, endpoint):
    """The slate runs every few minutes: each would repeat the message."""
    for passed in (True, False, False, True, False):
        after(check("prices_cover_the_day", passed=passed))
    assert len(endpoint.messages) == 2


def test_nothing_is_told_of_what_went_well(after, endpoint):
    """Green messages bury red ones."""
    after(check("prices_cover_the_day", passed=True))
    assert endpoint.messages == []


def test_an_endpoint_that_refuses_fails_nothing(after, endpoint):
    """The chat is down more often than the pipeline."""
    endpoint.status = 500
    skipped = after(broken, sensor=tell_failed_runs)
    assert "0 of 1 messages sent" in skipped.skip_message


@pytest.mark.parametrize("addresses", ["json://127.0.0.1:1/", "no such service", "json://", "slack://a/b"])
def test_a_wrong_address_fails_nothing_and_stays_out_of_the_log(monkeypatch, caplog, addresses):
    """Addresses carry tokens; a log is read by more people than a token is meant for."""
    monkeypatch.setenv("MLB_ML_ALERT_URLS", addresses)
    assert send(Alert("alarm", "title", "body")) is False
    assert not any(part in caplog.text for part in addresses.split() if "://" in part)


def test_alerts_are_off_until_an_address_is_given(monkeypatch):
    """A fresh clone must not try to reach anything."""
    monkeypatch.delenv("MLB_ML_ALERT_URLS", raising=False)
    monkeypatch.setenv("MLB_ML_AUTOMATION", "on")
    assert send(Alert("alarm", "title", "body")) is False
    assert alert_sensors._status() == dg.DefaultSensorStatus.STOPPED
    monkeypatch.setenv("MLB_ML_ALERT_URLS", "json://127.0.0.1:9/")
    assert alert_sensors._status() == dg.DefaultSensorStatus.RUNNING
    monkeypatch.setenv("MLB_ML_AUTOMATION", "off")
    assert alert_sensors._status() == dg.DefaultSensorStatus.STOPPED
