"""A route that speaks a text and waits for it, as those of the dialects do."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request

from accounts.models import Scope
from inference.audio.encode import CONTENT_TYPES
from inference.jobs.model import JobState
from speech.models import Speech
from speech.operations import SpeechRequest, submit_speech
from speech.queries import speech_of
from voiceclone.api.authentication import actor_of, workspace_of
from voiceclone.api.native.views.base import NativeView, json_object
from voiceclone.api.request_id import request_id_of
from voiceclone.api.waiting import LiveResponse, WaitFor, finisher, job_of, register_framing
from voices.models import Voice
from voices.system import system_voice_id

FINISHER = "tests.waiting"
FRAMING = "tests.marked"

register_framing(
    FRAMING,
    first=lambda: b"<",
    each=lambda chunk: b"[%d]" % len(chunk.data),
    last=lambda state: b"%s>" % state["mark"].encode(),
    failed=lambda state, stopping: job_of(state).error_code.encode() + b"|%d>" % stopping,
)


@finisher(FINISHER)
def finish(request: HttpRequest, state: dict[str, Any], timed_out: bool) -> HttpResponse:
    """Say all that a finisher may know."""
    speech: Speech = job_of(state)
    if speech.text == "{finisher raises}":
        raise RuntimeError("the finisher was told to fail")
    status = 200 if speech.state == JobState.COMPLETED else 502
    return JsonResponse(
        {
            "id": speech.pk,
            "state": speech.state,
            "timedOut": timed_out,
            "mark": state["mark"],
            "path": request.get_full_path(),
            "requestId": request_id_of(request),
            "bodyBytes": len(request.body),
        },
        status=504 if timed_out else status,
        headers={"x-of": "the finisher"},
    )


class WaitingView(NativeView):
    scope = Scope.SPEECH

    def post(self, request: Request) -> HttpResponse:
        asked = json_object(request)
        speech = self._speech(request, asked)
        deferred: dict[str, Any] = {
            "seconds": asked.get("seconds", 120),
            "finish": FINISHER,
            "state": {"mark": asked.get("mark", "")},
            "cancel_on_hang_up": asked.get("cancel", False),
        }
        response: HttpResponse
        if asked.get("live"):
            response = LiveResponse(
                speech,
                content_type=CONTENT_TYPES[speech.format],
                framing=asked.get("framing", "raw"),
                headers={"x-speech": speech.pk},
                **deferred,
            )
        else:
            response = WaitFor(speech, **deferred)
        response.headers["x-of"] = "the view"
        response.headers["x-view"] = speech.pk
        return response

    def _speech(self, request: Request, asked: dict[str, Any]) -> Speech:
        if "speechId" in asked:
            found = speech_of(workspace_of(request), asked["speechId"])
            assert found is not None
            return found
        return submit_speech(
            workspace=workspace_of(request),
            voice=Voice.get(system_voice_id("Aaron")),
            wanted=SpeechRequest(
                text=asked["text"], format=asked.get("format", "wav"), live=bool(asked.get("live"))
            ),
            request_id=request_id_of(request._request),
            actor=actor_of(request),
        )
