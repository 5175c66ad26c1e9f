"""A request on a bare connection, which a client can hang up whenever it likes."""

import json
import socket
from typing import Any
from urllib.parse import urlsplit


def posted(url: str, key: str, body: dict[str, Any]) -> socket.socket:
    """Send a request and return its connection, to be read from or hung up."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    content = json.dumps(body).encode()
    connection = socket.create_connection((parts.hostname, parts.port), timeout=60)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.hostname}\r\nx-api-key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    connection.sendall(head.encode() + content)
    return connection
