"""Finding a call by its id, and making one."""

import uuid
from typing import Any

from django.db.models import Q
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from accounts.models import Workspace
from inference.jobs.idempotency import submit_once
from inference.languages.detection import UnspokenLanguageError
from speech.calls import answer_at_once, call_of
from speech.models import Call
from speech.readable import NothingToSpeakError
from speech.retries import FIRST_JOB
from voiceclone.api.authentication import actor_of, key_of, workspace_of
from voiceclone.api.idempotency import once_of
from voiceclone.api.request_id import request_id_of
from voiceclone.api.runpod.errors import ApiError, InputProblemError
from voiceclone.api.runpod.inputs import RunInput
from voiceclone.api.runpod.operations.asking import Asking, shown
from voiceclone.api.runpod.operations.table import OPERATIONS, scopes_of
from voiceclone.api.runpod.responses import NO_JOB

DIALECT = "runpod"
_MAX_ERROR = 300
_MAX_OPERATION = 40


def require_scope(request: Request, operation: str) -> None:
    """Refuse a key that lacks the scopes of an operation."""
    scopes = scopes_of(operation)
    if not any(key_of(request).allows(scope) for scope in scopes):
        raise PermissionDenied(f"This API key lacks the scope {' or '.join(scopes)}")


def known_call(request: Request, endpoint_id: str, job_id: str) -> Call:
    """Return one of the caller's calls; raises where there is none, or its result is gone."""
    call = find(workspace_of(request), endpoint_id, job_id)
    require_scope(request, call.operation)
    return call


def find(workspace: Workspace, endpoint_id: str, job_id: str) -> Call:
    """Return a workspace's call by its id; raises ApiError 404."""
    try:
        call = call_of(workspace, DIALECT, str(uuid.UUID(job_id)), endpoint=endpoint_id)
    except ValueError:
        call = None
    if call is None or _is_gone(call):
        raise ApiError(404, NO_JOB)
    return call


def _is_gone(call: Call) -> bool:
    if call.job is None:
        return call.result is None and not call.error
    return call.job.deleted_at is not None


def submitted(
    request: Request, endpoint_id: str, body: RunInput, *, keep_seconds: float
) -> tuple[Call, bool]:
    """Do what a request asks for, once; returns its call and whether it was there before."""
    given: dict[str, Any] = body.validated_data["input"]
    named = str(given.get("operation"))
    operation = OPERATIONS.get(named)
    require_scope(request, named)
    workspace = workspace_of(request)
    limits = body.limits()
    call = Call(
        workspace=workspace,
        dialect=DIALECT,
        endpoint=endpoint_id,
        operation=_storable(named[:_MAX_OPERATION]),
        asked={"limits": [limits.total_seconds, limits.execution_seconds]},
        webhook_url=body.validated_data.get("webhook") or "",
        keep_seconds=keep_seconds,
    )
    if operation is None:
        return failed(call, f"Unknown operation: {shown(named)}"), False
    once = once_of(request, body.validated_data)
    asking = Asking(
        call=call,
        given=dict(given),
        limits=limits,
        request_id=request_id_of(request._request),  # noqa: SLF001 - DRF wraps it so
        actor=actor_of(request),
        once=once,
    )

    def submit() -> Call:
        operation.submit(asking)
        return call

    try:
        made, replayed = submit_once(
            workspace,
            once,
            operation.submitted_as,
            find=lambda job_id: made_by(workspace, endpoint_id, job_id),
            submit=submit,
        )
    except (InputProblemError, NothingToSpeakError, UnspokenLanguageError) as problem:
        return failed(call, problem.message), False
    if made is None or _is_gone(made):
        raise ApiError(404, NO_JOB)
    return made, replayed


def made_by(workspace: Workspace, endpoint_id: str, job_id: str) -> Call | None:
    """Return the call for which a job was made, be it the first of several."""
    made = Q(speech=job_id) | Q(voice=job_id) | Q(**{f"asked__{FIRST_JOB}": job_id})
    calls = Call.objects.of(workspace, DIALECT).filter(made, endpoint=endpoint_id)
    return calls.select_related("speech", "voice").first()


def failed(call: Call, message: str) -> Call:
    """Record a call that fails at once, free of charge."""
    call.error = _storable(message)[:_MAX_ERROR]
    call.asked = {}
    return answer_at_once(call)


def _storable(text: str) -> str:
    """Return what was sent without that which no database takes: NUL and halves of characters."""
    return text.replace("\0", "").encode(errors="replace").decode()
