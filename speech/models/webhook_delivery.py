from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.ids import ID_LENGTH, new_id
from accounts.models import Workspace
from speech.models.webhook_endpoint import MAX_URL_CHARS, WebhookEndpoint


class WebhookEvent(models.Model):
    """Something that happened, written in the transaction in which it happened.

    Its id is the ``webhook-id`` of every attempt to tell of it. ``data`` never changes;
    ``audio`` says which stored file to make a signed address of, each time anew.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    type = models.CharField(max_length=40)
    job_id = models.CharField(max_length=ID_LENGTH, blank=True)
    data = models.JSONField()
    audio = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="speech_webhookevent_by_age")]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


MAX_DESTINATION_CHARS = 260
UNKNOWN_DESTINATION = "-"
"""Of deliveries that a process of an earlier release wrote. It must not be empty: searches for
destinations begin after the empty one."""


def destination_of(url: str) -> str:
    """Return the destination of a one-request URL: its host, with the port if it has one."""
    try:
        host = urlsplit(url).netloc.lower()
    except ValueError:
        host = ""
    return host[:MAX_DESTINATION_CHARS] or UNKNOWN_DESTINATION


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    PENDING = "PENDING", "Pending"
    DELIVERED = "DELIVERED", "Delivered"
    FAILED = "FAILED", "Failed"


class Delivery(models.Model):
    """One event on its way to one address.

    ``attempt`` is the fencing token: only the worker that claimed it may write what came of
    it. ``tries`` counts since the event or the last redelivery; ``lease_until`` is set while
    somebody sends, and ``next_attempt_at`` is then the same moment.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    event = models.ForeignKey(WebhookEvent, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    url = models.CharField(max_length=MAX_URL_CHARS, blank=True)
    destination = models.CharField(
        max_length=MAX_DESTINATION_CHARS, db_default=UNKNOWN_DESTINATION, editable=False
    )
    """The endpoint's id, or the host of ``url``: a slow one holds up none of the others."""
    form = models.CharField(max_length=40)
    state = models.CharField(
        max_length=9, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    first_failed_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="speech_delivery_state"
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.PENDING, finished_at__isnull=True)
                | (~Q(state=DeliveryState.PENDING) & Q(finished_at__isnull=False)),
                name="speech_delivery_finished_has_end",
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.PENDING) | Q(lease_until__isnull=True),
                name="speech_delivery_only_pending_is_leased",
            ),
            models.CheckConstraint(
                condition=Q(endpoint__isnull=False, url="")
                | (Q(endpoint__isnull=True) & ~Q(url="")),
                name="speech_delivery_has_one_address",
            ),
            models.UniqueConstraint(
                fields=["event", "endpoint"], name="speech_delivery_once_per_endpoint"
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "next_attempt_at"],
                name="speech_delivery_due",
                condition=Q(state=DeliveryState.PENDING),
            ),
            models.Index(
                fields=["workspace", "destination", "next_attempt_at"],
                name="speech_delivery_due_at",
                condition=Q(state=DeliveryState.PENDING),
            ),
            models.Index(fields=["endpoint", "-created_at"], name="speech_delivery_by_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id or self.url}"


class DeliveryAttempt(models.Model):
    """What came of one attempt: the status and the beginning of an answer, or an error."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    seconds = models.FloatField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    response = models.TextField(blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "number"], name="speech_deliveryattempt_number_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.delivery_id}"
