"""An application that says what it knows of its connection, and answers without a length."""

import json
import os
import socket
from typing import Any

PARTS = (b"RIFF", b"x" * 5000, b"the end")


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["path"] == "/connection":
        # uvicorn's own way to hand us its connection is none, so that this looks behind it.
        connection = receive.__self__.transport.get_extra_info("socket")
        nodelay = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        said = json.dumps({"pid": os.getpid(), "nodelay": bool(nodelay)}).encode()
        await _start(send, (b"content-length", str(len(said)).encode()))
        await send({"type": "http.response.body", "body": said})
    else:
        await _start(send)
        for part in PARTS:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        if scope["path"] != "/broken":
            await send({"type": "http.response.body", "body": b""})


async def _start(send: Any, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": list(headers)})


async def _live(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
