"""Making a webhook and changing its secret, once for each page that asks for it.

A page that is sent twice shows the same secret twice: whoever clicks twice sees the second
answer only, and must not be left with a secret that nobody has seen.
"""

from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import Workspace
from inference.jobs.idempotency import submit_once
from speech.models import WebhookEndpoint
from speech.webhooks.endpoints import SUBMITTED_AS, create_endpoint
from speech.webhooks.queries import endpoint_of
from speech.webhooks.rotation import rotate_secret
from speech.webhooks.signing import unseal
from voiceclone.dashboard.forms import WebhookForm


def create_once(
    workspace: Workspace, form: WebhookForm, *, path: str
) -> tuple[WebhookEndpoint, str] | None:
    """Make the webhook that a valid form wants; returns it and its secret.

    None where the form had made it before and it was deleted since.

    Raises:
        IdempotencyMismatchError: the form had been sent with other contents.
        TooManyEndpointsError: the workspace has 10.
    """
    once = form.once(path)
    said = form.cleaned_data

    def find(webhook_id: str) -> tuple[WebhookEndpoint, str] | None:
        endpoint = endpoint_of(workspace, webhook_id)
        return None if endpoint is None else (endpoint, unseal(endpoint.secret))

    made, _replayed = submit_once(
        workspace,
        once,
        SUBMITTED_AS,
        find=find,
        submit=lambda: create_endpoint(
            workspace=workspace,
            url=said["url"],
            events=said["events"],
            description=said["description"],
            once=once,
        ),
    )
    return made


def mark_of(sealed: str) -> str:
    """Return what a page knows a secret by that it must not show."""
    return salted_hmac("voiceclone.dashboard.webhook", sealed, algorithm="sha256").hexdigest()


def rotate_once(endpoint: WebhookEndpoint, *, seen: str) -> str | None:
    """Change a secret that is still the one ``seen`` marks; returns the new one.

    Where it was changed once since then, nothing changes and that new one is returned. None
    where it was changed more often: another rotation would end a secret still in use.
    """
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        if constant_time_compare(seen, mark_of(row.secret)):
            secret, _until = rotate_secret(endpoint=row)
            return secret
        if constant_time_compare(seen, mark_of(row.previous_secret)):
            return unseal(row.secret)
        return None
