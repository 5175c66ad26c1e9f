from typing import TYPE_CHECKING

from voiceclone.front.asgi import Message, Send

if TYPE_CHECKING:
    from django.http import StreamingHttpResponse

    from voiceclone.front.pending import Pending

SLOT = "voiceclone.front"
"""Where the front's scope carries the slot. No client can write there."""


class Slot:
    """Where the WSGI side leaves what the front is to send: all of an answer, or its body."""

    def __init__(self) -> None:
        self.pending: Pending | None = None
        self.streamed: StreamingHttpResponse | None = None

    def passing(self, send: Send) -> Send:
        """Return a ``send`` that drops what was left here instead."""

        async def sending(message: Message) -> None:
            if self.pending is not None:
                return
            if self.streamed is None or message["type"] == "http.response.start":
                await send(message)

        return sending
