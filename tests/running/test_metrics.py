"""The figures for Prometheus, read by its own parser over a real port."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from prometheus_client.parser import text_string_to_metric_families

from inference.engines import registry as engines
from speech.models import Delivery
from speech.models.webhook_delivery import WebhookEvent
from tests.running.busy import STATUS, Busy
from tests.services import ports
from tests.support.callers import Caller, make_caller, run_jobs
from voiceclone.running import metrics


@pytest.fixture
def port(settings: Any) -> Iterator[int]:
    settings.METRICS_PORT = ports.free_port()
    metrics._served.clear()
    served = metrics.start_metrics()
    assert served is not None
    yield served
    metrics._served.clear()


@pytest.fixture
def ada(transactional_db: None) -> Caller:
    return make_caller("Ada's workspace")


class Scrape(dict[tuple[str, ...], float]):
    """Samples by their name and the values of their labels, in any order."""

    def __getitem__(self, key: tuple[str, ...]) -> float:
        return super().__getitem__((key[0], *sorted(key[1:])))


def scrape(port: int) -> Scrape:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return Scrape(
        ((sample.name, *sorted(sample.labels.values())), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    )


def test_jobs_that_wait_are_counted_by_kind_and_state(port: int, ada: Caller) -> None:
    ada.say()
    ada.say()
    found = scrape(port)
    assert found["voiceclone_jobs", "speech", "queued"] == 2
    assert found["voiceclone_jobs", "speech", "running"] == 0
    assert 0 < found["voiceclone_jobs_oldest_seconds", "speech", "queued"] < 60
    assert found["voiceclone_database_up",] == 1


def test_jobs_that_end_are_counted_once_their_end_is_written(port: int, ada: Caller) -> None:
    before = scrape(port).get(("voiceclone_jobs_settled_total", "completed", "speech"), 0)
    ada.say()
    run_jobs()
    found = scrape(port)
    assert found["voiceclone_jobs_settled_total", "speech", "completed"] == before + 1
    assert found["voiceclone_jobs", "speech", "queued"] == 0


def test_webhooks_that_wait_are_counted(port: int, ada: Caller) -> None:
    event = WebhookEvent.objects.create(workspace=ada.workspace, type="credits.low", data={})
    Delivery.objects.create(
        workspace=ada.workspace, event=event, url="https://ada.example/hook", form="native"
    )
    found = scrape(port)
    assert found["voiceclone_webhooks",] == 1
    assert 0 <= found["voiceclone_webhooks_late_seconds",] < 60


def test_requests_are_counted_by_route_and_not_by_address(port: int, ada: Caller) -> None:
    def count(*labels: str) -> float:
        return scrape(port).get(("voiceclone_http_requests_total", *sorted(labels)), 0)

    known = ("GET", "/api/v1/voices", "200")
    unknown = ("GET", "none", "404")
    before = count(*known), count(*unknown)
    ada.get("/api/v1/voices")
    for address in ("/api/v1/no-such-thing", "/api/v1/nor-this-one"):
        ada.get(address)
    assert (count(*known), count(*unknown)) == (before[0] + 1, before[1] + 2)


def test_an_engine_s_figures_are_exported_by_device(
    port: int, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines._engines, "tests:Busy", Busy())  # type: ignore[arg-type]
    found = scrape(port)
    labels = ("busy", "busy-1", "cuda:3")
    for name in ("slots", "slots_used", "queued", "vocoding", "batch", "tokens_per_second"):
        assert found[f"voiceclone_engine_{name}", *labels] == getattr(STATUS, name)
    for name in ("tokens", "audio_seconds", "out_of_memory", "loads"):
        assert found[f"voiceclone_engine_{name}_total", *labels] == getattr(STATUS, name)
    assert found["voiceclone_engine_loaded", *labels] == 1
    assert found["voiceclone_engine_utterances_total", *labels, "failed"] == 3
    name = "voiceclone_engine_first_audio_seconds"
    buckets = [found[f"{name}_bucket", *labels, bound] for bound in ("0.5", "1.0", "+Inf")]
    assert buckets == [10, 30, 35]
    assert found[f"{name}_sum", *labels] == 31.5


def test_a_database_that_does_not_answer_hides_nothing_else(
    port: int, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", "/nowhere/at-all")
    found = scrape(port)
    assert found["voiceclone_database_up",] == 0
    assert not any(name == "voiceclone_jobs" for name, *_ in found)
    assert any(name == "process_resident_memory_bytes" for name, *_ in found)


def test_they_are_off_unless_a_port_is_named_and_only_this_machine_sees_them() -> None:
    assert metrics.start_metrics() is None
    assert (django_settings.METRICS_PORT, django_settings.METRICS_BIND) == (0, "127.0.0.1")


def test_each_process_of_a_machine_takes_the_next_port(port: int) -> None:
    code = (
        "import django; django.setup();"
        "from voiceclone.running.metrics import start_metrics;"
        "first = start_metrics(); print(first, start_metrics())"
    )
    environment = os.environ | {"METRICS_PORT": str(port)}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == f"{port + 1} {port + 1}"
