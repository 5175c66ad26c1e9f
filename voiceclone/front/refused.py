import asyncio
from contextlib import suppress

from voiceclone.front.asgi import Message, Receive, Send

_SECONDS = 5.0
_BYTES = 64 * 1024 * 1024


def closing(receive: Receive, send: Send, *, seconds: float = _SECONDS) -> Send:
    """Return a ``send`` for an answer to a body that was not read: the connection ends with it.

    What the client still sends is passed over for ``seconds`` first. A connection closed before
    would be reset, and the client might never see the answer.
    """

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), (b"connection", b"close")]
            await send({**message, "headers": headers})
        elif message.get("more_body", False):
            await send(message)
        else:
            await send({**message, "more_body": True})
            with suppress(TimeoutError):
                await asyncio.wait_for(_pass_over(receive), seconds)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return sending


async def _pass_over(receive: Receive) -> None:
    left = _BYTES
    while left > 0:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return
        left -= len(message.get("body", b""))
