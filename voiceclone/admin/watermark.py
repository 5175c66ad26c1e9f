"""The right to audio without a watermark: the form that gives and takes it, and the records."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.models import User, WatermarkRight, Workspace
from accounts.watermark import set_watermark_right
from speech.models import UnmarkedUse
from voiceclone.admin.base import ModelAdmin, ReadOnlyAdmin

PERMISSION = "accounts.grant_unmarked_audio"
_TENANT = ("=workspace__id", "workspace__name")


@admin.register(WatermarkRight)
class WatermarkRightAdmin(ReadOnlyAdmin[WatermarkRight]):
    """Who was granted the right or lost it, by whom, when and why."""

    list_display = ("created_at", "workspace", "granted", "actor", "reason")
    list_filter = ("granted",)
    list_select_related = ("workspace",)
    search_fields = ("=actor", *_TENANT)
    ordering = ("-created_at", "-pk")


@admin.register(UnmarkedUse)
class UnmarkedUseAdmin(ReadOnlyAdmin[UnmarkedUse]):
    """Each job that was made without a watermark."""

    list_display = ("created_at", "workspace", "job_id", "actor")
    list_select_related = ("workspace",)
    search_fields = ("=job_id", "=actor", *_TENANT)
    ordering = ("-created_at", "-pk")


class _RightForm(forms.Form):
    # What the person saw and meant: of two who click at once, neither undoes the other.
    granted = forms.TypedChoiceField(
        choices=[("yes", "Grant"), ("no", "Withdraw")],
        coerce=lambda said: said == "yes",
        widget=forms.HiddenInput,
    )
    reason = forms.CharField(
        max_length=500,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="Kept for good, even when the workspace is erased: name a contract, no person.",
    )


def right_url(workspaces: ModelAdmin[Workspace]) -> URLPattern:
    """Return the address of the form, for the admin of workspaces."""

    def view(request: HttpRequest, workspace_id: str) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not user.has_perm(PERMISSION):
            raise PermissionDenied
        workspace = get_object_or_404(Workspace, pk=workspace_id)
        form = _RightForm(request.POST or None)
        if not form.is_valid():
            return _page(workspaces, request, workspace, form)
        return _set(workspaces, request, workspace, form, user)

    return path(
        "watermark/<slug:workspace_id>/",
        workspaces.admin_site.admin_view(view),
        name="accounts_workspace_watermark",
    )


def _set(
    workspaces: ModelAdmin[Workspace],
    request: HttpRequest,
    workspace: Workspace,
    form: _RightForm,
    user: User,
) -> HttpResponse:
    granted, reason = form.cleaned_data["granted"], form.cleaned_data["reason"]
    with transaction.atomic():
        record = set_watermark_right(
            workspace=workspace, granted=granted, reason=reason, actor=f"user:{user.pk}"
        )
        done = f"{'May' if granted else 'May not'} have audio without a watermark."
        if record is not None:
            workspaces.log_change(request, workspace, f"{done} {reason}")
    if record is None:
        workspaces.message_user(request, "It was so already; nothing changed.", messages.WARNING)
    else:
        workspaces.message_user(request, f"{workspace}: {done}", messages.SUCCESS)
    if workspaces.has_view_permission(request):
        return redirect("admin:accounts_workspace_change", workspace.pk)
    return redirect("admin:index")


def _page(
    workspaces: ModelAdmin[Workspace],
    request: HttpRequest,
    workspace: Workspace,
    form: _RightForm,
) -> HttpResponse:
    context = {
        **workspaces.admin_site.each_context(request),
        "opts": workspaces.opts,
        "title": f"Audio without a watermark: {workspace}",
        "workspace": workspace,
        "granting": not workspace.may_omit_watermark,
        "has_view_permission": workspaces.has_view_permission(request),
        "records": workspace.watermark_rights.order_by("-created_at", "-pk")[:20],
        "form": form,
    }
    return TemplateResponse(request, "admin/accounts/workspace/watermark.html", context)
