import asyncio
import signal
import threading
from types import FrameType


class Stopping:
    """Knows when the server was told to end, which ASGI tells only after all have been answered.

    uvicorn waits for open requests first, and those wait for jobs. So its signals are listened
    to as well.
    """

    def __init__(self) -> None:
        self._begun = asyncio.Event()

    async def wait(self, *, grace: float = 0.0) -> None:
        """Return ``grace`` seconds after the server was told to end."""
        await self._begun.wait()
        await asyncio.sleep(grace)

    def begin(self) -> None:
        """Let all waiting requests go."""
        self._begun.set()

    def listen(self) -> None:
        """Begin on the signals that end the server, once it has set its handlers."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._listen_to(number)

    def _listen_to(self, number: signal.Signals) -> None:
        loop = asyncio.get_running_loop()
        servers_own = signal.getsignal(number)
        if not callable(servers_own):
            return  # to replace a default action would be to lose it

        def handle(received: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.begin)
            servers_own(received, frame)

        signal.signal(number, handle)
