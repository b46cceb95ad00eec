"""Telling people: one message to whatever MLB_ML_ALERT_URLS names.

Belongs here: the message, the addresses, sending.
Not here: what is worth a message (alert_sensors.py).
"""

import logging
import os
from dataclasses import dataclass
from typing import Literal

# Apprise addresses (slack://…, discord://…, mailto://…, json://…), separated by commas or white space. Unset: silence.
ALERT_URLS = "MLB_ML_ALERT_URLS"
# Chat services cut or refuse longer texts.
_LONGEST_BODY = 1500

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Alert:
    """One message. `kind` is what a person filters by; `failure` is red, `warning` yellow."""

    kind: Literal["run failed", "today uncovered", "source changed shape", "promotion refused", "alarm", "check failed"]
    title: str
    body: str
    level: Literal["failure", "warning"] = "warning"


def alert_urls() -> list[str]:
    """The configured addresses, in order."""
    return os.environ.get(ALERT_URLS, "").replace(",", " ").split()


def send(alert: Alert) -> bool:
    """Send to every address; whether all took it. Never raises: a chat that is down must not fail anything.

    Addresses carry passwords and stay out of the log.
    """
    addresses = alert_urls()
    if not addresses:
        return False
    try:
        # Half a second and a hundred services, for something that happens once a week.
        import apprise

        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        courier = apprise.Apprise()
        unknown = sum(not courier.add(address) for address in addresses)
        sent = courier.notify(
            title=f"[mlb-ml] {alert.kind}: {alert.title}",
            body=alert.body[:_LONGEST_BODY],
            notify_type=alert.level,
        )
    except Exception as error:  # noqa: BLE001 (whatever a notification service throws, the pipeline goes on)
        log.warning("alert not sent (%s): %s", type(error).__name__, alert.title)
        return False
    if unknown or not sent:
        log.warning("alert not sent to every address, %d unknown to apprise: %s", unknown, alert.title)
    return bool(sent) and not unknown
