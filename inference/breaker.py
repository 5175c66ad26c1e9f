import time
from dataclasses import dataclass


@dataclass(slots=True)
class Breaker:
    """Keeps a part that is down from being waited for at each request.

    After a failure nobody asks it for ``rest_seconds``; then one asker at a time tries.
    """

    rest_seconds: float
    is_open: bool = False
    _asks_again_at: float = 0.0

    def may_ask(self) -> bool:
        """Whether to ask now; the others go without until this one has an answer."""
        if not self.is_open:
            return True
        now = time.monotonic()
        if now < self._asks_again_at:
            return False
        self._asks_again_at = now + self.rest_seconds
        return True

    def failed(self) -> None:
        """Note that it did not answer."""
        self.is_open = True
        self._asks_again_at = time.monotonic() + self.rest_seconds

    def answered(self) -> bool:
        """Note that it did; True where it had been down."""
        was_open, self.is_open = self.is_open, False
        return was_open
