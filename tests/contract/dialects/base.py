"""What a dialect has to say of itself so that the same tests can be put to all of them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.contract.asking import Ask
from tests.contract.world import World

TEXT = "Good morning."


@dataclass(frozen=True)
class Refused:
    """An HTTP status, the dialect's own code, words of the message, the parameter it names."""

    status: int
    code: str
    says: str
    param: str | None = None


@dataclass(frozen=True)
class Fails:
    """The request is accepted; its job fails with these words, at no cost.

    ``leaves`` are the tables that keep a trace of it.
    """

    says: str
    leaves: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Impossible:
    """There is no such request in this dialect."""

    why: str


Answer = Refused | Fails | Impossible
Answers = dict[str, Answer]


def each(names: Iterable[str], answer: Answer) -> Answers:
    """Return the same answer to several requests."""
    return dict.fromkeys(names, answer)


KEYS = ("no key", "malformed key", "revoked key", "expired key", "body over the limit, no key")
NOT_JSON = (
    "body not JSON",
    "NaN in the body",
    "Infinity in the body",
    "nested too deeply",
    "body in UTF-16",
    "body in invalid UTF-8",
)
BAD_IDEMPOTENCY_KEYS = (
    "idempotency key empty",
    "idempotency key with control characters",
    "idempotency key of 300 characters",
)
SILENT_TEXTS = ("blank text", "zero-width text")
ADDRESSES = tuple(
    f"{what} address of a recording" for what in ("private", "loopback", "metadata", "file")
)
HOSTILE_HOSTS = ADDRESSES[:3]
FORMS = (
    "broken form",
    "form without a boundary",
    "JSON instead of a form",
    "text instead of a file",
)
BASE64 = ("bad base64", "wrong padding")
NOT_AUDIO = ("recording that is not audio", "empty recording", "playlist", "video without sound")
VOICES = (
    "unknown voice",
    "another's voice",
    "deleted voice",
    "failed voice",
    "another's handle",
)


def of(name: str) -> tuple[str, str, str]:
    """Return what can be wrong with a number."""
    return (f"{name} out of range", f"{name} a string", f"{name} NaN")


class Dialect(ABC):
    """How good requests look in a dialect, and what it answers to bad ones."""

    name: str
    package: ClassVar[str]
    """Below ``voiceclone.api``."""
    where: ClassVar[dict[str, str]]
    """Where in a body a thing stands that the tests call so; what is missing cannot be said."""
    nowhere: str
    """A path below the mount that leads to nothing."""
    most_text: ClassVar[int]
    """Of ASCII, one letter a byte."""
    shortest: ClassVar[float]
    most_bytes: ClassVar[int]
    """Of a recording."""
    answers: ClassVar[Answers]
    """To each bad request."""

    def speech(self, world: World, **said: Any) -> Ask:
        """Return a request for a speech; ``said`` under the names that tests use."""
        ask = self.plain(world)
        for name, value in said.items():
            ask = ask.saying(self.where[name], value)
        return ask

    @abstractmethod
    def plain(self, world: World) -> Ask:
        """Return the shortest good request for a speech of ``TEXT``."""

    @abstractmethod
    def reference(self, world: World, content: bytes) -> Ask:
        """Return a request that brings the recording of a voice."""

    def hook(self, world: World, url: str) -> Ask:
        """Return a request that names the address of a webhook."""
        return self.speech(world, webhook=url)

    @abstractmethod
    def good(self, ask: Ask) -> Any:
        """Send a request for a speech, check that it succeeds, and return the reply.

        Workers do what it waits for.
        """

    @abstractmethod
    def check(self, reply: Any, answer: Refused | Fails) -> None:
        """Check that a reply has the dialect's form of an error, to the letter."""


def assert_json(reply: Any, status: int) -> Any:
    """Return the body of a reply that is JSON of this status, and nothing that is for browsers."""
    assert reply.status_code == status, reply.content[:500]
    assert reply.headers["Content-Type"] == "application/json"
    assert not re.search(rb"<html|<!doctype|Traceback", reply.content, re.IGNORECASE)
    assert not reply.cookies
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)
    assert "Allow" in reply.headers or status != 405
    return reply.json()
