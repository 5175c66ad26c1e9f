from typing import TYPE_CHECKING

from voiceclone.front.asgi import Message, Send

if TYPE_CHECKING:
    from voiceclone.front.pending import Pending

SLOT = "voiceclone.front"
"""Where the front's scope carries the slot. No client can write there."""


class Slot:
    """Where Django leaves what a request waits for, so that its answer is not sent."""

    def __init__(self) -> None:
        self.pending: Pending | None = None

    def unless_pending(self, send: Send) -> Send:
        """Return a ``send`` that drops the withheld answer."""

        async def passing(message: Message) -> None:
            if self.pending is None:
                await send(message)

        return passing
