from typing import Any

from django.conf import settings
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Scope
from inference.audio.encode import content_type
from inference.jobs.idempotency import Once, submit_once
from inference.jobs.model import JobState
from speech.models import Speech
from speech.operations import SUBMITTED_AS, submit_speech
from speech.queries import speech_of
from voiceclone.api.authentication import actor_of, workspace_of
from voiceclone.api.idempotency import REPLAYED_HEADER, once_of
from voiceclone.api.request_id import request_id_of
from voiceclone.api.venice import documentation as doc
from voiceclone.api.venice.catalogue import CataloguedModel, model_called
from voiceclone.api.venice.endings import FINISHER
from voiceclone.api.venice.errors import ApiError
from voiceclone.api.venice.events import CONTENT_TYPE, FRAMING
from voiceclone.api.venice.inputs import SpeechBody
from voiceclone.api.venice.responses import charged
from voiceclone.api.venice.views.base import VeniceView, json_object
from voiceclone.api.venice.voices import voice_for
from voiceclone.api.waiting import LiveResponse, WaitFor

VENICE = "/api/v1/"
"""Where Venice's clients call; OpenAI's call under ``/v1/``."""


class SpeechView(VeniceView):
    """Speaking a text."""

    operations = {"POST": "Speech"}
    scope = Scope.SPEECH

    @doc.speech
    def post(self, request: Request) -> HttpResponse:
        """Speak a text and answer with the audio, for 1 credit per UTF-8 byte.

        The audio is sent as it is made, in every format; `streaming: false` sends it once it is
        whole. A client that hangs up cancels the speech and pays for what it has been sent,
        unless an `Idempotency-Key` says that it may come back for the rest.
        """
        venice = request.path_info.startswith(VENICE)
        body = SpeechBody(data=json_object(request), context={"passes_over_languages": venice})
        body.is_valid(raise_exception=True)
        model = _model(body)
        workspace = workspace_of(request)
        once = once_of(request, body.validated_data)
        speech, replayed = submit_once(
            workspace,
            once,
            SUBMITTED_AS,
            find=lambda speech_id: speech_of(workspace, speech_id),
            submit=lambda: submit_speech(
                workspace=workspace,
                voice=voice_for(workspace, body.validated_data["voice"], model),
                wanted=body.wanted(),
                request_id=request_id_of(request._request),  # noqa: SLF001 - DRF wraps it so
                actor=actor_of(request),
                once=once,
            ),
            tells_again=_broke_off,
        )
        if speech is None:
            raise ApiError(404, "speech_not_found", "The audio of this request was deleted")
        response = _answer(speech, body, cancel=_is_alone(once, replayed=replayed))
        if replayed:
            response.headers[REPLAYED_HEADER] = "true"
        return response


def _model(body: SpeechBody) -> CataloguedModel | None:
    """Return the model that is asked for; None where any will do."""
    called = body.validated_data.get("model")
    if called is None:
        return None
    model = model_called(called)
    if model is None:
        raise ApiError(404, "model_not_found", "The model does not exist", param="model")
    return model


def _broke_off(speech: Speech | None) -> bool:
    """Whether the client may have seen the speech's failure as a stream that broke off.

    OpenAI's clients then send the request again, and are told in words.
    """
    if speech is None or speech.streamed_at is None:
        return False
    return bool(speech.state == JobState.FAILED)


def _is_alone(once: Once | None, *, replayed: bool) -> bool:
    """Whether nobody waits for the speech but this request, and nobody will ask for it again."""
    return not replayed and (once is None or once.key is None)


def _answer(speech: Speech, body: SpeechBody, *, cancel: bool) -> HttpResponse:
    waiting: dict[str, Any] = {
        "seconds": settings.SPEECH_WAIT_SECONDS,
        "finish": FINISHER,
        "cancel_on_hang_up": cancel,
    }
    if not body.is_live or (speech.is_final and not body.is_sse):
        return WaitFor(speech, **waiting)
    kind = content_type(speech.format, speech.sample_rate)
    waiting["headers"] = charged(speech)
    if body.is_sse:
        state = {"credits": speech.cost}
        return LiveResponse(
            speech, content_type=CONTENT_TYPE, framing=FRAMING, state=state, **waiting
        )
    return LiveResponse(speech, content_type=kind, **waiting)
