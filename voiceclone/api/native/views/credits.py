import csv
import io
import tempfile

from django.db.models import QuerySet
from django.http import FileResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from billing.models import Entry
from billing.queries import balance_of, entries_of
from voiceclone.api.authentication import workspace_of
from voiceclone.api.native import documentation as doc
from voiceclone.api.native.inputs import LedgerInput
from voiceclone.api.native.responses import LEDGER_FIELDS, credits_body, ledger_entry
from voiceclone.api.native.views.base import NativeView, query_of

_IN_MEMORY = 1024 * 1024


class CreditsView(NativeView):
    """The balance."""

    scope = Scope.BILLING_READ

    @doc.credits_balance
    def get(self, request: Request) -> Response:
        """Show what there is to spend."""
        return Response(credits_body(balance_of(workspace_of(request))))


class UserCreditsView(CreditsView):
    """The balance again, under the older address that clients still call."""

    @doc.user_credits
    def get(self, request: Request) -> Response:
        """Show what there is to spend, as ``/api/v1/credits`` does."""
        return super().get(request)


class LedgerView(NativeView):
    """The movements behind the balance."""

    scope = Scope.BILLING_READ

    @doc.ledger
    def get(self, request: Request) -> HttpResponseBase:
        """List the ledger, newest first; with ``format=csv`` all of it as a file."""
        query = LedgerInput(data=query_of(request))
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        entries = entries_of(workspace_of(request))
        if asked["format"] == "csv":
            return _csv(entries)
        if "cursor" in asked:
            entries = entries.filter(sequence__lt=asked["cursor"])
        rows = list(entries[: asked["limit"] + 1])
        page = rows[: asked["limit"]]
        return Response(
            {
                "success": True,
                "entries": [ledger_entry(entry) for entry in page],
                "nextCursor": page[-1].sequence if len(rows) > len(page) else None,
            }
        )


def _csv(entries: QuerySet[Entry]) -> FileResponse:
    """Write the whole before any of it is sent: a slow reader shall hold no database cursor."""
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(LEDGER_FIELDS)
    for entry in entries.iterator(chunk_size=1000):
        writer.writerow(ledger_entry(entry).values())
    text.detach()
    file.seek(0)
    return FileResponse(
        file, as_attachment=True, filename="ledger.csv", content_type="text/csv; charset=utf-8"
    )
