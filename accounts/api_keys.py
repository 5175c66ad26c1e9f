"""Making, checking and revoking API keys."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.key_format import make_key, parse_key
from accounts.models import ApiKey, Scope, User, Workspace

log = structlog.get_logger(__name__)

_SALT = "accounts.api_key"
_USE_RESOLUTION = timedelta(minutes=1)
_REST_SECONDS = 30.0
_notes_rest_until = 0.0
MAX_LIVE_KEYS = 100


class TooManyKeysError(Exception):
    """A workspace holds as many live keys as it may."""

    code = "TOO_MANY_KEYS"


def _keyed_hash(written: str, secret: str | bytes) -> str:
    return salted_hmac(_SALT, written, secret=secret, algorithm="sha256").hexdigest()


def create_api_key(
    *,
    workspace: Workspace,
    name: str,
    scopes: Iterable[str] = tuple(Scope.values),
    expires_at: datetime | None = None,
    created_by: User | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; returns the row and the written key, which is never to be had again.

    Raises:
        ValueError: an unknown scope, or none.
        TooManyKeysError: the workspace holds 100 live keys.
        WorkspaceClosedError: the workspace is being erased.
    """
    chosen = sorted(set(scopes))
    if not chosen or not set(chosen) <= set(Scope.values):
        raise ValueError(f"scopes must be some of {', '.join(Scope.values)}")
    written = make_key()
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)  # two at once are both counted
        if ApiKey.objects.of(workspace).filter(revoked_at=None).count() >= MAX_LIVE_KEYS:
            raise TooManyKeysError
        key = ApiKey.objects.create(
            workspace=workspace,
            name=name,
            lookup=written.lookup,
            secret_hash=_keyed_hash(written.full, settings.SECRET_KEY),
            scopes=chosen,
            expires_at=expires_at,
            created_by=created_by,
        )
    return key, written.full


def authenticate(written: str) -> ApiKey | None:
    """Return the live key of an open workspace that was written so, or ``None``."""
    parsed = parse_key(written)
    if parsed is None:
        return None
    key = ApiKey.objects.select_related("workspace").filter(lookup=parsed.lookup).first()
    if key is None or key.workspace.closed_at is not None:
        return None
    secrets_in_force = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    hashes = [_keyed_hash(parsed.full, secret) for secret in secrets_in_force]
    if not any(constant_time_compare(key.secret_hash, known) for known in hashes):
        return None
    if key.secret_hash != hashes[0]:
        # Made under a secret key that is on its way out: from now on, under the new one.
        _note(ApiKey.objects.filter(pk=key.pk), secret_hash=hashes[0])
    return key if key.is_valid_at(timezone.now()) else None


def record_use(key: ApiKey) -> None:
    """Note that a key was used, to the minute: one write a minute, not one a request.

    A database that takes no writes does not keep the request from being answered.
    """
    now = timezone.now()
    if key.last_used_at is not None and now - key.last_used_at < _USE_RESOLUTION:
        return
    _note(ApiKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at), last_used_at=now)


def _note(keys: QuerySet[ApiKey], **changes: Any) -> None:
    """Write what no answer depends on. Where it fails, nothing is noted for a while."""
    global _notes_rest_until  # noqa: PLW0603 - of the process, as the fault is
    if time.monotonic() < _notes_rest_until:
        return
    try:
        keys.update(**changes)
    except DatabaseError as error:
        _notes_rest_until = time.monotonic() + _REST_SECONDS
        log.warning("key_use_not_noted", error=repr(error))


def revoke_api_key(*, workspace: Workspace, key_id: str) -> bool:
    """Revoke a key of ``workspace`` from this moment on; False where there is none live."""
    live = ApiKey.objects.of(workspace).filter(pk=key_id, revoked_at=None)
    return live.update(revoked_at=timezone.now()) == 1
