"""Voices and speeches, to look at."""

from django.contrib import admin

from speech.models import Speech
from voiceclone.admin.base import ReadOnlyAdmin
from voices.models import Voice

_JOB_FILTERS = ("state", "engine")


@admin.register(Voice)
class VoiceAdmin(ReadOnlyAdmin[Voice]):
    """Voices and how their cloning went."""

    list_display = ("id", "title", "type", "workspace", "state", "cost", "refunded", "created_at")
    list_filter = ("type", *_JOB_FILTERS)
    list_select_related = ("workspace",)
    search_fields = ("=id", "=short_id", "=workspace__id")
    ordering = ("-created_at",)


@admin.register(Speech)
class SpeechAdmin(ReadOnlyAdmin[Speech]):
    """Speeches and how they went."""

    list_display = ("id", "workspace", "voice_title", "state", "cost", "refunded", "created_at")
    list_filter = (*_JOB_FILTERS, "format")
    list_select_related = ("workspace",)
    search_fields = ("=id", "=workspace__id", "=voice__id", "=request_id")
    ordering = ("-created_at",)
