from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from billing import prices
from billing.queries import balance_of
from inference.jobs.idempotency import submit_once
from speech.models import Speech
from speech.operations import SUBMITTED_AS, cancel_speech, delete_speech, submit_speech
from speech.queries import speech_of, speeches_of
from speech.watermark import decide
from voiceclone.api.authentication import actor_of, workspace_of
from voiceclone.api.idempotency import answer, once_of
from voiceclone.api.ids import could_be_id
from voiceclone.api.native import documentation as doc
from voiceclone.api.native.errors import ApiError, invalid, missing
from voiceclone.api.native.inputs import DEFAULT_MODELS, SpeechesInput, TtsInput
from voiceclone.api.native.pages import page_of
from voiceclone.api.native.responses import (
    STATUS_STATES,
    full_speech,
    quote_body,
    submitted_speech,
)
from voiceclone.api.native.views.base import NativeView, json_object, query_of
from voiceclone.api.request_id import request_id_of
from voices.languages import language_for
from voices.models import Voice
from voices.queries import voice_by_any_id

_NO_RIGHT = "This workspace may not have audio without a watermark"
_NO_VOICE = "Voice not found or not available"
_NO_SPEECH = "Speech not found or access denied"


def _parsed(request: Request) -> TtsInput:
    body = TtsInput(data=json_object(request))
    body.is_valid(raise_exception=True)
    if body.validated_data["model"] not in (*DEFAULT_MODELS, settings.ENGINE):
        raise invalid("model: Unknown model")
    return body


def _voice(request: Request, body: TtsInput) -> Voice:
    if body.validated_data["noWatermark"] and not decide(workspace_of(request), wanted=True):
        raise ApiError(403, "FORBIDDEN", _NO_RIGHT)
    voice_id = body.validated_data["voiceId"]
    voice = voice_by_any_id(workspace_of(request), voice_id) if could_be_id(voice_id) else None
    if voice is None:
        raise missing(_NO_VOICE)
    return voice


class TtsView(NativeView):
    """Submitting speech, and the history of it."""

    scope = Scope.SPEECH

    @doc.tts
    def post(self, request: Request) -> Response:
        """Have a text spoken, for 1 credit per UTF-8 byte. Poll the speech for its audio."""
        body = _parsed(request)
        workspace = workspace_of(request)
        once = once_of(request, body.validated_data)
        speech, replayed = submit_once(
            workspace,
            once,
            SUBMITTED_AS,
            find=lambda speech_id: speech_of(workspace, speech_id),
            submit=lambda: submit_speech(
                workspace=workspace,
                voice=_voice(request, body),
                wanted=body.wanted(),
                request_id=request_id_of(request._request),  # noqa: SLF001 - DRF wraps it so
                actor=actor_of(request),
                once=once,
            ),
        )
        if speech is None:
            raise missing(_NO_SPEECH)
        return answer(
            {
                "success": True,
                "speechId": speech.pk,
                "creditsUsed": speech.credits_used,
                "speech": full_speech(speech) if replayed else submitted_speech(speech),
            },
            replayed=replayed,
        )

    @doc.speeches
    def get(self, request: Request) -> Response:
        """List one's speeches, newest first."""
        query = SpeechesInput(data=query_of(request))
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        speeches = speeches_of(workspace_of(request))
        if "status" in asked:
            speeches = speeches.filter(state__in=STATUS_STATES[asked["status"]])
        if "voiceId" in asked:
            speeches = speeches.filter(voice=asked["voiceId"])
        if asked["sortOrder"] == "asc":
            speeches = speeches.order_by("created_at", "pk")
        rows, pagination = page_of(speeches, asked["page"], asked["limit"])
        return Response(
            {
                "success": True,
                "speeches": [full_speech(speech) for speech in rows],
                "pagination": pagination,
            }
        )


class TtsQuoteView(NativeView):
    """What a speech costs."""

    scope = Scope.SPEECH

    @doc.tts_quote
    def post(self, request: Request) -> Response:
        """Say what the same request to /tts would cost; nothing is charged."""
        body = _parsed(request)
        voice, workspace = _voice(request, body), workspace_of(request)
        wanted = body.wanted()
        language_for(wanted.text, asked=wanted.language, voice=voice, workspace=workspace)
        needed = prices.speech(body.validated_data["text"])
        return Response(quote_body(needed, balance_of(workspace)))


class SpeechView(NativeView):
    """One speech."""

    scope = Scope.SPEECH

    @doc.speech
    def get(self, request: Request, speech_id: str) -> Response:
        """Show a speech: its status and, when completed, the address of its audio."""
        return Response({"success": True, "speech": full_speech(_own(request, speech_id))})

    @doc.speech_delete
    def delete(self, request: Request, speech_id: str) -> Response:
        """Delete a speech; one still in progress is cancelled first."""
        delete_speech(speech=_own(request, speech_id))
        return Response({"success": True})


class SpeechCancelView(NativeView):
    """Cancelling a speech."""

    scope = Scope.SPEECH

    @doc.speech_cancel
    def post(self, request: Request, speech_id: str) -> Response:
        """Cancel a speech in progress; one that has ended answers 409."""
        speech = cancel_speech(speech=_own(request, speech_id))
        return Response({"success": True, "speech": full_speech(speech)})


def _own(request: Request, speech_id: str) -> Speech:
    speech = speech_of(workspace_of(request), speech_id) if could_be_id(speech_id) else None
    if speech is None:
        raise missing(_NO_SPEECH)
    return speech
