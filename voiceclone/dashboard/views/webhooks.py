from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference.jobs.idempotency import IdempotencyMismatchError
from speech.models import WebhookEndpoint
from speech.webhooks.endpoints import change_endpoint, delete_endpoint, redeliver, send_test
from speech.webhooks.errors import WebhookError
from speech.webhooks.queries import deliveries_of, delivery_of, endpoint_of, endpoints_of
from voiceclone.dashboard.forms import WebhookForm
from voiceclone.dashboard.paging import page_of
from voiceclone.dashboard.rows import DeliveryRow, webhook_row
from voiceclone.dashboard.seat import Seat, seated
from voiceclone.dashboard.webhook_secrets import create_once, mark_of, rotate_once


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def webhooks(request: HttpRequest, seat: Seat) -> HttpResponse:
    """List the webhooks with their last deliveries, and make one."""
    if request.method != "POST":
        return _page(request, seat, WebhookForm())
    if not seat.manages_webhooks:
        raise PermissionDenied
    form = WebhookForm(request.POST)
    if not form.is_valid():
        return _page(request, seat, form, status=400)
    try:
        made = create_once(seat.workspace, form, path=request.path)
    except IdempotencyMismatchError:
        form.refuse_reuse()
        return _page(request, seat, form, status=409)
    except WebhookError as error:
        form.add_error(None, f"{error.message}.")
        return _page(request, seat, form, status=409)
    if made is None:
        messages.info(request, "This webhook had been made before, and deleted since.")
        return redirect("dashboard-webhooks")
    endpoint, secret = made
    return _secret(request, seat, endpoint, secret, is_new=True)


@require_safe
@seated
def webhook(request: HttpRequest, seat: Seat, webhook_id: str) -> HttpResponse:
    """Show a webhook with its deliveries, and what can be done with it."""
    endpoint = _own(seat, webhook_id)
    page = page_of(request, deliveries_of(endpoint))
    return render(
        request,
        "dashboard/webhook.html",
        {
            "seat": seat,
            "row": webhook_row(endpoint),
            "page": page,
            "deliveries": [DeliveryRow(one) for one in page],
        },
    )


@require_POST
@seated
def switch(request: HttpRequest, seat: Seat, webhook_id: str) -> HttpResponse:
    """Enable a webhook, or disable it."""
    endpoint = _own(seat, webhook_id)
    wanted = request.POST.get("enabled") == "yes"
    if endpoint.enabled != wanted:
        change_endpoint(endpoint=endpoint, enabled=wanted)
    messages.success(request, f"The webhook is {'enabled' if wanted else 'disabled'}.")
    return redirect("dashboard-webhook", webhook_id=webhook_id)


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def delete(request: HttpRequest, seat: Seat, webhook_id: str) -> HttpResponse:
    """Ask whether to delete a webhook, and do it."""
    endpoint = _own(seat, webhook_id)
    if request.method != "POST":
        context = {"seat": seat, "endpoint": endpoint}
        return render(request, "dashboard/webhook_delete.html", context)
    delete_endpoint(endpoint=endpoint)
    messages.success(request, f"The webhook to {endpoint.url} is deleted.")
    return redirect("dashboard-webhooks")


@require_POST
@seated
def test(request: HttpRequest, seat: Seat, webhook_id: str) -> HttpResponse:
    """Send a webhook a test event."""
    endpoint = _own(seat, webhook_id)
    return _told(
        request,
        endpoint,
        lambda: send_test(endpoint=endpoint),
        "A test event is on its way. Load this page again to see what came of it.",
    )


@require_POST
@seated
def send_again(request: HttpRequest, seat: Seat, webhook_id: str, delivery_id: str) -> HttpResponse:
    """Send a delivery again."""
    endpoint = _own(seat, webhook_id)
    delivery = delivery_of(endpoint, delivery_id)
    if delivery is None:
        raise Http404
    return _told(
        request,
        endpoint,
        lambda: redeliver(endpoint=endpoint, delivery=delivery),
        "The delivery is on its way again.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def rotate(request: HttpRequest, seat: Seat, webhook_id: str) -> HttpResponse:
    """Ask whether to change a webhook's secret, and do it."""
    endpoint = _own(seat, webhook_id)
    if request.method != "POST":
        context = {"seat": seat, "endpoint": endpoint, "mark": mark_of(endpoint.secret)}
        return render(request, "dashboard/webhook_rotate.html", context)
    secret = rotate_once(endpoint, seen=request.POST.get("mark", ""))
    if secret is None:
        messages.error(request, "The secret has been changed since you looked. Nothing was done.")
        return redirect("dashboard-webhook", webhook_id=webhook_id)
    return _secret(request, seat, endpoint, secret, is_new=False)


def _own(seat: Seat, webhook_id: str) -> WebhookEndpoint:
    if not seat.manages_webhooks:
        raise PermissionDenied
    endpoint = endpoint_of(seat.workspace, webhook_id)
    if endpoint is None:
        raise Http404
    return endpoint


def _told(
    request: HttpRequest, endpoint: WebhookEndpoint, act: Callable[[], object], done: str
) -> HttpResponse:
    try:
        act()
    except WebhookError as error:
        messages.error(request, f"{error.message}.")
    else:
        messages.success(request, done)
    return redirect("dashboard-webhook", webhook_id=endpoint.pk)


def _secret(
    request: HttpRequest, seat: Seat, endpoint: WebhookEndpoint, secret: str, *, is_new: bool
) -> HttpResponse:
    """Show a secret. The answer to the POST does, since a redirect would have to store it."""
    context = {"seat": seat, "endpoint": endpoint, "secret": secret, "is_new": is_new}
    return render(request, "dashboard/webhook_secret.html", context)


def _page(request: HttpRequest, seat: Seat, form: WebhookForm, status: int = 200) -> HttpResponse:
    rows = [webhook_row(one, latest=3) for one in endpoints_of(seat.workspace)]
    context = {"seat": seat, "webhooks": rows, "form": form}
    return render(request, "dashboard/webhooks.html", context, status=status)
