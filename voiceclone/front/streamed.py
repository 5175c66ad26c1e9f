import asyncio
from typing import Any

from django.http import StreamingHttpResponse

from voiceclone.front.asgi import Receive, Send, hung_up
from voiceclone.front.blocks import send_blocks
from voiceclone.front.threads import Threads


async def send_streamed(
    response: StreamingHttpResponse, receive: Receive, send: Send, *, threads: Threads
) -> None:
    """Send the body of an answer whose head has been sent, until its end or the client's."""
    request_id = response.headers.get("x-request-id", "")
    gone = asyncio.get_running_loop().create_task(hung_up(receive))

    async def run(call: Any, *args: Any) -> Any:
        return await threads.run(request_id, call, *args)

    async def body(block: bytes) -> bool:
        await send({"type": "http.response.body", "body": block, "more_body": True})
        return not gone.done()

    try:
        if await send_blocks(response, body, run):
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()
        await run(response.close)
