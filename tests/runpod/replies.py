"""Every route of this dialect, and what its errors have to have."""

from typing import Any

from tests.api.replies import assert_headers
from tests.runpod.customer import NOBODYS

ROUTES = {
    "run": {"POST"},
    "runsync": {"POST"},
    f"status/{NOBODYS}": {"GET", "POST"},
    f"status-sync/{NOBODYS}": {"GET", "POST"},
    f"stream/{NOBODYS}": {"GET", "POST"},
    f"cancel/{NOBODYS}": {"POST"},
    f"retry/{NOBODYS}": {"POST"},
    "health": {"GET"},
    "purge-queue": {"POST"},
}


def assert_error(reply: Any, status: int, message: str | None = None) -> None:
    assert reply.status_code == status, reply.content
    assert reply.headers["Content-Type"] == "application/json"
    said = reply.json()
    assert set(said) == {"error"}
    assert said["error"]
    if message is not None:
        assert said["error"] == message
    assert_headers(reply)
