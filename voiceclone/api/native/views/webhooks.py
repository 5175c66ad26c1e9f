from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from inference.jobs.idempotency import submit_once
from speech.models import WebhookEndpoint
from speech.webhooks.endpoints import (
    SUBMITTED_AS,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    redeliver,
    send_test,
)
from speech.webhooks.errors import WebhookError
from speech.webhooks.queries import deliveries_of, delivery_of, endpoint_of, endpoints_of
from speech.webhooks.rotation import rotate_secret, rotate_workspace_secret
from speech.webhooks.signing import unseal
from voiceclone.api.authentication import workspace_of
from voiceclone.api.idempotency import answer, once_of
from voiceclone.api.ids import could_be_id
from voiceclone.api.native.errors import ApiError, missing
from voiceclone.api.native.pages import page_of
from voiceclone.api.native.views.base import NativeView, json_object, query_of
from voiceclone.api.native.webhooks import documentation as doc
from voiceclone.api.native.webhooks import responses
from voiceclone.api.native.webhooks.inputs import DeliveriesInput, WebhookInput, WebhookPatch

_NO_WEBHOOK = "Webhook not found"
_NO_DELIVERY = "Delivery not found"


class WebhooksView(NativeView):
    """The workspace's webhooks."""

    scope = Scope.WEBHOOKS

    @doc.webhooks
    def get(self, request: Request) -> Response:
        """List them, oldest first."""
        rows = endpoints_of(workspace_of(request))
        return Response({"success": True, "webhooks": [responses.webhook(row) for row in rows]})

    @doc.webhook_create
    def post(self, request: Request) -> Response:
        """Register an address for events; the answer holds its secret, this once."""
        body = WebhookInput(data=json_object(request))
        body.is_valid(raise_exception=True)
        workspace = workspace_of(request)
        once = once_of(request, body.validated_data)

        def find(webhook_id: str) -> tuple[WebhookEndpoint, str] | None:
            row = endpoint_of(workspace, webhook_id)
            return None if row is None else (row, unseal(row.secret))

        with _worded():
            made, replayed = submit_once(
                workspace,
                once,
                SUBMITTED_AS,
                find=find,
                submit=lambda: create_endpoint(
                    workspace=workspace, once=once, **body.validated_data
                ),
            )
        if made is None:
            raise missing(_NO_WEBHOOK)
        row, secret = made
        return answer(
            {"success": True, "webhook": responses.webhook(row), "secret": secret},
            replayed=replayed,
        )


class WebhookView(NativeView):
    """One webhook."""

    scope = Scope.WEBHOOKS

    @doc.webhook
    def get(self, request: Request, webhook_id: str) -> Response:
        """Show it, and whether it is disabled and why."""
        row = _own(request, webhook_id)
        return Response({"success": True, "webhook": responses.webhook(row)})

    @doc.webhook_change
    def patch(self, request: Request, webhook_id: str) -> Response:
        """Change its URL, events or description, disable it, or enable it again."""
        row = _own(request, webhook_id)
        body = WebhookPatch(data=json_object(request), partial=True)
        body.is_valid(raise_exception=True)
        row = change_endpoint(endpoint=row, **body.validated_data)
        return Response({"success": True, "webhook": responses.webhook(row)})

    @doc.webhook_delete
    def delete(self, request: Request, webhook_id: str) -> Response:
        """Delete it; what was not delivered by then never is."""
        delete_endpoint(endpoint=_own(request, webhook_id))
        return Response({"success": True})


class WebhookSecretView(NativeView):
    """A webhook's secret."""

    scope = Scope.WEBHOOKS

    @doc.webhook_rotate
    def post(self, request: Request, webhook_id: str) -> Response:
        """Make a new secret, shown this once; for 24 hours the old one signs as well."""
        secret, until = rotate_secret(endpoint=_own(request, webhook_id))
        return Response(responses.rotated(secret, until))


class WorkspaceSecretView(NativeView):
    """The secret that signs events sent to URLs given with a single request."""

    scope = Scope.WEBHOOKS

    @doc.workspace_rotate
    def post(self, request: Request) -> Response:
        """Make a new one, shown this once; for 24 hours the old one signs as well."""
        secret, until = rotate_workspace_secret(workspace=workspace_of(request))
        return Response(responses.rotated(secret, until))


class WebhookTestView(NativeView):
    """Trying a webhook out."""

    scope = Scope.WEBHOOKS

    @doc.webhook_test
    def post(self, request: Request, webhook_id: str) -> Response:
        """Send it an event of type ``webhook.test``; look at its delivery for what came of it."""
        endpoint = _own(request, webhook_id)
        with _worded():
            row = send_test(endpoint=endpoint)
        return Response({"success": True, "delivery": responses.delivery(row)})


class DeliveriesView(NativeView):
    """The log of a webhook."""

    scope = Scope.WEBHOOKS

    @doc.deliveries
    def get(self, request: Request, webhook_id: str) -> Response:
        """List its deliveries of the last 30 days with their attempts, newest first."""
        endpoint = _own(request, webhook_id)
        query = DeliveriesInput(data=query_of(request))
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = deliveries_of(endpoint)
        if "state" in asked:
            found = found.filter(state=asked["state"])
        rows, pagination = page_of(found, asked["page"], asked["limit"])
        return Response(
            {
                "success": True,
                "deliveries": [responses.delivery(row) for row in rows],
                "pagination": pagination,
            }
        )


class RedeliverView(NativeView):
    """Sending a delivery again."""

    scope = Scope.WEBHOOKS

    @doc.redeliver
    def post(self, request: Request, webhook_id: str, delivery_id: str) -> Response:
        """Send it again now, with the same ``webhook-id``, and retry as the first time."""
        endpoint = _own(request, webhook_id)
        row = delivery_of(endpoint, delivery_id) if could_be_id(delivery_id) else None
        if row is None:
            raise missing(_NO_DELIVERY)
        with _worded():
            row = redeliver(endpoint=endpoint, delivery=row)
        return Response({"success": True, "delivery": responses.delivery(row)})


def _own(request: Request, webhook_id: str) -> WebhookEndpoint:
    row = endpoint_of(workspace_of(request), webhook_id) if could_be_id(webhook_id) else None
    if row is None:
        raise missing(_NO_WEBHOOK)
    return row


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except WebhookError as error:
        raise ApiError(409, "CONFLICT", error.message) from error
