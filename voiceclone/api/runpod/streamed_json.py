"""JSON with long base64 in it, written in blocks from where the audio is stored."""

import base64
import json
import secrets
from collections.abc import Iterator
from typing import IO, Any

from django.core.files.storage import default_storage
from django.http import StreamingHttpResponse

BLOCK = 57 * 1024
"""Bytes encoded at once; a multiple of 3, so that blocks of base64 join without padding."""


def with_audio(body: dict[str, Any], place: dict[str, Any], field: str, name: str) -> Any:
    """Return an answer of ``body`` with the file ``name`` as base64 in ``place[field]``.

    ``place`` is ``body`` or within it. Nothing longer than a block is held in memory.

    Raises:
        FileNotFoundError: there is no such file any more.
    """
    mark = f"audio-{secrets.token_hex(16)}"
    place[field] = mark
    head, tail = json.dumps(body).split(mark)
    size = default_storage.size(name)
    file = default_storage.open(name)
    length = len(head) + 4 * -(-size // 3) + len(tail)
    return StreamingHttpResponse(
        _written(head, file, tail),
        content_type="application/json",
        headers={"Content-Length": str(length)},
    )


def _written(head: str, file: Any, tail: str) -> Iterator[bytes]:
    with file:
        yield head.encode()
        yield from encoded(file)
        yield tail.encode()


def encoded(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the rest of a file as base64."""
    left = b""
    while block := file.read(BLOCK):  # which may be shorter than was asked for
        block = left + block
        whole = len(block) - len(block) % 3
        left = block[whole:]
        yield base64.b64encode(block[:whole])
    if left:
        yield base64.b64encode(left)
