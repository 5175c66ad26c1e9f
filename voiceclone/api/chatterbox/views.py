"""The two routes. Each makes one domain call and waits for it, unless a webhook does."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope, Workspace
from inference.jobs.idempotency import submit_once
from inference.jobs.model import LIVE
from speech.calls import recorder
from speech.models import Call, Speech
from speech.operations import SUBMITTED_AS, Also, submit_speech, time_out_speech
from speech.queries import queued_jobs, submitted_speech
from voiceclone.api.authentication import actor_of, workspace_of
from voiceclone.api.chatterbox import documentation as doc
from voiceclone.api.chatterbox import errors
from voiceclone.api.chatterbox.errors import ApiError, invalid
from voiceclone.api.chatterbox.inputs import CloningInput, SpeechInput, asked_id
from voiceclone.api.chatterbox.responses import DIALECT, accepted, finished, speech_of
from voiceclone.api.chatterbox.sentences import first_complaint
from voiceclone.api.idempotency import REPLAYED_HEADER, once_of
from voiceclone.api.parsers import JsonParser
from voiceclone.api.request_id import request_id_of
from voiceclone.api.waiting import WaitFor, finisher
from voices.models import Voice
from voices.passing import voice_for_once
from voices.system import system_voice_id

DEFAULT_VOICE = "Aaron"
"""The system voice that speaks where no recording of another is given."""

FINISHER = "chatterbox.audio"


class _SpeakingView(ABC, APIView):
    """What both routes share."""

    parser_classes = [JsonParser]
    http_method_names = ["post"]
    scope = Scope.SPEECH
    operation: ClassVar[str]
    takes: ClassVar[type[SpeechInput]]
    asked_id: str | None = None
    """What the request calls itself, once that is known."""

    def get_exception_handler(self) -> Any:
        """Have errors in this dialect's form."""
        return errors.handle

    @abstractmethod
    def voice(self, form: SpeechInput, workspace: Workspace, request_id: str) -> Voice:
        """Return the voice that a request wants."""

    def answer(self, request: Request) -> HttpResponse:
        """Submit what is asked for, and say so or wait for it."""
        form = self._form(request)
        workspace = workspace_of(request)
        once = once_of(request, form.validated_data)
        request_id = request_id_of(request._request)  # noqa: SLF001 - DRF wraps it so
        call = Call(
            workspace=workspace,
            dialect=DIALECT,
            operation=self.operation,
            asked={"id": self.asked_id},
            webhook_url=form.validated_data.get("webhook_url", ""),
        )
        speech, replayed = submit_once(
            workspace,
            once,
            SUBMITTED_AS,
            find=lambda speech_id: submitted_speech(workspace, speech_id),
            submit=lambda: submit_speech(
                workspace=workspace,
                voice=self.voice(form, workspace, request_id),
                wanted=form.wanted(),
                request_id=request_id,
                actor=actor_of(request),
                once=once,
                also=_recorded_if_there_is_room(call),
            ),
        )
        assert speech is not None  # rows of speeches stay
        response = _answer_to(speech.call if replayed else call, replayed=replayed)
        if replayed:
            response.headers[REPLAYED_HEADER] = "true"
        return response

    def _form(self, request: Request) -> SpeechInput:
        body = request.data
        if not isinstance(body, dict):
            raise invalid("the body is not of type 'object'")
        self.asked_id = asked_id(body)
        form = self.takes(data=body)
        if not form.is_valid():
            raise invalid(first_complaint(form))
        return form


class VoiceCloningView(_SpeakingView):
    """Speaking in the voice of a recording."""

    operation = "voice-cloning"
    takes = CloningInput

    @doc.voice_cloning
    def post(self, request: Request) -> HttpResponse:
        """Have a text spoken in the voice of a recording, for 1 credit per UTF-8 byte.

        Waits for the audio; with `webhook_url` it answers 202 at once and sends it there. A
        client that hangs up while it waits cancels the job, and pays nothing.
        """
        return self.answer(request)

    def voice(self, form: SpeechInput, workspace: Workspace, request_id: str) -> Voice:
        """Return the voice of the recording, which a worker will fetch."""
        url = form.validated_data["voice_audio_url"]
        return voice_for_once(workspace=workspace, url=url, request_id=request_id)


class TextToSpeechView(_SpeakingView):
    """Speaking in the default voice."""

    operation = "text-to-speech"
    takes = SpeechInput

    @doc.text_to_speech
    def post(self, request: Request) -> HttpResponse:
        """Have a text spoken in the default system voice, for 1 credit per UTF-8 byte.

        Waits for the audio as `/v1/chatterbox/voice-cloning` does.
        """
        return self.answer(request)

    def voice(self, _form: SpeechInput, _workspace: Workspace, _request_id: str) -> Voice:
        """Return the default voice."""
        return Voice.get(system_voice_id(DEFAULT_VOICE))


def _recorded_if_there_is_room(call: Call) -> Also:
    """Return what records ``call`` with its speech, unless the workspace's queue is full.

    By then the charge holds the wallet, so the workspace's submissions count one by one.
    """
    record = recorder(call)

    def do(speech: Speech) -> None:
        most = settings.MAX_QUEUE_LENGTH
        if most and queued_jobs(call.workspace) > most:
            raise ApiError(429, f"MAX_QUEUE_LENGTH ({most}) reached")
        record(speech)

    return do


def _answer_to(call: Call, *, replayed: bool) -> HttpResponse:
    if speech_of(call).state not in LIVE:
        return _result(call)
    if call.webhook_url:
        return Response(accepted(call), status=202)
    return WaitFor(
        speech_of(call),
        seconds=settings.SYNC_WAIT_SECONDS,
        finish=FINISHER,
        state={"call": str(call.pk)},
        cancel_on_hang_up=not replayed,  # the first one may still wait for it
    )


@finisher(FINISHER)
def _finish(_request: HttpRequest, state: dict[str, Any], timed_out: bool) -> HttpResponse:  # noqa: FBT001 - the finishers' own signature
    call = Call.objects.select_related("speech", "workspace").get(pk=state["call"])
    if timed_out:
        call.speech = time_out_speech(speech_of(call), seconds=settings.SYNC_WAIT_SECONDS)
    return _result(call)


def _result(call: Call) -> HttpResponse:
    body = finished(call)
    spoken = speech_of(call).made_by if "response" in body else None
    return JsonResponse(body, status=body["code"], headers=spoken)
