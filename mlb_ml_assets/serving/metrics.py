"""What Prometheus reads at /metrics.

Belongs here: the counters of one running API.
Not here: where they are counted up.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """One registry per application, so that two in one process do not share numbers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "mlb_ml_api_requests_total", "Requests by route and status.", ["method", "route", "status"],
            registry=self.registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "mlb_ml_api_request_seconds", "Time to the end of an answer.", ["route"], buckets=_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.slate_reads = Counter(
            "mlb_ml_api_slate_reads_total", "Slates by where they came from: cache or database.", ["origin"],
            registry=self.registry,
        )  # fmt: skip
        self.computed = Counter(
            "mlb_ml_api_computed_predictions_total", "Predictions made on request.", registry=self.registry
        )
        self.refused = Counter(
            "mlb_ml_api_refused_total", "Requests refused at the gate, by reason.", ["reason"], registry=self.registry
        )
        self.streams = Gauge("mlb_ml_api_streams", "Open event streams.", registry=self.registry)
        self.newest_prediction = Gauge(
            "mlb_ml_newest_prediction_timestamp_seconds", "Data instant of the newest stored prediction.",
            registry=self.registry,
        )  # fmt: skip
        self.registry_up = Gauge("mlb_ml_model_registry_up", "Whether MLflow answered last.", registry=self.registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        known = method if method in {"GET", "POST", "HEAD", "OPTIONS"} else "other"
        self._requests.labels(known, route, str(status)).inc()
        if not route.endswith("/stream"):
            self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
