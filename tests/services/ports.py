"""Choosing a port that a server can keep, also across a restart."""

import random
import socket

# Below the range that systems hand out to outgoing connections (Linux begins at 32768, others at
# 49152): there, a client that retries against a dead server may be given the server's own port,
# and so take it or even connect to itself.
LOWEST, HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Say whether nothing listens on ``port`` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a free loopback port; another program may still take it first."""
    for _ in range(200):
        port = random.randint(LOWEST, HIGHEST)
        if is_free(port):
            return port
    raise OSError(f"no free port between {LOWEST} and {HIGHEST}")
