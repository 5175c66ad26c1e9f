"""In every dialect, another workspace's jobs answer as those that do not exist."""

import re
from typing import Any

import pytest

from inference.jobs.lifecycle import end
from inference.jobs.model import JobState
from speech.models import Call
from tests.api.replies import assert_headers, substance
from tests.contract.asking import Ask
from tests.contract.dialects import DIALECTS
from tests.contract.dialects.base import TEXT, Dialect
from tests.contract.world import World
from tests.support.callers import Caller, run_jobs
from tests.support.routes import api_views, methods_of
from voices.models import Voice

pytestmark = pytest.mark.usefixtures("_workers")

ENDPOINT = "studio"
NOBODYS = "8b1d4a52-6f0e-4c39-9d27-5e3a1c7f9b40"
OTHERS = ("venice", "chatterbox", "runpod")
"""The native routes have tests of their own, in tests/api."""
WALKED = [
    (method, path)
    for package in OTHERS
    for path, view in api_views(package)
    for method in methods_of(view)
]


def address(path: str, job: str = "", endpoint: str = ENDPOINT) -> str:
    path = path.replace("{endpoint_id}", endpoint).replace("{job_id}", job)
    path = path.replace("{model_id}", "tts-1")
    assert "{" not in path, "an id of another kind: say here whose it is"
    return path


def jobs_of(caller: Caller) -> dict[str, str]:
    """Return jobs of each kind: one done, one refused, one that failed, one waiting."""

    def run(**given: Any) -> str:
        ask = Ask(f"/v2/{ENDPOINT}/run", caller.written, {"input": given})
        return str(ask.send().json()["id"])

    jobs = {"done": run(operation="tts", text=TEXT), "refused": run(operation="tts", text="")}
    run_jobs()
    jobs["failed"] = run(operation="tts", text=TEXT)
    job = Call.objects.get(pk=jobs["failed"]).job
    assert job is not None
    end(type(job), job.pk, JobState.FAILED, code="ENGINE_FAILED", message="It failed.")
    return jobs | {"waiting": run(operation="tts", text=TEXT)}


def stand(caller: Caller, jobs: dict[str, str]) -> list[str]:
    paths = [f"/v2/{ENDPOINT}/status/{job}" for job in jobs.values()]
    replies = [Ask(path, caller.written, method="GET").send() for path in paths]
    return [reply.getvalue().decode()[:200] for reply in replies]


def test_another_s_job_answers_exactly_as_one_that_does_not_exist(world: World) -> None:
    hers = jobs_of(world.grace)
    stood, balance = stand(world.grace, hers), world.grace.credits()
    walked = [(method, path) for method, path in WALKED if "{job_id}" in path]
    assert len(walked) >= 8
    for method, path in walked:
        ask = Ask("", world.ada.written, method=method)
        missing = ask.but(path=address(path, NOBODYS)).send()
        assert missing.status_code == 404, path
        assert_headers(missing)
        expected = substance(missing, job=NOBODYS)
        for job in hers.values():
            assert substance(ask.but(path=address(path, job)).send(), job=job) == expected, path
        elsewhere = ask.but(path=address(path, hers["done"], "other"), key=world.grace.written)
        assert substance(elsewhere.send(), job=hers["done"]) == expected, path
        assert stand(world.grace, hers) == stood, path
    assert (world.grace.credits(), world.ada.credits()) == (balance, 10_000)


def test_what_needs_no_id_shows_and_moves_nothing_of_another_s(world: World) -> None:
    walked = [(method, path) for method, path in WALKED if "{job_id}" not in path]
    asks = [Ask(address(path), world.ada.written, method=method) for method, path in walked]
    alone = [ask.send() for ask in asks]
    voice = Voice.get(world.voice(world.grace))
    secrets = [voice.pk, voice.short_id, voice.title, world.handle(world.grace), "Grace"]
    hers = jobs_of(world.grace)
    for ask, reply in zip(asks, alone, strict=True):
        beside = ask.send()
        assert beside.status_code == reply.status_code
        assert timeless(beside) == timeless(reply), ask.path
        for secret in (*hers.values(), *secrets):
            assert secret not in beside.content.decode(), ask.path
    assert "IN_QUEUE" in stand(world.grace, hers)[-1]


def timeless(reply: Any) -> str:
    """Return a body without what a refusal makes up for itself."""
    return re.sub(r'"(job_id|pid|queue_id)": ?[^,}]+', "", reply.content.decode())


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_another_s_idempotency_key_is_as_good_as_a_new_one(world: World, dialect: Dialect) -> None:
    ask = dialect.speech(world).under("order-1")
    dialect.good(ask.but(key=world.grace.written))
    own = dialect.good(ask)
    assert "Idempotent-Replayed" not in own.headers
    assert world.ada.credits() == world.grace.credits() == 10_000 - len(TEXT)
