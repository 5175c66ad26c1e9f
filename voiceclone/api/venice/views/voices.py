from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from inference.jobs.idempotency import submit_once
from voiceclone.api.authentication import workspace_of
from voiceclone.api.idempotency import answer, once_of
from voiceclone.api.parsers import FormParser
from voiceclone.api.request_id import request_id_of
from voiceclone.api.venice import documentation as doc
from voiceclone.api.venice.catalogue import CataloguedModel, model_called
from voiceclone.api.venice.errors import ApiError, invalid
from voiceclone.api.venice.inputs import VoiceForm
from voiceclone.api.venice.responses import handle_body, voice_list
from voiceclone.api.venice.uploads import probed
from voiceclone.api.venice.views.base import VeniceView
from voices.passing import HANDLE_AS, make_handle
from voices.queries import voice_by_any_id

_OPENAI_FIELDS = ("name", "audio_sample", "consent")


class VoicesView(VeniceView):
    """Voices: handles are made here, and those that last are listed."""

    operations = {"GET": "Voices", "POST": "VoiceHandle"}
    scope = Scope.VOICES
    parser_classes = [FormParser]

    @doc.voices
    def get(self, request: Request) -> Response:
        """List your own voices and the system voices. Handles are not among them."""
        return Response(voice_list(workspace_of(request)))

    @doc.voice_handle
    def post(self, request: Request) -> Response:
        """Make a handle of a recording, to speak with for seven days. It costs nothing."""
        form, model = _form(request)
        workspace = workspace_of(request)
        once = once_of(request, form.validated_data)
        voice, replayed = submit_once(
            workspace,
            once,
            HANDLE_AS,
            find=lambda voice_id: voice_by_any_id(workspace, voice_id),
            submit=lambda: make_handle(
                workspace=workspace,
                recording=form.validated_data["file"],
                info=probed(workspace, form.validated_data["file"]),
                made_for=model.means,
                request_id=request_id_of(request._request),  # noqa: SLF001 - DRF wraps it so
                once=once,
            ),
        )
        if voice is None:
            raise ApiError(404, "voice_not_found", "The voice handle of this request has expired")
        return answer(handle_body(voice), replayed=replayed)


def _form(request: Request) -> tuple[VoiceForm, CataloguedModel]:
    sent = request.data
    if "file" not in sent and any(name in sent for name in _OPENAI_FIELDS):
        raise invalid(
            "OpenAI's custom voices (name, audio_sample, consent) are not offered here. Send model"
            " and file for a voice handle, or clone a lasting voice by POST /api/v1/voice-clone.",
            code="unsupported_form",
        )
    form = VoiceForm(data=sent)
    form.is_valid(raise_exception=True)
    model = model_called(form.validated_data["model"])
    if model is None:
        raise ApiError(404, "model_not_found", "The model does not exist", param="model")
    if not model.clones:
        raise invalid("The model does not clone voices; use tts-chatterbox-hd.", param="model")
    return form, model
