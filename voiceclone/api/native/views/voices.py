from django.db.models import F
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from billing import prices
from billing.queries import balance_of
from inference.jobs.idempotency import submit_once
from voiceclone.api.authentication import actor_of, workspace_of
from voiceclone.api.idempotency import answer, once_of
from voiceclone.api.ids import could_be_id
from voiceclone.api.native import documentation as doc
from voiceclone.api.native.errors import missing
from voiceclone.api.native.inputs import SORT_FIELDS, VoiceCloneInput, VoicePatch, VoicesInput
from voiceclone.api.native.pages import page_of
from voiceclone.api.native.responses import (
    STATUS_STATES,
    cloned_voice,
    listed_voice,
    quote_body,
)
from voiceclone.api.native.uploads import voice_recording
from voiceclone.api.native.views.base import NativeView, json_object, query_of
from voiceclone.api.parsers import FormParser
from voiceclone.api.request_id import request_id_of
from voices.models import Voice
from voices.operations import SUBMITTED_AS, change_voice, delete_voice, submit_clone
from voices.queries import own_voice, visible_voice, voices_for
from voices.titles import by_title

_NO_VOICE = "Voice not found or not available"


class VoiceCloneView(NativeView):
    """Clone a voice."""

    scope = Scope.VOICES
    parser_classes = [FormParser]

    @doc.voice_clone
    def post(self, request: Request) -> Response:
        """Clone a voice from an audio file, for 1000 credits."""
        form = VoiceCloneInput(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["voice"]
        workspace = workspace_of(request)
        once = once_of(request, form.validated_data)
        voice, replayed = submit_once(
            workspace,
            once,
            SUBMITTED_AS,
            find=lambda voice_id: own_voice(workspace, voice_id),
            submit=lambda: submit_clone(
                workspace=workspace,
                recording=file,
                info=voice_recording(workspace, file),
                about=form.about(),
                request_id=request_id_of(request._request),  # noqa: SLF001 - DRF wraps it so
                actor=actor_of(request),
                once=once,
            ),
        )
        if voice is None:
            raise missing(_NO_VOICE)
        return answer(
            {"success": True, "voiceId": voice.pk, "voice": cloned_voice(voice)},
            replayed=replayed,
        )


class VoiceCloneQuoteView(NativeView):
    """What a clone costs."""

    scope = Scope.VOICES

    @doc.voice_clone_quote
    def post(self, request: Request) -> Response:
        """Say what a clone would cost and whether there is enough; nothing is charged."""
        return Response(quote_body(prices.VOICE_CLONE, balance_of(workspace_of(request))))


class VoicesView(NativeView):
    """The list of voices."""

    scope = Scope.VOICES

    @doc.voices
    def get(self, request: Request) -> Response:
        """List one's own voices, or with ``type=SYSTEM`` those everybody has."""
        query = VoicesInput(data=query_of(request))
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        voices = voices_for(workspace_of(request), kind=asked.get("type"))
        if "status" in asked:
            voices = voices.filter(state__in=STATUS_STATES[asked["status"]])
        field = SORT_FIELDS[asked["sortBy"]]
        keys = (by_title() if field == "title" else F(field), F("pk"))
        is_falling = asked["sortOrder"] == "desc"
        voices = voices.order_by(*(key.desc() if is_falling else key.asc() for key in keys))
        rows, pagination = page_of(voices, asked["page"], asked["limit"])
        return Response(
            {
                "success": True,
                "voices": [listed_voice(voice) for voice in rows],
                "pagination": pagination,
            }
        )


class VoiceView(NativeView):
    """One voice."""

    scope = Scope.VOICES

    def _own(self, request: Request, voice_id: str) -> Voice:
        voice = own_voice(workspace_of(request), voice_id) if could_be_id(voice_id) else None
        if voice is None:
            raise missing(_NO_VOICE)
        return voice

    @doc.voice
    def get(self, request: Request, voice_id: str) -> Response:
        """Show a voice of one's own or a system voice."""
        voice = visible_voice(workspace_of(request), voice_id) if could_be_id(voice_id) else None
        if voice is None:
            raise missing(_NO_VOICE)
        return Response({"success": True, "voice": listed_voice(voice)})

    @doc.voice_change
    def patch(self, request: Request, voice_id: str) -> Response:
        """Change a voice's title, description, cover image or tags."""
        voice = self._own(request, voice_id)
        body = VoicePatch(data=json_object(request), partial=True)
        body.is_valid(raise_exception=True)
        change_voice(voice=voice, **body.changes())
        return Response({"success": True, "voice": listed_voice(voice)})

    @doc.voice_delete
    def delete(self, request: Request, voice_id: str) -> Response:
        """Delete a voice; speeches already made with it stay."""
        delete_voice(voice=self._own(request, voice_id))
        return Response({"success": True})
