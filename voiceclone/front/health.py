import asyncio
from typing import Any

from django.http import HttpResponse

from voiceclone.front.asgi import Send
from voiceclone.front.threads import Threads
from voiceclone.health import HEALTHZ, READYZ, healthz, readyz, too_slow

PATHS = frozenset({HEALTHZ, READYZ})
_SECONDS = 10.0


class Health:
    """Answers the health routes beside all other requests, whatever those are waiting for."""

    def __init__(self) -> None:
        self._thread = Threads("health", 1)
        self._check: asyncio.Task[HttpResponse] | None = None

    async def answer(self, scope: Any, send: Send) -> None:
        """Answer one of ``PATHS``."""
        response = healthz() if scope["path"] == HEALTHZ else await self._readiness()
        headers = [
            *((name.lower().encode(), value.encode()) for name, value in response.items()),
            (b"content-length", str(len(response.content)).encode()),
        ]
        if any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]):
            headers.append((b"connection", b"close"))  # its body is not read
        start = {"type": "http.response.start", "status": response.status_code, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": response.content})

    def close(self) -> None:
        """Check no more."""
        self._thread.close()

    async def _readiness(self) -> HttpResponse:
        """Look once for all who ask meanwhile."""
        if self._check is None or self._check.done():
            self._check = asyncio.get_running_loop().create_task(self._thread.run("", readyz))
        try:
            return await asyncio.wait_for(asyncio.shield(self._check), _SECONDS)
        except TimeoutError:
            return too_slow()
