from collections.abc import Callable, Iterator
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from inference.jobs import notices
from inference.jobs.model import JobState
from voiceclone.api.waiting import Deferred, LiveResponse, job_of
from voiceclone.front.pending import Pending
from voiceclone.front.slot import SLOT, Slot
from voiceclone.front.stored import chunks_of, headers_of, open_audio


class WaitingMiddleware:
    """Hands a deferred answer to the front, or waits in this thread where there is no front.

    It stands before all others, so that a withheld answer has the headers of them all.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer at once where nothing is deferred."""
        response = self.get_response(request)
        if not isinstance(response, Deferred):
            return response
        pending = Pending(request, response)
        slot = request.META.get("asgi.scope", {}).get(SLOT)
        if isinstance(slot, Slot):
            slot.pending = pending
            return response
        return _wait_here(pending)


def _wait_here(pending: Pending) -> HttpResponseBase:
    deferred = pending.deferred
    ended = notices.wait(deferred.job_id, deferred.seconds)
    if not (ended and isinstance(deferred, LiveResponse) and _is_completed(deferred)):
        try:
            return pending.finish(timed_out=not ended)
        except DatabaseError as error:
            return pending.failed(error)
    blocks = _whole(deferred, open_audio(deferred.job_id))
    response = StreamingHttpResponse(blocks, headers=headers_of(deferred))
    return pending.carry_over(response)


def _is_completed(deferred: LiveResponse) -> bool:
    return bool(job_of(deferred.state).state == JobState.COMPLETED)


def _whole(deferred: LiveResponse, file: Any) -> Iterator[bytes]:
    """Yield all that a live answer would have sent, from the stored file."""
    framing = deferred.framing
    yield framing.first()
    for chunk in chunks_of(file):
        yield framing.each(chunk)
    yield framing.last(deferred.state)
