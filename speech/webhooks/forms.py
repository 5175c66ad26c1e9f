"""The shapes that events are sent in. Each API dialect registers its own at start.

A delivery names its form and is rendered anew for each attempt, so that addresses of audio
still work when the last one arrives. Everything else in it comes from the event and stays.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from speech.models import WebhookEvent

Render = Callable[[WebhookEvent], Mapping[str, Any]]
NATIVE = "native"
_forms: dict[str, Render] = {}


def register_form(name: str, render: Render) -> None:
    """Say how an event reads in the form ``name``."""
    _forms[name] = render


def body_of(event: WebhookEvent, form: str) -> bytes:
    """Return what is sent: JSON in UTF-8."""
    said = dict(_forms[form](event))
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
