"""The names of ASGI's parts."""

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def hung_up(receive: Receive) -> None:
    """Return once the client is gone; what it still sends before is passed over."""
    while (await receive())["type"] != "http.disconnect":
        pass
