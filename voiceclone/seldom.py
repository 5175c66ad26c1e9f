import logging
import time

_SECONDS = 10.0
_CHARACTERS = 300


class Seldom(logging.Filter):
    """Lets a line that anybody can cause at will through every ten seconds, as a short warning.

    A foreign ``Host`` and a malformed request are such: each with a traceback, whoever sends
    enough of them would fill the disk.
    """

    def __init__(self) -> None:
        super().__init__()
        self._next_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether to write a line, and shorten it where it is of this kind."""
        if not _is_at_will(record):
            return True
        now = time.monotonic()
        if now < self._next_at.get(record.name, 0.0):
            return False
        self._next_at[record.name] = now + _SECONDS
        record.msg, record.args = record.getMessage()[:_CHARACTERS], ()
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def _is_at_will(record: logging.LogRecord) -> bool:
    if record.name == "uvicorn.error":
        return record.levelno == logging.WARNING
    return record.name.startswith("django.security.")
