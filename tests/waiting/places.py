"""The service in real processes: all in one, or web, worker and scheduler on Redis."""

import json
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import requests

from tests.embedded.service import EmbeddedService
from tests.faults.installation import Installation, ServiceProcess, Tenant, wait_for

GENEROUS = "1000000"


def _settings(folder: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "tests.waiting.settings",
        "VOICECLONE_ENGINE": "tests.waiting.engine:GatedEngine",
        "GATES": str(folder),
        "RATE_LIMIT_SUBMISSIONS": GENEROUS,
        "RATE_LIMIT_POLLS": GENEROUS,
        "WEB_THREADS": "4",
        "CONCURRENT_JOBS": "50",
        "WORKER_THREADS": "4",
        "JOB_LEASE_SECONDS": "30",
    }


class Place:
    """A service that runs, and the gates of its engine."""

    def __init__(self, service: EmbeddedService | Installation, gates: Path) -> None:
        self.service = service
        self.url = service.url
        self._gates = gates
        self._count = 0

    @cached_property
    def ada(self) -> "Waiter":
        """A customer with 100,000 credits."""
        workspace = self.service.manage("create_workspace", "Ada", "--credits", "100000")
        return Waiter(self.url, self.service.manage("create_api_key", workspace))

    def gate(self) -> "Gate":
        self._count += 1
        return Gate(self._gates / f"gate-{self._count}")

    def state(self, job_id: str) -> str:
        """Return a speech's state, past the service."""
        found = self.service.query(f"SELECT state FROM speech_speech WHERE id = '{job_id}'")
        return str(found[0][0])

    def becomes(self, job_id: str, state: str) -> None:
        """Wait until the speech has ended, and see that it has ended so."""
        query = f"SELECT state FROM speech_speech WHERE id = '{job_id}' AND finished_at IS NOT NULL"
        found = wait_for(lambda: self.service.query(query), seconds=30, what=f"the end of {job_id}")
        assert found == [(state,)]

    def started(self, text: str) -> str:
        """Return the id of the speech of ``text`` once it is in work."""
        query = f"SELECT id FROM speech_speech WHERE text = '{text}' AND state = 'RUNNING'"
        found = wait_for(lambda: self.service.query(query), seconds=30, what=f"work on {text}")
        return str(found[0][0])

    def count(self, text: str) -> int:
        query = f"SELECT count(*) FROM speech_speech WHERE text = '{text}'"
        return int(self.service.query(query)[0][0])

    def in_work(self) -> int:
        query = "SELECT count(*) FROM speech_speech WHERE finished_at IS NULL"
        return int(self.service.query(query)[0][0])

    def paid(self, job_id: str) -> int:
        query = f"SELECT cost - refunded FROM speech_speech WHERE id = '{job_id}'"
        return int(self.service.query(query)[0][0])

    def delivered(self, job_id: str) -> int:
        query = f"SELECT delivered FROM speech_speech WHERE id = '{job_id}'"
        return int(self.service.query(query)[0][0])


class Gate:
    """Where the engine stands still until it is opened."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return f"{{until {self._path.name}}}"

    def open(self) -> None:
        self._path.touch()


class Waiter(Tenant):
    """A customer's program that asks the route that waits."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, key)
        self._threads = ThreadPoolExecutor(4)

    def ask(self, text: str = "", **more: Any) -> requests.Response:
        return self.http.post(
            f"{self.url}/api/waiting", json={"text": text, **more}, timeout=60, stream=True
        )

    def asking(self, text: str, **more: Any) -> "Future[requests.Response]":
        """Ask in another thread."""
        return self._threads.submit(self.ask, text, **more)

    def connect(self, text: str, **more: Any) -> socket.socket:
        """Send a request and return its connection, to be read from or hung up."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        body = json.dumps({"text": text, **more}).encode()
        connection = socket.create_connection((host, int(port)), timeout=60)
        head = (
            f"POST /api/waiting HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        return connection


def stored(tenant: Tenant, job_id: str) -> bytes:
    """Return a speech's audio as it is stored."""
    return requests.get(tenant.ended(job_id)["audioUrl"], timeout=20).content


class Embedded(Place):
    """One process with SQLite and a queue in memory."""

    def __init__(self, folder: Path) -> None:
        self.embedded = EmbeddedService(folder / "home", **_settings(folder))
        super().__init__(self.embedded, folder)

    def __enter__(self) -> Self:
        self.embedded.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.embedded.close()


class Many(Place):
    """Web, worker and scheduler as processes, on PostgreSQL and Redis."""

    web: ServiceProcess

    def __init__(self, folder: Path) -> None:
        self.installation = Installation(**_settings(folder))
        super().__init__(self.installation, folder)

    def __enter__(self) -> Self:
        self.installation.__enter__()
        self.web = self.installation.start_web()
        self.installation.start_scheduler()
        self.installation.start_worker()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.installation.__exit__()
