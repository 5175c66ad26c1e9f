"""Answers that wait for a job, as views return them; `voiceclone.front` does the waiting.

A view stays an ordinary synchronous one. Instead of an answer it returns what the answer waits
for, and the name of a finisher, which makes the answer once there is one to make.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from inference.jobs.model import Job
from inference.live import LiveChunk
from speech.models import Speech

Finisher = Callable[[HttpRequest, dict[str, Any], bool], HttpResponseBase]
"""Makes the answer, of the request (without its body), the state and whether time ran out.

It reads the job itself (see :func:`job_of`), and answers with a Django response rather than with
one that DRF would have to render. It runs in another thread, perhaps long after the view.
"""

RESTARTING = "The service is restarting. Please try again."
"""What is said to those who wait while the service ends."""

_finishers: dict[str, Finisher] = {}


def finisher(name: str) -> Callable[[Finisher], Finisher]:
    """Register the decorated function as the finisher ``name``, such as ``chatterbox.audio``."""

    def register(function: Finisher) -> Finisher:
        if name in _finishers:
            raise ValueError(f"there is a finisher {name} already")
        _finishers[name] = function
        return function

    return register


def finisher_of(name: str) -> Finisher:
    """Return a finisher; KeyError where no imported module registers it."""
    return _finishers[name]


@dataclass(frozen=True, slots=True)
class Framing:
    """How a body is made of chunks of audio: what stands before, for each of them, and after.

    ``last`` is given the response's state. All three run on the event loop: they must be quick
    and touch no database. ``failed`` is given the state and whether the service ends, runs in a
    thread, and says in the body why it is not the whole. Without it the connection is broken off.
    """

    first: Callable[[], bytes]
    each: Callable[[LiveChunk], bytes]
    last: Callable[[dict[str, Any]], bytes]
    failed: Callable[[dict[str, Any], bool], bytes] | None = None


_framings: dict[str, Framing] = {}


def register_framing(
    name: str,
    *,
    each: Callable[[LiveChunk], bytes],
    first: Callable[[], bytes] = lambda: b"",
    last: Callable[[dict[str, Any]], bytes] = lambda _state: b"",
    failed: Callable[[dict[str, Any], bool], bytes] | None = None,
) -> None:
    """Say how the framing ``name`` is written; an empty part is not sent."""
    if name in _framings:
        raise ValueError(f"there is a framing {name} already")
    _framings[name] = Framing(first, each, last, failed)


def framing_of(name: str) -> Framing:
    """Return a framing; KeyError where no imported module registers it."""
    return _framings[name]


register_framing("raw", each=lambda chunk: chunk.data)


class Deferred(HttpResponse):
    """What both kinds share. Headers set on it are carried over to the answer.

    ``state`` is handed to the finisher, with ``job_kind`` and ``job_id`` added. It holds plain
    JSON values only, since it outlives the request's thread and its database connection.
    """

    def __init__(
        self,
        job: Job,
        *,
        seconds: float,
        finish: str,
        state: dict[str, Any] | None,
        cancel_on_hang_up: bool,
    ) -> None:
        super().__init__(status=202)
        finisher_of(finish)  # an unknown one shows here, not minutes later
        self.kind = type(job)
        self.job_id: str = job.pk
        self.seconds = seconds
        self.finish = finish
        named = {"job_kind": job._meta.label_lower, "job_id": job.pk}  # noqa: SLF001 - Django's way
        self.state = {**(state or {}), **named}
        self.cancel_on_hang_up = cancel_on_hang_up


class WaitFor(Deferred):
    """Answer when ``job`` has ended, or after ``seconds``: what the finisher says then.

    Where the client hangs up first, ``cancel_on_hang_up`` has the job cancelled.
    """

    def __init__(
        self,
        job: Job,
        *,
        seconds: float,
        finish: str,
        state: dict[str, Any] | None = None,
        cancel_on_hang_up: bool = False,
    ) -> None:
        super().__init__(
            job,
            seconds=seconds,
            finish=finish,
            state=state,
            cancel_on_hang_up=cancel_on_hang_up,
        )


class LiveResponse(Deferred):
    """Answer with a speech's audio as it is made.

    Nothing is sent before the first chunk is there. Where the job ends badly or ``seconds`` run
    out before, the finisher answers instead; ``headers`` are for audio only. Later the status
    is said: a job that fails then breaks the connection off, unless the framing has words for it.
    """

    def __init__(
        self,
        job: Speech,
        *,
        content_type: str,
        finish: str,
        seconds: float,
        state: dict[str, Any] | None = None,
        framing: str = "raw",
        headers: dict[str, str] | None = None,
        cancel_on_hang_up: bool = True,
    ) -> None:
        super().__init__(
            job,
            seconds=seconds,
            finish=finish,
            state=state,
            cancel_on_hang_up=cancel_on_hang_up,
        )
        self.framing = framing_of(framing)
        self.audio_headers = {**(headers or {}), "Content-Type": content_type}


def job_of(state: dict[str, Any]) -> Any:
    """Return the job of a finisher's state as it stands now."""
    kind: Any = apps.get_model(state["job_kind"])
    return kind.get(state["job_id"])
