"""What every reply of the API has to have."""

import re
import time
from typing import Any

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ID = re.compile(r"c[0-9a-z]{24}")


def assert_headers(reply: Any) -> None:
    limit = int(reply.headers["X-RateLimit-Limit"])
    assert 0 <= int(reply.headers["X-RateLimit-Remaining"]) <= limit
    # Redis counts in windows of a minute.
    assert time.time() - 1 <= int(reply.headers["X-RateLimit-Reset"]) <= time.time() + 61
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", reply.headers["x-request-id"])


def assert_error(reply: Any, status: int, code: str, message: str | None = None) -> None:
    """Check that a reply is the documented error, and says what it should."""
    assert reply.status_code == status, reply.content[:500]
    assert reply.headers["Content-Type"] == "application/json"
    body = reply.json()
    assert body["code"] == code
    assert isinstance(body["error"], str)
    assert body["error"]
    if message is not None:
        assert body["error"] == message
    assert "Traceback" not in reply.text if hasattr(reply, "text") else True
    assert_headers(reply)


def assert_invalid(reply: Any, message: str | None = None) -> None:
    assert_error(reply, 400, "INVALID_PARAMETERS", message)
    assert set(reply.json()) == {"code", "error"}


def ok(reply: Any) -> dict[str, Any]:
    """Return the body of a reply that went well."""
    assert reply.status_code == 200, reply.content[:500]
    assert_headers(reply)
    body: dict[str, Any] = reply.json()
    assert body["success"] is True
    return body


def substance(reply: Any, **masked: str) -> tuple[Any, ...]:
    """Return all of a reply that may not differ between two requests but for the ``masked`` ids.

    Each is written as its own name instead.
    """
    content = reply.content.decode()
    for name, value in masked.items():
        content = content.replace(value, f"<{name}>")
    counted = {"x-request-id", "content-length"}
    counted |= {f"x-ratelimit-{what}" for what in ("remaining", "reset")}
    counted |= {f"x-ratelimit-{what}-requests" for what in ("remaining", "reset")}
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return (
        reply.status_code,
        content,
        {name: value for name, value in headers.items() if name not in counted},
    )
