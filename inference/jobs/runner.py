"""Doing a claimed job: do the work, settle it, and leave nothing behind if it was lost."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from inference.audio.errors import AudioError
from inference.engines.base import EngineError
from inference.engines.operation import STOPPING
from inference.engines.registry import discard_dead_engines
from inference.jobs.draining import is_draining
from inference.jobs.errors import FileGoneError, JobError, LeaseLostError
from inference.jobs.lifecycle import (
    CANCELLED,
    Claim,
    complete,
    extend,
    fail,
    give_up,
    release,
)
from inference.jobs.model import JobState
from inference.jobs.registry import work_of
from inference.jobs.watch import note_progress, storing, watching

log = structlog.get_logger(__name__)

ENGINE_DIED = JobError("ENGINE_FAILED", "The engine stopped unexpectedly.", retryable=True)

_on_dead_engine: Callable[[], object] = discard_dead_engines


def when_engine_dies(action: Callable[[], object]) -> None:
    """Say what this process does when an engine stops although nobody asked it to."""
    global _on_dead_engine  # noqa: PLW0603 - one a process
    _on_dead_engine = action


def run_claimed(held: Claim[Any]) -> None:
    """Do the one attempt at a job that was claimed, and settle it whatever happens."""
    job = held.job
    structlog.contextvars.bind_contextvars(job_id=job.pk, request_id=job.request_id)
    began = time.monotonic()
    kept = False
    try:
        with watching(held):
            outcome = work_of(type(job))(held)
        # From here on the row may name these files, even if its connection breaks.
        kept = True
        complete(held, outcome)
        log.info("job_completed", attempt=held.attempt, seconds=round(time.monotonic() - began, 3))
    except LeaseLostError:
        kept = False
        _settle_if_cancelled(held)
    except Exception as error:  # noqa: BLE001 - every fault must settle or requeue the row
        _fail_or_release(held, _as_job_error(error))
    finally:
        if not kept:
            remove_files(held.files)


def progress_of(held: Claim[Any]) -> Callable[[], None]:
    """Return what an engine calls when it has moved on; see :func:`extend`."""

    def progress() -> None:
        extend(held)
        note_progress()

    return progress


def store(held: Claim[Any], name: str, content: bytes) -> str:
    """Store a file that belongs to this attempt; returns the name the storage gave it.

    Raises:
        JobError: ``STORAGE_FAILED``, retryable.
    """
    try:
        with storing():
            saved = default_storage.save(name, ContentFile(content))
    except Exception as error:
        log.exception("storage_failed", name=name)
        raise JobError(
            "STORAGE_FAILED", "The audio could not be stored.", retryable=True
        ) from error
    held.files.append(saved)
    return saved


@contextmanager
def open_stored(name: str, complaint: str) -> Iterator[BinaryIO]:
    """Open a stored file that a job needs, and keep the job's lease alive while it is read.

    Raises:
        JobError: ``STORAGE_FAILED`` with ``complaint``, retryable; a ``FileGoneError`` where the
            storage has no such file.
    """
    with storing():
        try:
            file = cast("BinaryIO", default_storage.open(name))
        except FileNotFoundError as error:
            log.exception("file_gone", name=name)
            raise FileGoneError(complaint) from error
        except Exception as error:
            log.exception("storage_failed", name=name)
            raise JobError("STORAGE_FAILED", complaint, retryable=True) from error
        with file:
            yield file


def remove_files(names: list[str]) -> bool:
    """Remove stored files; False where the storage refused any (they are tried again)."""
    removed = True
    for name in names:
        try:
            default_storage.delete(name)
        except Exception:  # noqa: BLE001 - a storage raises whatever its client raises
            log.warning("file_not_removed", name=name)
            removed = False
    return removed


def _as_job_error(error: Exception) -> JobError:
    if isinstance(error, JobError):
        return error
    if isinstance(error, EngineError):
        if error.retryable:
            log.warning("engine_failed", code=error.code, error=str(error))
        return JobError(error.code, error.message, retryable=error.retryable)
    if isinstance(error, AudioError):
        return JobError(error.code, error.message)
    log.error("job_crashed", exc_info=error)
    return JobError("INTERNAL_ERROR", "Something went wrong on our side.", retryable=True)


def _fail_or_release(held: Claim[Any], error: JobError) -> None:
    if error.code != STOPPING:
        _fail_or_retry(held, error)
    elif is_draining():
        release(held)  # no fault of the job
    else:
        log.error("engine_died", attempt=held.attempt)
        try:
            _fail_or_retry(held, ENGINE_DIED)
        finally:
            _on_dead_engine()


def _fail_or_retry(held: Claim[Any], error: JobError) -> None:
    failures = held.job.failures + 1
    if error.retryable and failures < settings.JOB_MAX_ATTEMPTS:
        release(held, pause=settings.JOB_RETRY_SECONDS * failures, failed=True)
        return
    try:
        fail(held, code=error.code, message=error.message)
    except LeaseLostError:
        log.info("lease_lost", attempt=held.attempt)
        return
    log.info("job_failed", code=error.code, attempt=held.attempt)


def _settle_if_cancelled(held: Claim[Any]) -> None:
    job = type(held.job).rows().filter(pk=held.job.pk).first()
    if job is None:
        log.info("job_gone", attempt=held.attempt)
        return
    ours = job.state == JobState.RUNNING and job.attempt == held.attempt
    if ours and job.cancel_requested:
        give_up(
            type(job),
            job,
            JobState.CANCELLED,
            code=CANCELLED["error_code"],
            message=CANCELLED["error_message"],
        )
    log.info("lease_lost", attempt=held.attempt, state=job.state)
