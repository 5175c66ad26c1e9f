"""The same request sent twice is done once.

A submission is remembered in the transaction that charges for it, so only what was
accepted is remembered, and two at once meet at the unique key: the second waits for the
first and then finds it. What was made is looked up again at each replay.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Workspace
from accounts.transactions import require_transaction
from inference.housekeeping import OldestFirst
from inference.jobs.model import Job, JobState
from inference.models import Submission

REMEMBERED = timedelta(hours=24)
RETRY_WINDOW = timedelta(minutes=1)
_oldest_first = OldestFirst()

Made = TypeVar("Made")


class IdempotencyMismatchError(Exception):
    """The key was used for another request."""

    code = "IDEMPOTENCY_MISMATCH"


class MalformedKeyError(Exception):
    """The key is empty, too long or not of visible ASCII characters."""

    message = "Idempotency-Key must be 1 to 255 visible ASCII characters"


class SubmittedBeforeError(Exception):
    """The key was taken while this request was on its way."""


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a request recognisable: its key, or that a client says it is a retry."""

    key: str | None
    api_key: str
    fingerprint: str
    is_retry: bool = False


def fingerprint(method: str, path: str, fields: Any, files: dict[str, bytes]) -> str:
    """Return the digest of a request as it was understood.

    ``files`` holds the digest of each file by field name. Boundaries, blanks and the order
    of fields make no difference, since clients change them when they retry.
    """
    said = {
        "method": method,
        "path": path,
        "fields": fields,
        "files": {name: digest.hex() for name, digest in files.items()},
    }
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def earlier(workspace: Workspace, once: Once | None, kind: str) -> str | None:
    """Return the id of what the same request made before, or None.

    Raises:
        IdempotencyMismatchError: the key stands for another request.
    """
    if once is None:
        return None
    now = timezone.now()
    known = Submission.objects.filter(workspace=workspace)
    if once.key is not None:
        found = known.filter(key=once.key, created_at__gt=now - REMEMBERED).first()
        if found is None:
            return None
        if (found.fingerprint, found.kind) != (once.fingerprint, kind):
            raise IdempotencyMismatchError
        return found.made_id
    if not once.is_retry:
        return None
    same = known.filter(
        api_key=once.api_key,
        fingerprint=once.fingerprint,
        kind=kind,
        created_at__gt=now - RETRY_WINDOW,
    )
    newest = same.order_by("-created_at").first()
    return None if newest is None else newest.made_id


def remember(workspace: Workspace, once: Once | None, kind: str, made_id: str) -> None:
    """Note what a request made, in the transaction that makes it.

    Raises:
        SubmittedBeforeError: the key was taken in the meantime; the transaction is lost.
    """
    require_transaction()
    if once is None:
        return
    if once.key is not None:
        Submission.objects.filter(
            workspace=workspace, key=once.key, created_at__lte=timezone.now() - REMEMBERED
        ).delete()
    try:
        with transaction.atomic():
            Submission.objects.create(
                workspace=workspace,
                key=once.key,
                api_key=once.api_key,
                fingerprint=once.fingerprint,
                kind=kind,
                made_id=made_id,
            )
    except IntegrityError as error:
        raise SubmittedBeforeError from error


def submit_once(
    workspace: Workspace,
    once: Once | None,
    kind: str,
    find: Callable[[str], Made | None],
    submit: Callable[[], Made],
    *,
    tells_again: Callable[[Made], bool] = lambda _made: False,
) -> tuple[Made | None, bool]:
    """Return what a request makes, and whether an earlier one had made it.

    ``find`` gives a thing by id as it stands now (None where it is gone), ``submit`` makes
    it and remembers it under ``once``. A client's unkeyed retry is not folded into a job
    that failed: it is a new try, unless ``tells_again`` says to repeat how that job ended.

    Raises:
        IdempotencyMismatchError: the key stands for another request.
    """
    made_id = earlier(workspace, once, kind)
    if made_id is not None and once is not None:
        made = find(made_id)
        if once.key is not None or (made is not None and (not _failed(made) or tells_again(made))):
            return made, True
    try:
        return submit(), False
    except SubmittedBeforeError:
        made_id = earlier(workspace, once, kind)
        return (None if made_id is None else find(made_id)), True


def forget_old() -> bool:
    """Delete what need no longer be remembered.

    A housekeeping task: it does one batch and returns whether there may be more.
    """
    old = Submission.objects.filter(created_at__lte=timezone.now() - REMEMBERED)
    return _oldest_first.delete(old)


def _failed(made: object) -> bool:
    """Whether a job came to nothing, or is about to: who hung up on it cancelled it."""
    ended_badly = (JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT)
    return isinstance(made, Job) and (made.state in ended_badly or made.cancel_requested)
