from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from billing.errors import InsufficientCreditsError
from inference.jobs.idempotency import IdempotencyMismatchError, submit_once
from inference.languages.detection import UnspokenLanguageError
from speech.models import Speech
from speech.operations import SUBMITTED_AS, SpeechRequest, submit_speech
from speech.queries import speech_of, speeches_of
from speech.readable import NothingToSpeakError
from voiceclone.api.request_id import request_id_of
from voiceclone.dashboard.forms import SpeakForm
from voiceclone.dashboard.paging import page_of
from voiceclone.dashboard.rows import speech_row
from voiceclone.dashboard.seat import Seat, seated
from voices.models import Voice
from voices.queries import visible_voice


@require_safe
@seated
def speeches(request: HttpRequest, seat: Seat) -> HttpResponse:
    """List everything that was spoken, newest first."""
    page = page_of(request, speeches_of(seat.workspace))
    return render(
        request,
        "dashboard/speeches.html",
        {"seat": seat, "page": page, "speeches": [speech_row(one) for one in page]},
    )


@require_safe
@seated
def speech(request: HttpRequest, seat: Seat, speech_id: str) -> HttpResponse:
    """Show one speech; while it is in progress the page loads itself anew."""
    found = speech_of(seat.workspace, speech_id)
    if found is None:
        raise Http404
    return render(request, "dashboard/speech.html", {"seat": seat, "row": speech_row(found)})


@require_http_methods(["GET", "HEAD", "POST"])
@seated
def speak(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Have a text spoken."""
    if request.method != "POST":
        wanted = {"voice": request.GET.get("voice")}
        return _page(request, seat, SpeakForm(workspace=seat.workspace, initial=wanted))
    form = SpeakForm(request.POST, workspace=seat.workspace)
    if not form.is_valid():
        return _page(request, seat, form, status=400)
    voice = visible_voice(seat.workspace, form.cleaned_data["voice"])
    if voice is None or not voice.can_speak:
        raise Http404
    try:
        made = _submit_once(request, seat, form, voice)
    except (
        InsufficientCreditsError,
        NothingToSpeakError,
        UnspokenLanguageError,
        IdempotencyMismatchError,
    ) as error:
        return _page(request, seat, form, status=_complain(form, error))
    if made is None:
        messages.info(request, "This had been spoken before, and deleted since.")
        return redirect("dashboard-speeches")
    return redirect("dashboard-speech", speech_id=made.pk)


def _submit_once(request: HttpRequest, seat: Seat, form: SpeakForm, voice: Voice) -> Speech | None:
    """Submit the speech; for a page that is sent again, return what it had submitted."""
    once = form.once(request.path)
    made, _replayed = submit_once(
        seat.workspace,
        once,
        SUBMITTED_AS,
        find=lambda speech_id: speech_of(seat.workspace, speech_id),
        submit=lambda: submit_speech(
            workspace=seat.workspace,
            voice=voice,
            wanted=SpeechRequest(
                text=form.cleaned_data["text"], language=form.cleaned_data["language"]
            ),
            request_id=request_id_of(request),
            actor=seat.actor,
            once=once,
        ),
    )
    return made


def _complain(form: SpeakForm, error: Exception) -> int:
    """Say in the form why it was refused; returns the status to answer with."""
    match error:
        case InsufficientCreditsError(needed=needed, credits=held):
            form.add_error("text", f"This costs {needed} credits, and there are {held} left.")
            return 402
        case NothingToSpeakError():
            form.add_error("text", error.message)
            return 400
        case UnspokenLanguageError():
            form.add_error("language", error.message)
            return 400
    form.refuse_reuse()
    return 409


def _page(request: HttpRequest, seat: Seat, form: SpeakForm, status: int = 200) -> HttpResponse:
    return render(request, "dashboard/speak.html", {"seat": seat, "form": form}, status=status)
