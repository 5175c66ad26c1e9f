"""What the front does before it takes a thread, and after it has given it back."""

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from django.http import StreamingHttpResponse

from inference.probing import abandoned
from tests.protection.asgi import Application, Client, settle
from tests.support.callers import make_caller
from voiceclone.api.body_limit import ANYBODYS_LIMIT, Refused
from voiceclone.front import arrival, body
from voiceclone.front.application import Front

JSON = {"content-type": "application/json"}


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def run(
    application: Application, settings: Any
) -> Iterator[Callable[[Callable[[Front], Coroutine[Any, Any, None]]], None]]:
    """Run a test's coroutine with a front of one thread."""
    settings.WEB_UPLOADS = 2

    def running(test: Callable[[Front], Coroutine[Any, Any, None]]) -> None:
        asyncio.run(test(Front(application, threads=1)))

    yield running
    application.goes_on.set()


def sized(length: int) -> dict[str, str]:
    return {**JSON, "content-length": str(length)}


def test_forty_bodies_on_their_way_hold_no_thread(run: Any, application: Application) -> None:
    async def test(front: Front) -> None:
        slow = [
            Client(path, headers=sized(60_000)).sends(b"{", more=True)
            for path in ("/accounts/login/", "/admin/", "/api/v1/tts", "/v2/x/run")
            for _ in range(10)
        ]
        tasks = [client.asks(front) for client in slow]
        await settle()
        quick = await Client("/api/v1/credits", method="GET").answered_by(front)
        assert (quick.status, quick.body) == (200, b"done")
        assert application.bodies == [b""]
        for client, task in zip(slow, tasks, strict=True):
            client.hangs_up()
            await task
        assert application.bodies == [b""]

    run(test)


def test_a_body_that_arrives_in_pieces_is_read_whole(run: Any, application: Application) -> None:
    async def test(front: Front) -> None:
        client = Client("/api/v1/tts", headers=sized(8))
        await (
            client.sends(b"{ ", more=True).sends(b"", more=True).sends(b"     }").answered_by(front)
        )
        assert application.bodies == [b"{      }"]

    run(test)


def test_a_body_that_is_late_is_refused_with_408(
    run: Any, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "_GRACE", 0.01)

    async def test(front: Front) -> None:
        client = Client("/api/v1/tts", headers=sized(60_000)).sends(b"{", more=True)
        task = client.asks(front)
        assert await asyncio.to_thread(application.called.acquire, timeout=20)
        client.sends(b"too late")
        await asyncio.wait_for(task, 20)
        assert application.refusals == [Refused.TOO_SLOW]
        assert application.bodies == [b""]
        assert client.headers["connection"] == "close"

    run(test)


@pytest.mark.parametrize("seconds", [0.0, 5.0, 10.0])
def test_a_body_is_asked_for_a_rate_and_a_total(seconds: float) -> None:
    async def test() -> None:
        client = Client("/")
        coming = arrival.Arrival(client.receive, arrival.Pace(seconds=300, rate=100))
        began = coming._began
        assert coming._ends_at() == began + 10
        client.sends(bytes(2000), more=True)
        assert await coming.next() == (bytes(2000), True)
        assert coming._ends_at() == began + 10 + 20
        client.sends(bytes(1_000_000), more=True)
        await coming.next()
        assert coming._ends_at() == began + 300

    asyncio.run(test())


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/admin/", "/static/x.js", "/nothing"])
@pytest.mark.parametrize("stated", [True, False])
def test_what_is_too_large_for_a_page_is_neither_kept_nor_stored(
    run: Any,
    application: Application,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    stated: bool,
) -> None:
    def no_file(*_args: Any, **_options: Any) -> Any:
        raise AssertionError("a page's body went to the disk")

    monkeypatch.setattr(tempfile, "TemporaryFile", no_file)

    async def test(front: Front) -> None:
        headers = sized(10**9) if stated else {"transfer-encoding": "chunked"}
        client = Client(path, headers=headers)
        for _ in range(40):
            client.sends(bytes(16 * 1024), more=True)
        client.hangs_up()
        asked: list[int] = []
        application.answer = lambda: asked.append(client.asked) or [b"done"]
        await client.answered_by(front)
        assert application.refusals == [Refused.TOO_LARGE]
        assert application.bodies == [b""]
        assert asked == [0 if stated else 5], "it was read on"

    run(test)


@pytest.mark.django_db(transaction=True)
def test_a_large_body_wants_a_key_before_it_is_read(run: Any, application: Application) -> None:
    async def test(front: Front) -> None:
        client = Client("/api/v1/voice-clone", headers=sized(ANYBODYS_LIMIT + 1)).hangs_up()
        await client.answered_by(front)
        assert application.refusals == [Refused.NO_KEY]

    run(test)


@pytest.mark.django_db(transaction=True)
def test_what_says_that_it_is_too_large_is_not_read_with_a_key_either(
    run: Any, application: Application
) -> None:
    key = make_caller("Ada").written

    async def test(front: Front) -> None:
        headers = {**sized(10**9), "authorization": f"Bearer {key}"}
        client = Client("/v2/x/run", headers=headers).hangs_up()
        asked: list[int] = []
        application.answer = lambda: asked.append(client.asked) or [b"done"]
        await client.answered_by(front)
        assert (application.refusals, asked) == ([Refused.TOO_LARGE], [0])

    run(test)


@pytest.mark.django_db(transaction=True)
def test_a_large_body_with_a_key_is_read_and_its_file_removed(
    run: Any, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[Any] = []
    make = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: files.append(make()) or files[-1])
    key = make_caller("Ada").written

    async def test(front: Front) -> None:
        sent = bytes(range(256)) * 4096
        client = Client("/v2/x/run", headers={**sized(len(sent)), "authorization": f"Bearer {key}"})
        for start in range(0, len(sent), 100_000):
            block = sent[start : start + 100_000]
            client.sends(block, more=start + 100_000 < len(sent))
        await client.answered_by(front)
        assert application.bodies == [sent]
        assert [file.closed for file in files] == [True]

    run(test)


@pytest.mark.django_db(transaction=True)
def test_one_workspace_holds_half_of_the_places_for_large_bodies(
    run: Any, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "_PATIENCE", 0.05)
    ada, bea = make_caller("Ada").written, make_caller("Bea").written

    def large(key: str) -> Client:
        headers = {**sized(100_000), "authorization": f"Bearer {key}"}
        return Client("/v2/x/run", headers=headers)

    async def test(front: Front) -> None:
        slow = large(ada)
        task = slow.asks(front)
        await slow.is_waited_for()
        refused = await large(ada).hangs_up().answered_by(front)
        assert (refused.asked, application.refusals) == (1, [Refused.NO_ROOM])
        await large(bea).sends(bytes(100_000)).answered_by(front)
        assert len(application.bodies[-1]) == 100_000
        slow.hangs_up()
        await task
        await large(ada).sends(bytes(100_000)).answered_by(front)
        assert len(application.bodies) == 3

    run(test)


def test_of_too_many_bodies_on_their_way_the_oldest_is_given_up(
    run: Any, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "_MOST_ARRIVING", 2)

    async def test(front: Front) -> None:
        clients = [Client("/accounts/login/", headers=sized(100)) for _ in range(3)]
        tasks = []
        for client in clients:
            tasks.append(client.asks(front))
            await settle()
        assert await asyncio.to_thread(application.called.acquire, timeout=20)
        assert application.refusals == [Refused.TOO_SLOW]
        for client in clients:
            client.hangs_up()
        await asyncio.wait(tasks, timeout=20)
        assert clients[0].status == 200
        assert [client.sent for client in clients[1:]] == [[], []]

    run(test)


def test_a_client_who_hangs_up_is_known_to_the_thread(run: Any, application: Application) -> None:
    seen: list[bool] = []
    gone = threading.Event()

    def answer() -> list[bytes]:
        is_gone = abandoned.get()
        seen.append(is_gone())
        gone.set()
        for _ in range(500):
            if is_gone():
                seen.append(True)
                break
            time.sleep(0.01)
        return [b"for nobody"]

    application.answer = answer

    async def test(front: Front) -> None:
        client = Client("/api/v1/tts", headers=sized(2)).sends(b"{}")
        task = client.asks(front)
        assert await asyncio.to_thread(gone.wait, 20)
        client.hangs_up()
        await asyncio.wait_for(task, 20)
        assert seen == [False, True]

    run(test)


@pytest.mark.parametrize("path", ["/healthz"])
def test_health_is_told_while_every_thread_is_held(
    run: Any, application: Application, path: str
) -> None:
    async def test(front: Front) -> None:
        application.goes_on.clear()
        task = Client("/api/v1/credits", method="GET").asks(front)
        assert await asyncio.to_thread(application.called.acquire, timeout=20)
        for headers in ({}, sized(100_000)):
            client = await Client(path, method="GET", headers=headers).answered_by(front)
            assert (client.status, client.asked) == (200, 0)
        application.goes_on.set()
        await task

    run(test)


def test_clients_that_read_nothing_hold_no_thread(run: Any, application: Application) -> None:
    closed: list[bool] = []

    def answer() -> StreamingHttpResponse:
        response = StreamingHttpResponse(iter([bytes(1000)] * 500))
        response._resource_closers.append(lambda: closed.append(True))
        return response

    application.answer = answer

    async def test(front: Front) -> None:
        stuck = [Client("/files/x", method="GET") for _ in range(10)]
        for client in stuck:
            client.writable.clear()
        tasks = [client.asks(front) for client in stuck]
        quick = await Client("/files/x", method="GET").answered_by(front)
        assert len(quick.body) == 500_000
        for client in stuck:
            client.hangs_up()
        await settle()
        for client in stuck:
            client.writable.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 20)
        assert all(len(client.body) < 500_000 for client in stuck), "read on for nobody"
        assert closed == [True] * 11

    run(test)
