"""Downloads of the recordings that speeches wait for, away from the threads that run engines.

Threads of each worker process claim them from the database. A workspace has at most two under
way, so its slow addresses delay neither an engine nor another workspace's download.
"""

import threading
from collections import Counter
from contextlib import suppress

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet

from inference.jobs.clock import db_from_now, db_now
from inference.jobs.errors import JobError, LeaseLostError, StateConflictError
from inference.jobs.lifecycle import end
from inference.jobs.model import JobState
from inference.jobs.wake import wake_on_commit
from inference.topics import Callback, Topic
from speech.models import Speech
from voices.fetching import download
from voices.models import ReferenceDownload

log = structlog.get_logger(__name__)

PER_WORKSPACE = 2
"""Downloads that one workspace has under way; two processes may briefly exceed it by one."""
LEASE_SECONDS = 120.0
"""Longer than a download may take with storing its file."""
_CANDIDATES = 8
_ANY = "any"

_requested = Topic("downloads")
_claiming = threading.Lock()


def download_on_commit() -> None:
    """Have a recording downloaded once the transaction that asks for it is safe."""
    transaction.on_commit(lambda: _requested.publish(_ANY), robust=True)


def subscribe_to_requests(callback: Callback) -> Callback:
    """Have ``callback`` called when a download may be due; returns what ends that."""
    return _requested.subscribe(_ANY, callback)


def claim_download() -> ReferenceDownload | None:
    """Claim the download that is next: of the workspace with the fewest under way, the oldest."""
    with _claiming, transaction.atomic():
        busy = _under_way()
        full = [workspace for workspace, count in busy.items() if count >= PER_WORKSPACE]
        for passed_over in (list(busy), full):
            due = _due().exclude(workspace__in=passed_over).order_by("retry_at")
            for held in due.select_related("voice")[:_CANDIDATES]:
                taken = _due().filter(pk=held.pk, attempt=held.attempt)
                if taken.update(attempt=F("attempt") + 1, lease_until=db_from_now(LEASE_SECONDS)):
                    held.attempt += 1
                    return held
    return None


def run_download(held: ReferenceDownload) -> None:
    """Make the one attempt that was claimed; its speeches may then run, or end with a refund."""
    structlog.contextvars.bind_contextvars(voice_id=held.voice_id)
    if not _waiting(held).exists():
        _ours(held).delete()  # their owner has cancelled them
        return
    try:
        download(held, also=lambda: _make_ready(held))
    except LeaseLostError:
        log.info("download_lost", attempt=held.attempt)
    except JobError as error:
        _retry_or_fail(held, error)
    except Exception:
        log.exception("download_crashed")
        _retry_or_fail(held, _CRASHED)


def _make_ready(held: ReferenceDownload) -> None:
    _waiting(held).update(is_ready=True)
    wake_on_commit()


_CRASHED = JobError("INTERNAL_ERROR", "Something went wrong on our side.", retryable=True)


def _due() -> QuerySet[ReferenceDownload]:
    free = Q(lease_until=None) | Q(lease_until__lte=db_now())
    return ReferenceDownload.objects.filter(free, retry_at__lte=db_now())


def _under_way() -> Counter[str]:
    leased = ReferenceDownload.objects.filter(lease_until__gt=db_now()).order_by()
    return Counter(dict(leased.values_list("workspace").annotate(Count("pk"))))


def _waiting(held: ReferenceDownload) -> QuerySet[Speech]:
    return Speech.objects.filter(voice=held.voice_id, state=JobState.QUEUED, is_ready=False)


def _ours(held: ReferenceDownload) -> QuerySet[ReferenceDownload]:
    return ReferenceDownload.objects.filter(pk=held.pk, attempt=held.attempt)


def _retry_or_fail(held: ReferenceDownload, error: JobError) -> None:
    failures = held.failures + 1
    if error.retryable and failures < settings.JOB_MAX_ATTEMPTS:
        retry_at = db_from_now(settings.JOB_RETRY_SECONDS * failures)
        _ours(held).update(failures=failures, lease_until=None, retry_at=retry_at)
        return
    with transaction.atomic():
        if not _ours(held).delete()[0]:
            return
        for speech_id in list(_waiting(held).values_list("pk", flat=True)):
            with suppress(StateConflictError):
                end(Speech, speech_id, JobState.FAILED, code=error.code, message=error.message)
