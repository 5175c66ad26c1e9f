from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.api_keys import MAX_LIVE_KEYS, TooManyKeysError, create_api_key, revoke_api_key
from accounts.models import ApiKey
from voiceclone.dashboard.forms import KeyForm
from voiceclone.dashboard.seat import Seat, seated


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def keys(request: HttpRequest, seat: Seat) -> HttpResponse:
    """List the keys, and make one.

    The answer to the POST is the one page that ever shows the key: handing it to a redirect
    would mean to store it.
    """
    if request.method != "POST":
        return _page(request, seat, KeyForm())
    if not seat.manages_keys:
        raise PermissionDenied
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, seat, form, status=400)
    try:
        key, written = create_api_key(
            workspace=seat.workspace,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(),
            created_by=seat.user,
        )
    except TooManyKeysError:
        form.add_error(None, f"There are {MAX_LIVE_KEYS} keys in use. Revoke one first.")
        return _page(request, seat, form, status=409)
    return render(
        request,
        "dashboard/key_created.html",
        {"seat": seat, "key": key, "written": written, "public_url": settings.PUBLIC_URL},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def revoke_key(request: HttpRequest, seat: Seat, key_id: str) -> HttpResponse:
    """Ask whether to revoke a key, and do it."""
    if not seat.manages_keys:
        raise PermissionDenied
    key = ApiKey.objects.of(seat.workspace).filter(pk=key_id).first()
    if key is None:
        raise Http404
    if request.method != "POST" and key.revoked_at is None:
        return render(request, "dashboard/key_revoke.html", {"seat": seat, "key": key})
    if revoke_api_key(workspace=seat.workspace, key_id=key_id):
        messages.success(request, f"The key “{key.name}” is revoked.")
    else:
        messages.info(request, f"The key “{key.name}” had been revoked before.")
    return redirect("dashboard-keys")


def _page(request: HttpRequest, seat: Seat, form: KeyForm, status: int = 200) -> HttpResponse:
    return render(
        request,
        "dashboard/keys.html",
        {
            "seat": seat,
            "keys": ApiKey.objects.of(seat.workspace).select_related("created_by"),
            "now": timezone.now(),
            "form": form,
        },
        status=status,
    )
