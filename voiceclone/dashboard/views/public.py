"""Pages for everybody."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing import prices
from billing.queries import plans_on_offer

_EXAMPLES = ("Good morning.", "Schöne Grüße aus Köln.", "おはようございます。")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what this is."""
    return render(
        request,
        "home.html",
        {"public_url": settings.PUBLIC_URL, **_new_account()},
    )


@require_safe
def pricing(request: HttpRequest) -> HttpResponse:
    """Show the price book and the plans."""
    return render(
        request,
        "pricing.html",
        {
            "byte": prices.speech("a"),
            "voice_clone": prices.VOICE_CLONE,
            "conversion_second": prices.CONVERSION_PER_SECOND,
            "examples": [(text, prices.speech(text)) for text in _EXAMPLES],
            "plans": plans_on_offer(),
            **_new_account(),
        },
    )


def _new_account() -> dict[str, object]:
    """Return what the pages say of the credits of a new account."""
    return {
        "signup_credits": settings.SIGNUP_CREDITS,
        "credits_at_once": settings.SIGNUP_CREDITS_UNVERIFIED,
    }
