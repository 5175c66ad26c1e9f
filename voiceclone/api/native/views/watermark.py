import structlog
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from inference.engines.chatterbox.detector import (
    MAX_SECONDS,
    DetectionError,
    DetectorUnavailableError,
    detector,
)
from voiceclone.api.authentication import workspace_of
from voiceclone.api.native import documentation as doc
from voiceclone.api.native.errors import ApiError
from voiceclone.api.native.inputs import DetectInput
from voiceclone.api.native.responses import detection_body
from voiceclone.api.native.uploads import any_recording
from voiceclone.api.native.views.base import NativeView
from voiceclone.api.parsers import FormParser

log = structlog.get_logger(__name__)

_UNAVAILABLE = "The watermark detector is not installed here, so nothing is known of this audio."
_BUSY = "The watermark detector is busy. Try again."
_FAILED = "The watermark detector failed. Nothing was charged; try again."


class WatermarkDetectView(NativeView):
    """Looking for the watermark in a recording."""

    scope = Scope.SPEECH
    parser_classes = [FormParser]

    @doc.watermark_detect
    def post(self, request: Request) -> Response:
        """Say whether a recording carries the watermark of this service's speech; free."""
        form = DetectInput(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        info = any_recording(workspace_of(request), file, max_seconds=MAX_SECONDS)
        file.seek(0)
        try:
            found = detector().detect(file.read())
        except DetectorUnavailableError:
            return Response(detection_body(None, info.duration, _UNAVAILABLE))
        except DetectionError as error:
            log.warning("watermark_detection_failed", reason=error.reason)
            raise ApiError(
                503, "DETECTION_UNAVAILABLE", _BUSY if error.busy else _FAILED, retry_after=5
            ) from error
        return Response(detection_body(found, info.duration))
