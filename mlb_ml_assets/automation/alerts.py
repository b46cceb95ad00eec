"""Alerts: one message to every address that MLB_ML_ALERT_URLS names.

Belongs here: the message, the addresses, sending.
Not here: what causes a message (alert_sensors.py).
"""

import logging
import os
from dataclasses import dataclass
from typing import Literal

# Apprise addresses (slack://…, discord://…, mailto://…), separated by commas or whitespace. Unset: nothing is sent.
ALERT_URLS = "MLB_ML_ALERT_URLS"
# Chat services truncate or refuse longer texts.
_MAX_BODY = 1500

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Alert:
    """One message. `kind` is what a person filters by; `failure` is red, `warning` yellow."""

    kind: Literal[
        "run failed", "today uncovered", "advice withdrawn", "source changed shape", "promotion refused", "alarm",
        "check failed",
    ]  # fmt: skip
    title: str
    body: str
    level: Literal["failure", "warning"] = "warning"


def alert_urls() -> list[str]:
    """The configured addresses, in order."""
    return os.environ.get(ALERT_URLS, "").replace(",", " ").split()


def send(alert: Alert) -> bool:
    """Send to every address; whether all accepted it. Never raises: a chat that is down must not fail a run.

    Addresses carry passwords and stay out of the log.
    """
    addresses = alert_urls()
    if not addresses:
        return False
    try:
        # Half a second of import, for something that happens once a week.
        import apprise

        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        courier = apprise.Apprise()
        unknown = sum(not courier.add(address) for address in addresses)
        sent = courier.notify(
            title=f"[mlb-ml] {alert.kind}: {alert.title}",
            body=alert.body[:_MAX_BODY],
            notify_type=alert.level,
        )
    except Exception as error:  # noqa: BLE001 (a notification service must not stop the pipeline)
        log.warning("alert not sent (%s): %s", type(error).__name__, alert.title)
        return False
    if unknown or not sent:
        log.warning("alert not sent to every address, %d unknown to apprise: %s", unknown, alert.title)
    return bool(sent) and not unknown
