"""Telling people that we stopped sending to their endpoint.

Mail is sent by a thread of its own, because a mail server may be slow and deliveries must not
wait for it.
"""

import queue
import threading
from collections.abc import Callable
from functools import partial
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
    transaction.on_commit(lambda: _hand_over(endpoint), robust=True)


def wait_for_mail(*, seconds: float) -> bool:
    """Wait until what was handed over has been sent, or could not be; False if time ran out."""
    done = threading.Event()
    _in_mail_thread(done.set)
    return done.wait(seconds)


_errands: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
_lock = threading.Lock()
_thread: threading.Thread | None = None


def _in_mail_thread(errand: Callable[[], object]) -> None:
    global _thread  # noqa: PLW0603 - one a process, started with its first mail
    _errands.put(errand)
    with _lock:
        if _thread is None:
            _thread = threading.Thread(target=_run, name="webhook-mail", daemon=True)
            _thread.start()


def _run() -> None:
    while True:
        _errands.get()()


def _hand_over(endpoint: WebhookEndpoint) -> None:
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
        _in_mail_thread(partial(_send, address, text, endpoint.pk))


def _send(address: str, text: str, endpoint_id: str) -> None:
    try:
        EmailMessage("A webhook was disabled", text, to=[address]).send()
    except Exception as error:  # noqa: BLE001 - a mail backend raises what its client raises
        log.warning("webhook_notice_not_sent", endpoint_id=endpoint_id, error=repr(error))
