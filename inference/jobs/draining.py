"""Whether this process is shutting down: its threads then finish their jobs and claim no more."""

import threading

_draining = threading.Event()


def begin_to_drain() -> None:
    """Have each worker thread of this process finish its job and claim no other."""
    _draining.set()


def end_drain() -> None:
    """Claim jobs again."""
    _draining.clear()


def is_draining() -> bool:
    """Whether the process is shutting down."""
    return _draining.is_set()
