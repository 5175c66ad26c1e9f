"""Sending an answer block by block: a thread reads a block, and is free while it is sent."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

_BLOCK = 64 * 1024

Run = Callable[..., Awaitable[Any]]
"""Calls something that blocks in a thread: ``await run(function, *arguments)``."""


async def send_blocks(
    response: StreamingHttpResponse, body: Callable[[bytes], Awaitable[bool]], run: Run
) -> bool:
    """Hand all of a streamed answer to ``body``, which says whether to go on.

    Returns whether all of it was handed over. The caller closes the response.
    """
    blocks = iter(response)
    while block := await run(_gathered, blocks):
        if not await body(block):
            return False
    return True


def _gathered(blocks: Iterator[bytes]) -> bytes:
    """Return the next blocks as one of some size; nothing at their end."""
    gathered = bytearray()
    for block in blocks:
        gathered += block
        if len(gathered) >= _BLOCK:
            break
    return bytes(gathered)
