"""Voices and speeches, with what staff can do to them, and the record of it."""

from typing import Any, TypeVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse

from inference.jobs.model import Job
from speech.models import JobIntervention, Speech
from voiceclone.admin.base import ReadOnlyAdmin
from voiceclone.admin.job_views import ACTIONS, JobActionView
from voices.models import Voice

_JOB_FILTERS = ("state", "engine")

Kind = TypeVar("Kind", bound=Job)


class JobAdmin(ReadOnlyAdmin[Kind]):
    """A kind of job: its rows are only looked at, and changed by the actions it offers."""

    change_form_template = "admin/job_change_form.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the actions' addresses."""
        return [*(JobActionView(self, one).url() for one in ACTIONS), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a job, and what this person may do to it as it stands."""
        job = self.get_object(request, object_id)
        views = [JobActionView(self, one) for one in ACTIONS]
        offered = [
            (view.action.title, reverse(f"admin:{view.name}", args=[object_id]))
            for view in views
            if job is not None
            and job.workspace is not None
            and view.action.offered(job)
            and view.allowed(request)
        ]
        context = {**(extra_context or {}), "job_actions": offered}
        return super().change_view(request, object_id, form_url, context)


@admin.register(Voice)
class VoiceAdmin(JobAdmin[Voice]):
    """Voices and how their cloning went."""

    list_display = ("id", "title", "type", "workspace", "state", "cost", "refunded", "created_at")
    list_filter = ("type", *_JOB_FILTERS)
    list_select_related = ("workspace",)
    search_fields = ("=id", "=short_id", "=workspace__id")
    ordering = ("-created_at",)


@admin.register(Speech)
class SpeechAdmin(JobAdmin[Speech]):
    """Speeches and how they went."""

    list_display = ("id", "workspace", "voice_title", "state", "cost", "refunded", "created_at")
    list_filter = (*_JOB_FILTERS, "format")
    list_select_related = ("workspace",)
    search_fields = ("=id", "=workspace__id", "=voice__id", "=request_id")
    ordering = ("-created_at",)


@admin.register(JobIntervention)
class JobInterventionAdmin(ReadOnlyAdmin[JobIntervention]):
    """Each job that staff cancelled, retried or refunded: who, when and why."""

    list_display = ("created_at", "kind", "job_id", "new_job_id", "workspace", "actor", "reason")
    list_filter = ("kind",)
    list_select_related = ("workspace",)
    search_fields = ("=job_id", "=new_job_id", "=actor", "=workspace__id", "workspace__name")
    ordering = ("-created_at", "-pk")
