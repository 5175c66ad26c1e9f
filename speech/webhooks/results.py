"""What comes of an attempt."""

from dataclasses import dataclass
from datetime import datetime

from speech.webhooks.shares import Claim


@dataclass(frozen=True, slots=True)
class Result:
    """The answer, or in ``code`` and ``message`` why there was none.

    ``permanent`` says that trying again is of no use, ``ours`` that we failed and not the
    receiver. ``retry_after`` is in seconds.
    """

    status: int | None = None
    response: str = ""
    code: str = ""
    message: str = ""
    delivered: bool = False
    permanent: bool = False
    gone: bool = False
    ours: bool = False
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was made, to be recorded. ``endpoint_id`` is None for one-request URLs."""

    claim: Claim
    endpoint_id: str | None
    result: Result
    began_at: datetime
    seconds: float
