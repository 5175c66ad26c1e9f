import socket
import time
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.contract.world import Shelf, World
from tests.fetch.servers import Server, answering
from tests.support.waiting import jobs_done_while_waiting


@pytest.fixture(scope="session")
def shelf_server() -> Iterator[tuple[Server, dict[str, bytes]]]:
    """A customer's server on loopback, with recordings on it."""
    held: dict[str, bytes] = {}

    def handle(connection: socket.socket, request: bytes) -> None:
        path = request.split(b" ")[1].decode()
        answering(held[path])(connection, request)

    with Server(handle) as server:
        yield server, held


@pytest.fixture(autouse=True)
def _quick_and_unlimited(settings, monkeypatch) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = settings.RATE_LIMIT_POLLS = 100_000
    settings.JOB_RETRY_SECONDS = 0
    ends = int(time.time()) + 40
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda *_: ends)
    cache.clear()


@pytest.fixture
def world(db, settings, shelf_server) -> World:
    server, held = shelf_server
    settings.ALLOWED_FETCH_HOSTS = server.allowed
    return World(Shelf(server.url, held), settings)


@pytest.fixture
def _workers() -> Iterator[None]:
    """Have workers do what requests wait for."""
    with jobs_done_while_waiting():
        yield
