"""What must be right before anything starts; each failure is one line. Knows no Django."""

import errno
import fcntl
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

_HIGHEST_PORT = 65_535
_ROOM_BYTES = 256 * 1024
"""What a start needs at least: the database writes before anything is served."""


def stop(message: str) -> NoReturn:
    """End with one clear line and status 1."""
    sys.stderr.write(f"voiceclone: {message}\n")
    raise SystemExit(1)


def home_from_environment(default: Path) -> Path:
    """Return the folder of the service's data, made and found writable."""
    home = Path(os.environ.get("VOICECLONE_HOME", "").strip() or default).expanduser().absolute()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / f".writable.{os.getpid()}"
        try:
            probe.write_bytes(bytes(_ROOM_BYTES))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        stop(f"cannot write to {home} ({error.strerror}); make room there or set VOICECLONE_HOME")
    return home


def lock_home(home: Path) -> int:
    """Keep a second instance out of ``home``; returns the descriptor that holds the lock."""
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stop(f"{home} is in use by another instance; stop it or set VOICECLONE_HOME")
    return descriptor


def bind(host: str, written_port: str) -> socket.socket:
    """Return a socket that listens on the port."""
    if not written_port.isdecimal() or not 1 <= int(written_port) <= _HIGHEST_PORT:
        stop(f"PORT must be a number from 1 to 65535, not {written_port!r}")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(written_port)))
        listener.listen(2048)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is in use" if taken else f"cannot be listened on ({error.strerror})"
        stop(f"port {written_port} on {host} {why}; set PORT to another one")
    listener.set_inheritable(False)
    return listener
