from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.queries import balance_of, credits_awaiting_confirmation, entries_of
from speech.queries import speeches_of
from voiceclone.dashboard.paging import page_of
from voiceclone.dashboard.rows import speech_row
from voiceclone.dashboard.seat import Seat, seated

_LATEST = 5


@require_safe
@seated
def dashboard(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Show how things stand: credits, the latest speeches, the latest movements."""
    return render(
        request,
        "dashboard/overview.html",
        {
            "seat": seat,
            "balance": balance_of(seat.workspace),
            "awaiting_credits": credits_awaiting_confirmation(seat.user),
            "speeches": [speech_row(one) for one in speeches_of(seat.workspace)[:_LATEST]],
            "entries": entries_of(seat.workspace)[:_LATEST],
        },
    )


@require_safe
@seated
def credits(request: HttpRequest, seat: Seat) -> HttpResponse:  # noqa: A001 - the page's name
    """Show both balances and the ledger behind them."""
    return render(
        request,
        "dashboard/credits.html",
        {
            "seat": seat,
            "balance": balance_of(seat.workspace),
            "awaiting_credits": credits_awaiting_confirmation(seat.user),
            "page": page_of(request, entries_of(seat.workspace)),
        },
    )
