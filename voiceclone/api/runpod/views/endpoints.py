"""An endpoint as a whole: a name under which a workspace keeps its jobs."""

from typing import Any

from django.db.models import Count, Q
from django.http import JsonResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from accounts.models import Workspace
from billing.queries import limits_of
from inference.heartbeat import live_workers
from inference.jobs.model import JobState
from speech.calls import purge_queue
from speech.models import Call
from speech.retries import FIRST_JOB
from voiceclone.api.authentication import key_of, workspace_of
from voiceclone.api.runpod import documentation as doc
from voiceclone.api.runpod.calls import DIALECT
from voiceclone.api.runpod.operations.table import OPERATIONS
from voiceclone.api.runpod.views.base import RunpodView


class HealthView(RunpodView):
    """What an endpoint is doing."""

    @doc.health
    def get(self, request: Request, endpoint_id: str) -> HttpResponseBase:
        """Count the workspace's jobs on this endpoint, and the places where they may run now."""
        workspace = workspace_of(request)
        jobs = _jobs(workspace, endpoint_id)
        slots = min(live_workers().threads, limits_of(workspace).concurrent_jobs)
        running = min(jobs["inProgress"], slots)
        workers = {
            "idle": slots - running,
            "initializing": 0,
            "ready": slots,
            "running": running,
            "throttled": 0,
            "unhealthy": 0,
        }
        return JsonResponse({"jobs": jobs, "workers": workers})


class PurgeQueueView(RunpodView):
    """Emptying an endpoint's queue."""

    @doc.purge_queue
    def post(self, request: Request, endpoint_id: str) -> HttpResponseBase:
        """Cancel the workspace's jobs on this endpoint that nobody has taken up."""
        key = key_of(request)
        allowed = [
            name
            for name, operation in OPERATIONS.items()
            if any(key.allows(scope) for scope in operation.scopes)
        ]
        removed = purge_queue(
            workspace_of(request), DIALECT, endpoint=endpoint_id, operations=allowed
        )
        return JsonResponse({"removed": removed, "status": "completed"})


def _jobs(workspace: Workspace, endpoint_id: str) -> dict[str, Any]:
    calls = Call.objects.of(workspace, DIALECT).filter(endpoint=endpoint_id)
    at_once = Q(speech=None, voice=None)
    counted: dict[str, Any] = calls.aggregate(
        completed=Count("pk", filter=_in(JobState.COMPLETED) | (at_once & Q(result__isnull=False))),
        failed=Count(
            "pk", filter=_in(JobState.FAILED, JobState.TIMED_OUT) | (at_once & ~Q(error=""))
        ),
        inProgress=Count("pk", filter=_in(JobState.RUNNING)),
        inQueue=Count("pk", filter=_in(JobState.QUEUED)),
        retried=Count("pk", filter=Q(asked__has_key=FIRST_JOB)),
    )
    return counted


def _in(*states: JobState) -> Q:
    return Q(speech__state__in=states) | Q(voice__state__in=states)
