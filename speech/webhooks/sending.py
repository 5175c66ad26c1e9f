"""One attempt: render, sign, send through the guarded client, and say what came of it."""

import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.utils import timezone

from inference.fetch import guarded
from inference.fetch.errors import FetchError
from inference.fetch.guarded import Timeout
from speech.models import Delivery, WorkspaceSecret
from speech.webhooks.forms import body_of
from speech.webhooks.recording import Result, record, refuse
from speech.webhooks.schedule import retry_after_seconds
from speech.webhooks.signing import SecretUnreadableError, signature, unseal
from speech.webhooks.turns import Held

log = structlog.get_logger(__name__)

TIMEOUT = Timeout(connect=5.0, read=10.0, total=15.0)
_GOOD = range(200, 300)
_GONE = 410
_SHOWN_CHARS = 1000


@dataclass(frozen=True, slots=True)
class _Letter:
    url: str
    body: bytes
    headers: dict[str, str]


def send_claimed(held: Held) -> None:
    """Make the one attempt that was claimed, and record it whatever happens."""
    delivery = Delivery.objects.select_related("event", "endpoint").get(pk=held.delivery_id)
    structlog.contextvars.bind_contextvars(webhook_id=delivery.event_id, delivery_id=delivery.pk)
    if delivery.endpoint is not None and not delivery.endpoint.enabled:
        refuse(held)
        return
    began_at, began = timezone.now(), time.monotonic()
    result = _attempt(delivery)
    seconds = round(time.monotonic() - began, 3)
    record(held, result, began_at=began_at, seconds=seconds)


def _attempt(delivery: Delivery) -> Result:
    try:
        letter = _letter(delivery)
        reply = guarded.post(
            letter.url,
            letter.body,
            letter.headers,
            timeout=TIMEOUT,
            allowed=settings.ALLOWED_FETCH_HOSTS,
        )
    except FetchError as error:
        return Result(code=error.code, message=error.message, permanent=error.permanent)
    except SecretUnreadableError:
        log.error("webhook_secret_unreadable")  # noqa: TRY400 - it has nothing more to say
        return Result(code="SECRET_UNREADABLE", message="The signing secret must be rotated.")
    except Exception:  # an attempt like others: it is logged, counted and tried again
        log.exception("webhook_attempt_crashed")
        return Result(code="INTERNAL_ERROR", message="Something went wrong on our side.")
    return Result(
        status=reply.status,
        response=_shown(reply.excerpt),
        delivered=reply.status in _GOOD,
        permanent=reply.status == _GONE,
        gone=reply.status == _GONE,
        retry_after=retry_after_seconds(reply.headers.get("retry-after", "")),
    )


def _letter(delivery: Delivery) -> _Letter:
    body = body_of(delivery.event, delivery.form)
    signer = delivery.endpoint or WorkspaceSecret.objects.get(workspace=delivery.workspace_id)
    now = timezone.now()
    moment = int(now.timestamp())
    return _Letter(
        url=delivery.url if delivery.endpoint is None else delivery.endpoint.url,
        body=body,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "voiceclone-webhooks/1",
            "webhook-id": delivery.event_id,
            "webhook-timestamp": str(moment),
            "webhook-signature": signature(
                [unseal(one) for one in signer.sealed_secrets_at(now)],
                message_id=delivery.event_id,
                at=moment,
                body=body,
            ),
        },
    )


def _shown(excerpt: bytes) -> str:
    """Return the beginning of an answer as it can be stored and shown."""
    text = excerpt.decode("utf-8", "replace")
    return "".join(one if one.isprintable() or one in "\n\t" else "�" for one in text)[
        :_SHOWN_CHARS
    ]
