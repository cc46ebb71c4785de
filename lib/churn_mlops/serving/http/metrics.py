"""What Prometheus is told: requests, latency, errors, scores, which model answers, and how old its data is."""

import os
import time
from contextlib import suppress
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from churn_mlops.errors import ChurnError
from churn_mlops.serving.alerts import alert_metrics, alerts_state

SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
SCORES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MANY = "PROMETHEUS_MULTIPROC_DIR"  # set where several workers add up, before anything is imported


class Metrics:
    """The figures of one process; with several workers each writes its own, and any adds all up."""

    def __init__(self):
        self.registry = CollectorRegistry()
        own = {"registry": self.registry}
        latest = {**own, "multiprocess_mode": "mostrecent"}
        self.requests = Counter("churn_requests", "Requests answered.", ["route", "status"], **own)
        self.latency = Histogram("churn_request_seconds", "From request to answer.", ["route"], buckets=SECONDS, **own)
        self.scores = Histogram(
            "churn_probability", "Probabilities that were answered.", ["role", "version"], buckets=SCORES, **own
        )
        self.model = Gauge("churn_model_info", "1 for the model that answers.", ["version", "digest"], **latest)
        self.age = Gauge("churn_data_age_days", "Days since the last day in the data of the model.", **latest)
        self.ready = Gauge("churn_ready", "1 where a verified champion answers.", **latest)
        self.refused = Gauge(
            "churn_model_refused", "1 where the champion's pointer leads to a refused model.", **latest
        )
        self.waiting = Gauge(
            "churn_log_waiting", "Predictions answered and not on disk.", **own, multiprocess_mode="livesum"
        )
        self._known: dict = {}
        self._model = None
        self._alerts_told: tuple = (None, b"")  # state of the files, and what is told of them

    def count(self, route: str, status: int, seconds: float) -> None:
        """One request has been answered."""
        key = (route, status)
        if key not in self._known:
            self._known[key] = self.requests.labels(route, str(status)), self.latency.labels(route)
        requests, latency = self._known[key]
        requests.inc()
        latency.observe(seconds)

    def watch(self, loaded, role: str, probabilities) -> None:
        """These probabilities have been answered."""
        key = (role, loaded.version)
        if key not in self._known:
            self._known[key] = self.scores.labels(*key)
        for p in probabilities:
            self._known[key].observe(p)

    def text(self, service) -> bytes:
        """All figures as Prometheus reads them."""
        self._look(service)
        registry = self.registry
        if os.environ.get(MANY):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        return generate_latest(registry) + self._alerts(service)

    def _look(self, service) -> None:
        loaded, refused = service.live.champion.loaded, service.live.champion.refused
        self.ready.set(loaded is not None)
        self.refused.set(refused is not None)
        self.waiting.set(service.log.waiting if service.log else 0)
        if loaded is None:
            return
        model = (loaded.version, loaded.digest)
        if self._model not in (None, model):
            self.model.labels(*self._model).set(0)
        self._model = model
        self.model.labels(*model).set(1)
        self.age.set(data_age(loaded.facts.get("data") or {}))

    def _alerts(self, service) -> bytes:
        """The alerts of the dataset that is served; none where its audit log cannot be read, which `status` tells.

        A long log takes longer to read than a request to answer, so it is read when it has changed only.
        """
        loaded = service.live.champion.loaded
        with suppress(ChurnError, OSError, ValueError):
            state = loaded and alerts_state(service.runs, loaded.dataset)
            if state != self._alerts_told[0]:
                self._alerts_told = state, alert_metrics(service.runs, [loaded.dataset] if loaded else []).encode()
            return self._alerts_told[1]
        return b""


def data_age(data: dict) -> float:
    """Days since the last day that a model's data reports on; NaN where that is not known."""
    try:
        newest = datetime.fromisoformat(data["newest"]).replace(tzinfo=UTC)
    except (KeyError, TypeError, ValueError):
        return float("nan")
    return max(0.0, (time.time() - newest.timestamp()) / 86400)
