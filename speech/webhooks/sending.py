"""One attempt: render, sign, send through the guarded client, and say what came of it."""

import time

import structlog
from django.conf import settings
from django.utils import timezone

from inference.fetch import guarded
from inference.fetch.connection import KeptConnections
from inference.fetch.errors import FetchError
from inference.fetch.guarded import Reply, Timeout
from speech.webhooks.forms import body_of
from speech.webhooks.loading import Letter
from speech.webhooks.results import Attempt, Result
from speech.webhooks.schedule import retry_after_seconds
from speech.webhooks.signing import SecretUnreadableError, signature, unseal

log = structlog.get_logger(__name__)

TIMEOUT = Timeout(connect=5.0, read=10.0, total=15.0)
_GOOD = range(200, 300)
_GONE = 410
_SHOWN_CHARS = 1000


def send(letter: Letter, connections: KeptConnections) -> Attempt:
    """Make one attempt at a claimed delivery. Never raises; a workspace's connections are its own.

    Bodies of other forms than the native one are read from the database and the storage.
    """
    began_at, began = timezone.now(), time.monotonic()
    with structlog.contextvars.bound_contextvars(
        webhook_id=letter.delivery.event_id, delivery_id=letter.delivery.pk
    ):
        result = _result(letter, connections)
    seconds = round(time.monotonic() - began, 3)
    return Attempt(letter.claim, letter.delivery.endpoint_id, result, began_at, seconds)


def _result(letter: Letter, connections: KeptConnections) -> Result:
    try:
        return _answered(_post(letter, connections))
    except FetchError as error:
        return Result(code=error.code, message=error.message, permanent=error.permanent)
    except SecretUnreadableError:
        log.error("webhook_secret_unreadable")  # noqa: TRY400 - it has nothing more to say
        message = "The signing secret must be rotated."
        return Result(code="SECRET_UNREADABLE", message=message, ours=True)
    except Exception:  # an attempt like others: it is logged, counted and tried again
        log.exception("webhook_attempt_crashed")
        message = "Something went wrong on our side."
        return Result(code="INTERNAL_ERROR", message=message, ours=True)


def _answered(reply: Reply) -> Result:
    return Result(
        status=reply.status,
        response=_shown(reply.excerpt),
        delivered=reply.status in _GOOD,
        permanent=reply.status == _GONE,
        gone=reply.status == _GONE,
        retry_after=retry_after_seconds(reply.headers.get("retry-after", "")),
    )


def _post(letter: Letter, connections: KeptConnections) -> Reply:
    delivery = letter.delivery
    body = body_of(delivery.event, delivery.form)
    now = timezone.now()
    moment = int(now.timestamp())
    signed = signature(
        [unseal(one) for one in letter.sealed_secrets_at(now)],
        message_id=delivery.event_id,
        at=moment,
        body=body,
    )
    return guarded.post(
        letter.url,
        body,
        {
            "Content-Type": "application/json",
            "User-Agent": "voiceclone-webhooks/1",
            "webhook-id": delivery.event_id,
            "webhook-timestamp": str(moment),
            "webhook-signature": signed,
        },
        timeout=TIMEOUT,
        allowed=settings.ALLOWED_FETCH_HOSTS,
        kept=connections.of(delivery.workspace_id),
    )


def _shown(excerpt: bytes) -> str:
    """Return the beginning of an answer as it can be stored and shown."""
    text = excerpt.decode("utf-8", "replace")
    return "".join(one if one.isprintable() or one in "\n\t" else "�" for one in text)[
        :_SHOWN_CHARS
    ]
