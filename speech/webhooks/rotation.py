"""Making and changing the secrets that sign."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from accounts.transactions import require_transaction
from speech.models import SigningSecrets, WebhookEndpoint, WorkspaceSecret
from speech.webhooks.signing import new_secret, seal

ROTATION = timedelta(hours=24)
"""How long the secret before also signs after a rotation."""


def rotate_secret(*, endpoint: WebhookEndpoint) -> tuple[str, datetime]:
    """Give an endpoint a fresh secret; returns it and until when the one before signs too."""
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        return _rotate(row)


def rotate_workspace_secret(*, workspace: Workspace) -> tuple[str, datetime]:
    """Give the workspace a fresh secret for one-request URLs; see :func:`rotate_secret`."""
    with transaction.atomic():
        ensure_workspace_secret(workspace)
        row = WorkspaceSecret.objects.select_for_update(no_key=True).get(workspace=workspace)
        return _rotate(row)


def ensure_workspace_secret(workspace: Workspace) -> None:
    """Have the workspace hold a secret for one-request URLs."""
    require_transaction()
    WorkspaceSecret.objects.get_or_create(
        workspace=workspace, defaults={"secret": seal(new_secret())}
    )


def _rotate(row: SigningSecrets) -> tuple[str, datetime]:
    secret = new_secret()
    until = timezone.now() + ROTATION
    row.previous_secret = row.secret
    row.previous_secret_until = until
    row.secret = seal(secret)
    row.save(update_fields=["secret", "previous_secret", "previous_secret_until"])
    return secret, until
