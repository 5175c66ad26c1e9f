"""Customers whose programs go on through any outage: they send again until they are answered."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.faults.installation import Tenant
from tests.faults.own_server import OwnServer

PATIENCE = 120.0
"""Seconds after which a customer who was not answered calls it a loss."""
SLACK = 20.0
"""Seconds past its limit that a request which waits may take on a machine that is busy."""


@dataclass
class Stream:
    """Audio that came while it was made: of which speech, and whether its end was said.

    ``silence`` is how many seconds lay between the last of it and the end.
    """

    speech: str
    format: str
    audio: bytes
    is_whole: bool
    silence: float


@dataclass
class Customer:
    """One tenant, what it started with, and what it was promised.

    ``wanted`` counts the requests that make one job each, ``unsure`` those that were sent only
    once and without an Idempotency-Key, so that each may have made one or none.
    """

    tenant: Tenant
    voice: str
    credits: int
    server: OwnServer
    speeches: list[str] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    ends: dict[str, str] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)
    wanted: int = 0
    unsure: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(
        self, path: str, *, key: str = "", limit: float = 10.0, **options: Any
    ) -> requests.Response | None:
        """Send a request once; None where no answer came.

        One that should have been answered within ``limit`` seconds and was not is a wrong.
        """
        headers = {"Authorization": f"Bearer {self.tenant.key}"}
        if key:
            headers["Idempotency-Key"] = key
        method = options.pop("method", "POST")
        try:
            return requests.request(
                method, f"{self.tenant.url}{path}", headers=headers, timeout=limit + SLACK,
                **options,
            )  # fmt: skip
        except requests.ReadTimeout:
            self.wrongs.append(f"{path} was not answered in {limit:g} s")
        except requests.RequestException:
            pass
        return None

    def until_answered(
        self, path: str, *, is_final: Callable[[requests.Response], bool], **options: Any
    ) -> requests.Response:
        """Send a request, with one key for all its tries, until the answer is final."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            reply = self.send(path, **options)
            if reply is not None and is_final(reply):
                return reply
            if reply is not None and reply.status_code < 500:
                raise AssertionError(f"{path} answered {reply.status_code}: {reply.text}")
            time.sleep(0.2)
        raise AssertionError(f"{path} was not answered in {PATIENCE:g} s")


def is_ok(reply: requests.Response) -> bool:
    return reply.status_code == 200


def new_key(dice: random.Random) -> str:
    return uuid.UUID(int=dice.getrandbits(128)).hex
