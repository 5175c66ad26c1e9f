"""Webhooks, what they were told and what came of it, to look at."""

from django.contrib import admin

from speech.models import Delivery, DeliveryAttempt, WebhookEndpoint, WebhookEvent
from voiceclone.admin.base import ReadOnlyAdmin


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin[WebhookEndpoint]):
    """Customers' endpoints, without their secrets."""

    list_display = ("url", "workspace", "enabled", "disabled_reason", "failing_since", "created_at")
    list_filter = ("enabled", "disabled_reason")
    list_select_related = ("workspace",)
    search_fields = ("=id", "url", "=workspace__id", "workspace__name")
    ordering = ("-created_at",)
    fields = (
        "id",
        "workspace",
        "url",
        "description",
        "events",
        "enabled",
        "disabled_reason",
        "failing_since",
        "previous_secret_until",
        "created_at",
        "updated_at",
        "deleted_at",
    )


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin[WebhookEvent]):
    """What happened that somebody was to be told of."""

    list_display = ("id", "type", "workspace", "job_id", "created_at")
    list_filter = ("type",)
    list_select_related = ("workspace",)
    search_fields = ("=id", "=job_id", "=workspace__id")
    ordering = ("-created_at",)
    show_full_result_count = False


class _Attempts(admin.TabularInline):  # type: ignore[type-arg]
    model = DeliveryAttempt
    fields = readonly_fields = (
        "number",
        "began_at",
        "seconds",
        "status",
        "error_code",
        "error_message",
        "response",
    )
    ordering = ("number",)
    extra = 0
    can_delete = False
    has_add_permission = has_change_permission = has_delete_permission = lambda *_a: False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    """Events on their way, with every attempt."""

    list_display = ("id", "state", "tries", "event", "endpoint", "workspace", "created_at")
    list_filter = ("state",)
    list_select_related = ("event", "workspace", "endpoint")
    search_fields = ("=id", "=event__id", "=endpoint__id", "=workspace__id", "=event__job_id")
    ordering = ("-created_at",)
    show_full_result_count = False
    inlines = (_Attempts,)
