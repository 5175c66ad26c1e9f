"""The workspace itself: who is in it, taking it along, and its end."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import structlog
from django.contrib import messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Membership, Workspace
from accounts.operations import set_default_language
from voiceclone.dashboard.forms import DefaultLanguageForm, EraseForm
from voiceclone.dashboard.seat import Seat, seated, take_seat
from voiceclone.housekeeping.erase import ERASED, FilesRemainError, erase_workspace
from voiceclone.housekeeping.export import ExportFailedError, export_workspace

log = structlog.get_logger(__name__)


@require_safe
@seated
def workspace(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Show who is in the workspace and, to its owners, the ways out."""
    members = Membership.objects.filter(workspace=seat.workspace).select_related("user")
    return render(
        request,
        "dashboard/workspace.html",
        {
            "seat": seat,
            "members": members.order_by("created_at", "pk"),
            "form": DefaultLanguageForm(workspace=seat.workspace),
        },
    )


@require_POST
@seated
def language(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Set what texts are spoken in where neither the request nor the voice names a language."""
    if not seat.manages_keys:
        raise PermissionDenied
    form = DefaultLanguageForm(request.POST, workspace=seat.workspace)
    if form.is_valid():
        with transaction.atomic():
            set_default_language(workspace=seat.workspace, language=form.cleaned_data["language"])
        messages.success(request, "The default language is set.")
    else:
        messages.error(request, "This is not a language that is spoken here.")
    return redirect("dashboard-workspace")


@require_POST
@seated
def choose(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Go to another of one's workspaces."""
    if not take_seat(request, seat, request.POST.get("workspace", "")):
        raise Http404
    return redirect("dashboard")


@require_POST
@seated
def export(request: HttpRequest, seat: Seat) -> HttpResponseBase:
    """Send everything the workspace holds, as a zip."""
    if not seat.owns:
        raise PermissionDenied
    try:
        zipped = _zip_of(seat.workspace)
    except (ExportFailedError, OSError):
        log.exception("export_failed", workspace=seat.workspace.pk)
        messages.error(request, "The export could not be made just now. It has been noted.")
        return redirect("dashboard-workspace")
    return FileResponse(zipped, as_attachment=True, filename=f"voiceclone-{seat.workspace.pk}.zip")


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def erase(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Ask for the workspace's name, and erase it for good."""
    if not seat.owns:
        raise PermissionDenied
    if request.method != "POST":
        return _ask(request, seat, EraseForm(workspace=seat.workspace))
    form = EraseForm(request.POST, workspace=seat.workspace)
    if not form.is_valid():
        return _ask(request, seat, form, status=400)
    _note_erasure(seat)
    try:
        erase_workspace(seat.workspace)
    except FilesRemainError:
        log.exception("erasure_unfinished", workspace=seat.workspace.pk)
        said = "The workspace is erased, except for some audio that could not be removed yet."
        messages.warning(request, f"{said} It is tried again every ten minutes until it is gone.")
    else:
        messages.success(request, "The workspace is erased.")
    return redirect("dashboard")


def _zip_of(tenant: Workspace) -> BinaryIO:
    """Return an open file that has no name any more, so that none is left behind."""
    with TemporaryDirectory(prefix="voiceclone-export-") as folder:
        path = Path(folder) / "workspace.zip"
        export_workspace(tenant, path)
        return path.open("rb")


def _ask(request: HttpRequest, seat: Seat, form: EraseForm, status: int = 200) -> HttpResponse:
    context = {"seat": seat, "form": form}
    return render(request, "dashboard/workspace_erase.html", context, status=status)


def _note_erasure(seat: Seat) -> None:
    """Write into the admin's log who did it, before it begins, and without a name."""
    LogEntry.objects.create(
        user=seat.user,
        content_type=ContentType.objects.get_for_model(Workspace),
        object_id=seat.workspace.pk,
        object_repr=ERASED,
        action_flag=DELETION,
        change_message="Erased by an owner on the dashboard.",
    )
