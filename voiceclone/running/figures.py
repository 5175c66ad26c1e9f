"""What is read anew at each scrape: the queue from the database, the engines from memory."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import DatabaseError, connection
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from inference.engines.operation import EngineStatus, Latencies
from inference.engines.registry import operated_engines
from inference.heartbeat import live_workers
from inference.jobs.model import LIVE
from inference.jobs.registry import kinds
from speech.models import Delivery, DeliveryState

log = structlog.get_logger(__name__)

_GAUGES: Final = {
    "loaded": "Whether the model is in memory.",
    "slots": "Utterances that can be generated at once.",
    "slots_used": "Slots that are taken.",
    "queued": "Utterances that wait for a slot.",
    "vocoding": "Utterances that have all tokens and wait for their samples.",
    "batch": "Utterances in the last step.",
    "tokens_per_second": "Speech tokens of the last ten seconds, a second.",
}
_COUNTERS: Final = {
    "tokens": "Speech tokens made.",
    "audio_seconds": "Seconds of audio made.",
    "out_of_memory": "Times that memory ran out and the batch was made smaller.",
    "loads": "Times that the model was loaded.",
}
_ENDS: Final = ("finished", "failed", "cancelled")
_LABELS: Final = ("engine", "model", "device")


class DatabaseFigures(Collector):
    """Workers, jobs and webhooks that wait: the same in every process, not to be added up."""

    def collect(self) -> Iterator[Metric]:
        """Ask the database, if it answers."""
        up = GaugeMetricFamily("voiceclone_database_up", "Whether the database answers.")
        try:
            yield from [*_jobs(), *_webhooks(), *_workers()]
        except DatabaseError as error:
            log.warning("metrics_without_database", error=repr(error))
            up.add_metric([], 0)
        else:
            up.add_metric([], 1)
        finally:
            connection.close()  # each scrape has a thread of its own
        yield up


class EngineFigures(Collector):
    """What the engines of this process do on their devices."""

    def collect(self) -> Iterator[Metric]:
        """Ask each engine that keeps count."""
        states = [engine.status for engine in operated_engines()]
        for name, what in _GAUGES.items():
            yield _family(GaugeMetricFamily, name, what, states)
        for name, what in _COUNTERS.items():
            yield _family(CounterMetricFamily, name, what, states)
        ends = CounterMetricFamily(
            "voiceclone_engine_utterances", "Utterances that are over.", labels=[*_LABELS, "end"]
        )
        first = HistogramMetricFamily(
            "voiceclone_engine_first_audio_seconds",
            "From the hand-in of an utterance to its first audio.",
            labels=_LABELS,
        )
        for status in states:
            for end in _ENDS:
                ends.add_metric([*_labels(status), end], getattr(status, end))
            buckets = list(_accumulated(status.first_audio))
            first.add_metric(_labels(status), buckets, status.first_audio.seconds)
        yield ends
        yield first


def _jobs() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("voiceclone_jobs", "Jobs that are not over.", labels=["kind", "state"])
    oldest = GaugeMetricFamily(
        "voiceclone_jobs_oldest_seconds", "Age of the oldest of them.", labels=["kind", "state"]
    )
    for kind in kinds():
        rows = kind.rows().filter(state__in=LIVE).values("state")
        found = {
            row["state"]: row for row in rows.annotate(many=Count("pk"), oldest=Min("created_at"))
        }
        for state in LIVE:
            labels = [kind.__name__.lower(), state.lower()]
            row = found.get(state, {})
            jobs.add_metric(labels, row.get("many", 0))
            oldest.add_metric(labels, _age(row.get("oldest")))
    yield jobs
    yield oldest


def _webhooks() -> Iterator[Metric]:
    pending = Delivery.objects.filter(state=DeliveryState.PENDING)
    found = pending.aggregate(many=Count("pk"), due=Min("next_attempt_at"))
    many = GaugeMetricFamily("voiceclone_webhooks", "Deliveries that are not over.")
    many.add_metric([], found["many"])
    late = GaugeMetricFamily("voiceclone_webhooks_late_seconds", "How long the oldest is due.")
    late.add_metric([], _age(found["due"]))
    yield many
    yield late


def _workers() -> Iterator[Metric]:
    alive = live_workers()
    yield GaugeMetricFamily(
        "voiceclone_workers", "Worker processes that are alive.", value=alive.processes
    )
    yield GaugeMetricFamily(
        "voiceclone_worker_threads", "Jobs that they do at the same time.", value=alive.threads
    )


def _age(since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (timezone.now() - since).total_seconds())


def _family(kind: type[Any], name: str, what: str, states: Iterable[EngineStatus]) -> Metric:
    family: Any = kind(f"voiceclone_engine_{name}", what, labels=_LABELS)
    for status in states:
        family.add_metric(_labels(status), float(getattr(status, name)))
    metric: Metric = family
    return metric


def _labels(status: EngineStatus) -> list[str]:
    return [status.engine, status.model, status.device]


def _accumulated(latencies: Latencies) -> Iterator[tuple[str, float]]:
    total = 0
    bounds = [*(str(bound) for bound in latencies.bounds), "+Inf"]
    for bound, count in zip(bounds, latencies.counts, strict=True):
        total += count
        yield bound, total
