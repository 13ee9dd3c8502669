"""What Prometheus reads. Right across worker processes where `PROMETHEUS_MULTIPROC_DIR` is set before this is imported, as `serve` does."""

from __future__ import annotations

import os
import threading
from collections import Counter as Tally
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

from symbolicator.model import Event, Status

T = TypeVar("T", Counter, Histogram)

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = CONTENT_TYPE_LATEST
# Labels come from here and not from events: a client must not be able to make new series.
_PLATFORMS = {"javascript", "node", "native", "c", "cocoa", "java", "android", "csharp", "python", "ruby", "php", "rust", "go", "other"}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The counters of one application in this process."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        name = "symbolicator_"
        self.requests = Counter(f"{name}requests", "Requests answered.", ("route", "method", "status"), registry=own)
        self.seconds = Histogram(f"{name}request_seconds", "From request head to answer.", ("route",), buckets=_SECONDS, registry=own)
        self.received = Counter(f"{name}received_bytes", "Bodies, as sent.", registry=own)
        self.sent = Counter(f"{name}sent_bytes", "Bodies of answers.", registry=own)
        self.frames = Counter(f"{name}frames", "Frames returned.", ("platform", "status"), registry=own)
        self.cache = Counter(f"{name}cache_answers", "Compiled files used, by where they came from.", ("where",), registry=own)
        self.in_flight = Gauge(f"{name}in_flight", "Events being symbolicated.", multiprocess_mode="livesum", registry=own)
        self.shed = Counter(f"{name}shed", "Requests refused before they were read.", registry=own)
        self.uploads = Counter(f"{name}uploaded_files", "Files uploaded; whether they were there already.", ("new",), registry=own)
        self.stored = Counter(f"{name}stored_bytes", "Uploaded files that were not there already.", registry=own)
        self._lock = threading.Lock()
        self._counted: dict[str, int] = {}
        self._series: dict[tuple[Any, tuple[str | int, ...]], Any] = {}

    def count_request(self, route: str, method: str, status: int, seconds: float, received: int, sent: int) -> None:
        """Count a request that was answered; sizes of bodies, in bytes."""
        self._of(self.requests, route, method, status).inc()
        self._of(self.seconds, route).observe(seconds)
        self.received.inc(received)
        self.sent.inc(sent)

    def _of(self, metric: T, *labels: str | int) -> T:
        """The series of a metric with these labels. The metric itself finds it by making texts of them, under a lock."""
        series = self._series.get((metric, labels))
        if series is None:
            series = self._series[metric, labels] = metric.labels(*labels)
        return cast(T, series)

    def count_upload(self, is_new: bool, size: int) -> None:
        """Count a file that was uploaded."""
        self._of(self.uploads, "yes" if is_new else "no").inc()
        self.stored.inc(size if is_new else 0)

    def count_frames(self, event: Event) -> None:
        """Count the frames of a symbolicated event."""
        tally: Tally[tuple[str, Status]] = Tally()
        for stack in event.all_stacktraces():
            tally.update([(frame.platform or stack.platform or "other", frame.status) for frame in stack.frames])
        for (platform, status), count in tally.items():
            self._of(self.frames, platform if platform in _PLATFORMS else "other", status.value).inc(count)

    def count_cache(self, answers: Mapping[str, int]) -> None:
        """Count what the cache answered since the last time."""
        with self._lock:
            for where, count in answers.items():
                if count > (before := self._counted.get(where, 0)):
                    self._of(self.cache, where).inc(count - before)
                    self._counted[where] = count

    def text(self) -> bytes:
        """All of it, of all processes, as Prometheus reads it."""
        if MULTIPROCESS not in os.environ:
            return generate_latest(self._registry)
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
        return generate_latest(everyone)
