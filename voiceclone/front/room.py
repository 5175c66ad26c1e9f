import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class NoRoomError(Exception):
    """As many are there as may be, and none has left in time."""


class Room:
    """Places for a number of requests at once, of which one customer gets half at most."""

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self._most_of_one = max(1, places // 2)
        self._of_each: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def place(self, who: str, *, patience: float) -> AsyncIterator[None]:
        """Hold a place while the context lasts; waits ``patience`` seconds for one.

        Raises:
            NoRoomError: there is none.
        """
        own = self._of_each.setdefault(who, asyncio.Semaphore(self._most_of_one))
        try:
            async with asyncio.timeout(patience):
                await own.acquire()
                try:
                    await self._places.acquire()
                except BaseException:
                    own.release()
                    raise
        except TimeoutError:
            raise NoRoomError from None
        try:
            yield
        finally:
            self._places.release()
            own.release()
