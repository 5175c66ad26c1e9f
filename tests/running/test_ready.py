"""A web process says when it is ready."""

import asyncio
from typing import Any

from structlog.testing import capture_logs

from voiceclone.front.application import Front


def test_the_web_process_logs_one_line_when_it_is_ready() -> None:
    sent: list[str] = []
    logged: list[list[Any]] = []

    async def receive() -> dict[str, str]:
        logged.append(list(lines))
        return {"type": "lifespan.startup" if len(logged) == 1 else "lifespan.shutdown"}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    with capture_logs() as lines:
        front = Front(lambda _environ, _start: [], threads=3)
        asyncio.run(front({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    before, ready = logged
    assert before == []
    assert [(line["event"], line["threads"]) for line in ready] == [("web_ready", 3)]
