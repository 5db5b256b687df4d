"""What Prometheus sees; one registry per process, handed down, no globals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from models.clock import Clock
from models.facts import AlertOpened, Breach, CaseSigned, Fact, OrderDispatched, OrderUnrouted

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)


class Source(Protocol):
    """What is asked of a reader of the broker here."""

    @property
    def waiting(self) -> int: ...

    @property
    def connected(self) -> bool: ...


class Detecting(Protocol):
    """What is asked of the consumer of the stored stream here."""

    @property
    def lag(self) -> int: ...

    def behind_seconds(self, now: datetime) -> float: ...

    def checkpoint_age(self, now: datetime) -> float: ...


class Metrics:
    """Counters, and a lag histogram for each stage of the flow."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.readings_stored = Counter("geshao_readings_stored", "New readings committed", registry=r)
        self.readings_duplicate = Counter(
            "geshao_readings_duplicate", "Readings that were known already", registry=r
        )
        self.readings_corrected = Counter(
            "geshao_readings_corrected", "Readings that corrected a known one", registry=r
        )
        self.readings_quarantined = Counter(
            "geshao_readings_quarantined", "Messages and items that could not be taken", registry=r
        )
        self.quarantined_by_reason = Counter(
            "geshao_quarantined_by_reason", "The same, by reason code", ["reason"], registry=r
        )
        self.batches = Counter("geshao_ingest_batches", "Committed batches", registry=r)
        self.batch_failures = Counter(
            "geshao_ingest_batch_failures", "Batches rolled back and tried again", registry=r
        )
        self.alerts_opened = Counter("geshao_alerts_opened", "Alerts opened", registry=r)
        self.orders_dispatched = Counter("geshao_orders_dispatched", "Orders dispatched", registry=r)
        self.orders_unrouted = Counter(
            "geshao_orders_unrouted", "Alerts for which nobody answered", registry=r
        )
        self.sla_breaches = Counter("geshao_sla_breaches", "Deadlines missed", registry=r)
        self.integrity_cases = Counter("geshao_integrity_cases", "Integrity cases opened", registry=r)
        self.integrity_signs = Counter(
            "geshao_integrity_signs", "Signs of interference found", ["kind"], registry=r
        )
        self.outbox_sent = Counter("geshao_outbox_sent", "Messages delivered", ["channel"], registry=r)
        self.outbox_failed = Counter(
            "geshao_outbox_attempts_failed", "Delivery attempts failed", ["channel"], registry=r
        )
        self.feed_resyncs = Counter("geshao_feed_resyncs", "Listeners too slow for their queue", registry=r)
        self.feed_listeners = Gauge("geshao_feed_listeners", "Open feed connections", registry=r)
        self.queue = Gauge(
            "geshao_ingest_queue", "Messages taken from the broker, not yet committed", registry=r
        )
        self.mqtt_connected = Gauge("geshao_mqtt_connected", "1 while the broker is connected", registry=r)
        self.outbox_oldest = Gauge(
            "geshao_outbox_oldest_seconds", "Age of the oldest unsent message", registry=r
        )
        self.outbox_stuck = Gauge(
            "geshao_outbox_stuck", "Messages given up, of unknown fate, or due for too long", registry=r
        )
        self.channel_down = Gauge("geshao_channel_down", "1 while a way out is down", ["way"], registry=r)
        self.detection_rows = Counter(
            "geshao_detection_rows", "Rows of the stored stream consumed", registry=r
        )
        self.detection_left_out = Counter(
            "geshao_detection_readings_left_out", "Readings the detector failed on", registry=r
        )
        self.detection_events_lost = Counter(
            "geshao_detection_events_lost", "Events that could not be carried out", registry=r
        )
        self.detection_rebuilds = Counter(
            "geshao_detection_rebuilds", "Detectors made again from a checkpoint", registry=r
        )
        self.detection_lag = Gauge(
            "geshao_detection_lag_rows", "Rows of the stored stream that wait for detection", registry=r
        )
        self.detection_behind = Gauge(
            "geshao_detection_behind_seconds", "Age of the oldest of them", registry=r
        )
        self.detection_checkpoint_age = Gauge(
            "geshao_detection_checkpoint_age_seconds", "Since the newest checkpoint", registry=r
        )
        self.overdue_unjudged = Gauge(
            "geshao_sla_overdue_unjudged",
            "Clocks a minute past due without a breach; anything but 0 is a fault",
            registry=r,
        )
        self.watchdog_findings = Gauge(
            "geshao_watchdog_findings",
            "What the service finds wrong with itself, by code; the same in every engine",
            ["code"],
            registry=r,
        )
        self.lag = Histogram(
            "geshao_stage_lag_seconds",
            "transport: observed to received; commit: received to committed; sla: planned to noticed;"
            " detection: stored to judged; feed: recorded to handed out; outbox: written to delivered",
            ["stage"],
            buckets=_SECONDS,
            registry=r,
        )
        self.passes = Histogram(
            "geshao_engine_pass_seconds",
            "One pass of each engine duty",
            ["duty"],
            buckets=_SECONDS,
            registry=r,
        )

    def watch(self, sources: Mapping[int, Source]) -> None:
        """The two gauges of this process's readers, asked when they are looked at."""
        self.queue.set_function(lambda: sum(source.waiting for source in sources.values()))
        self.mqtt_connected.set_function(
            lambda: float(bool(sources) and all(source.connected for source in sources.values()))
        )

    def watch_detection(self, progress: Detecting, clock: Clock) -> None:
        """The gauges of the consumer in charge, asked when they are looked at."""
        self.detection_lag.set_function(lambda: progress.lag)
        self.detection_behind.set_function(lambda: progress.behind_seconds(clock.now()))
        self.detection_checkpoint_age.set_function(lambda: progress.checkpoint_age(clock.now()))

    def count(self, facts: Sequence[Fact]) -> None:
        """Counts committed facts, drills never; called after the commit that made them true."""
        for fact in facts:
            if isinstance(fact, AlertOpened):
                self.alerts_opened.inc()
            elif isinstance(fact, OrderDispatched):
                if not fact.drill:
                    self.orders_dispatched.inc()
            elif isinstance(fact, OrderUnrouted):
                self.orders_unrouted.inc()
            elif isinstance(fact, Breach):
                if not fact.clock.drill:
                    self.sla_breaches.inc()
            elif isinstance(fact, CaseSigned):
                self.integrity_signs.labels(fact.sign.value).inc()
                if fact.opened:
                    self.integrity_cases.inc()

    def render(self) -> bytes:
        return generate_latest(self.registry)
