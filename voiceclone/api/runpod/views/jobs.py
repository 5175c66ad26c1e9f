"""What becomes of a job that was submitted."""

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from inference.jobs.errors import StateConflictError
from inference.jobs.lifecycle import request_cancel
from voiceclone.api.authentication import workspace_of
from voiceclone.api.runpod import documentation as doc
from voiceclone.api.runpod.calls import find, known_call
from voiceclone.api.runpod.chunks import stream
from voiceclone.api.runpod.responses import answer, brief, status_of
from voiceclone.api.runpod.views.base import RunpodView
from voiceclone.api.runpod.views.waiting import once_settled, once_stopped, wait_seconds


class StatusView(RunpodView):
    """How a job stands."""

    @doc.status
    def get(self, request: Request, endpoint_id: str, job_id: str) -> HttpResponseBase:
        """Show a job: its status and, when completed, its output."""
        return answer(known_call(request, endpoint_id, job_id))

    @doc.status_post
    def post(self, request: Request, endpoint_id: str, job_id: str) -> HttpResponseBase:
        """Do the same as GET."""
        return self.get(request, endpoint_id, job_id)


class StatusSyncView(RunpodView):
    """How a job stands once it has ended."""

    @doc.status_sync
    def get(self, request: Request, endpoint_id: str, job_id: str) -> HttpResponseBase:
        """Show a job when it has ended, or as it stands when `wait` is over."""
        return once_settled(known_call(request, endpoint_id, job_id), wait_seconds(request))

    @doc.status_sync_post
    def post(self, request: Request, endpoint_id: str, job_id: str) -> HttpResponseBase:
        """Do the same as GET."""
        return self.get(request, endpoint_id, job_id)


class StreamView(RunpodView):
    """A job's audio while it is made."""

    @doc.stream
    def get(self, request: Request, endpoint_id: str, job_id: str) -> HttpResponseBase:
        """Hand out the audio made since the last call; a cancelled job answers 404."""
        return stream(known_call(request, endpoint_id, job_id))

    @doc.stream_post
    def post(self, request: Request, endpoint_id: str, job_id: str) -> HttpResponseBase:
        """Do the same as GET."""
        return self.get(request, endpoint_id, job_id)


class CancelView(RunpodView):
    """Cancelling a job."""

    @doc.cancel
    def post(self, request: Request, endpoint_id: str, job_id: str) -> HttpResponseBase:
        """Cancel a job; one that has ended in another way answers 409."""
        call = known_call(request, endpoint_id, job_id)
        if status_of(call) == "CANCELLED":
            return JsonResponse(brief(call))
        if call.job is None:
            raise StateConflictError
        request_cancel(type(call.job), call.job.pk)
        return once_stopped(find(workspace_of(request), endpoint_id, job_id))
