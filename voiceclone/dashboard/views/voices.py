from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from voiceclone.dashboard.paging import page_of
from voiceclone.dashboard.rows import voice_row
from voiceclone.dashboard.seat import Seat, seated
from voices.models import VoiceType
from voices.queries import voices_for
from voices.titles import by_title


@require_safe
@seated
def voices(request: HttpRequest, seat: Seat) -> HttpResponse:
    """List the workspace's voices, then those everybody has, each with a sample."""
    page = page_of(request, voices_for(seat.workspace).order_by("-created_at", "-pk"))
    system = voices_for(seat.workspace, kind=VoiceType.SYSTEM).order_by(by_title(), "pk")
    return render(
        request,
        "dashboard/voices.html",
        {
            "seat": seat,
            "page": page,
            "own": [voice_row(one) for one in page],
            "system": [voice_row(one) for one in system],
        },
    )
