import asyncio
from dataclasses import dataclass

from voiceclone.front.asgi import Receive

_GRACE = 10.0
"""Seconds at the beginning in which no rate is asked of a body."""


class TooSlowError(Exception):
    """The body does not arrive in time."""


class GoneError(Exception):
    """The client hung up while it sent."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly a body has to arrive: within ``seconds``, and at ``rate`` bytes a second."""

    seconds: float
    rate: int


class Arrival:
    """A body on its way in, piece by piece, against the clock."""

    def __init__(self, receive: Receive, pace: Pace) -> None:
        self._receive = receive
        self._pace = pace
        self._received = 0
        self._timeout: asyncio.Timeout | None = None
        self._is_given_up = False
        self.begin()

    def begin(self) -> None:
        """Start the time anew, for what is still to come."""
        self._began = asyncio.get_running_loop().time()
        self._received = 0

    def give_up(self) -> None:
        """Wait no longer."""
        self._is_given_up = True
        if self._timeout is not None:
            self._timeout.reschedule(0.0)

    async def next(self) -> tuple[bytes, bool]:
        """Return the next piece, and whether more follow.

        Raises:
            TooSlowError: its time is over.
            GoneError: the client hung up.
        """
        try:
            async with asyncio.timeout_at(self._ends_at()) as self._timeout:
                message = await self._receive()
        except TimeoutError:
            raise TooSlowError from None
        finally:
            self._timeout = None
        if message["type"] == "http.disconnect":
            raise GoneError
        data: bytes = message.get("body", b"")
        self._received += len(data)
        return data, bool(message.get("more_body", False))

    def _ends_at(self) -> float:
        if self._is_given_up:
            return 0.0
        pace = self._pace
        return self._began + min(pace.seconds, _GRACE + self._received / pace.rate)
