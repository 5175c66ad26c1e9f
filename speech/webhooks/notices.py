"""Telling people that we stopped sending to their endpoint."""

from urllib.parse import urlsplit

import structlog
from django.core.mail import EmailMessage
from django.db import transaction

from accounts.models import Membership, Role
from speech.models import DisabledReason, WebhookEndpoint

log = structlog.get_logger(__name__)

_WHY = {
    DisabledReason.FAILING: "every attempt to reach it has failed for three days",
    DisabledReason.GONE: "it answered with status 410 (Gone)",
}
_TEXT = """\
We no longer send events of the workspace "{workspace}" to its webhook on {host}
(id {id}), because {why}.

The log of its deliveries says what went wrong. Once the receiver works again, enable the
webhook (PATCH /api/v1/webhooks/{id} with {{"enabled": true}}); deliveries that failed can
then be sent again one by one.
"""


def mail_on_commit(endpoint: WebhookEndpoint) -> None:
    """Write to the workspace's owners and admins once the endpoint is disabled for good."""
    transaction.on_commit(lambda: _mail(endpoint), robust=True)


def _mail(endpoint: WebhookEndpoint) -> None:
    people = Membership.objects.filter(
        workspace=endpoint.workspace_id,
        role__in=[Role.OWNER, Role.ADMIN],
        user__is_active=True,
    ).values_list("user__email", flat=True)
    text = _TEXT.format(
        workspace=endpoint.workspace.name,
        host=urlsplit(endpoint.url).hostname,  # the rest of a URL may hold a password
        id=endpoint.pk,
        why=_WHY[DisabledReason(endpoint.disabled_reason)],
    )
    for address in people:
        try:
            EmailMessage("A webhook was disabled", text, to=[address]).send()
        except Exception as error:  # noqa: BLE001 - a mail backend raises what its client raises
            log.warning("webhook_notice_not_sent", endpoint_id=endpoint.pk, error=repr(error))
