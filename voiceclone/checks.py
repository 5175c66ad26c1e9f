"""Checks at start of what an operator says about models."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from voiceclone.api.venice.catalogue import MODELS


@register
def check_model_aliases(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse an alias of a model that there is none of, or under the name of one that there is."""
    known = {model.id for model in MODELS}
    hint = f"The models are {', '.join(sorted(known))}."
    found: list[CheckMessage] = []
    for alias, target in settings.MODEL_ALIASES.items():
        if target not in known:
            fault = f"VOICECLONE_MODEL_ALIASES: there is no model {target!r} for {alias!r}"
        elif alias in known:
            fault = f"VOICECLONE_MODEL_ALIASES: {alias!r} is a model already"
        else:
            continue
        found.append(Error(fault, hint=hint, id="voiceclone.E001"))
    return found
