"""The shapes that events are sent in. Each API dialect registers its own at start.

A delivery names its form and is rendered anew for each attempt, so that addresses of audio
still work when the last one arrives. Everything else in it comes from the event and stays.
"""

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection

from speech.models import WebhookEvent

Render = Callable[[WebhookEvent], Mapping[str, Any]]
NATIVE = "native"
_forms: dict[str, Render] = {}
_reading = threading.BoundedSemaphore(8)
"""So many threads at most have a database connection to render a form."""


def register_form(name: str, render: Render) -> None:
    """Say how an event reads in the form ``name``."""
    _forms[name] = render


def body_of(event: WebhookEvent, form: str) -> bytes:
    """Return what is sent: JSON in UTF-8. Only dialects' own forms read the database."""
    render = _forms[form]
    said = dict(render(event) if form == NATIVE else _reading_from_the_database(render, event))
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _reading_from_the_database(render: Render, event: WebhookEvent) -> Mapping[str, Any]:
    with _reading:
        try:
            return render(event)
        finally:
            if not connection.in_atomic_block:
                connection.close()  # a thread that sends waits for the receiver without one
