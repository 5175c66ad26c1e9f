"""Checks at start: a wrong configuration of the engine, and how to mend it."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004 - its name

from inference.engines.base import EngineError
from inference.engines.chatterbox import environment_problems
from inference.engines.registry import UnknownEngineError, languages_of


@register
def check_engine(**_kwargs: Any) -> list[CheckMessage]:
    """Say what keeps the configured engine from running.

    What is missing on this machine is a warning: only machines with workers need it.
    """
    try:
        languages_of(settings.ENGINE)
    except (UnknownEngineError, EngineError) as error:
        hint = "Set VOICECLONE_ENGINE, or the setting that is named, as docs/settings.md says."
        return [Error(str(error), hint=hint, id="inference.E001")]
    if settings.ENGINE != "chatterbox":
        return []
    return [
        Warning(
            f"The engine cannot run here: {problem}",
            hint="Machines that run no worker do well without it. See docs/engine.md.",
            id="inference.W001",
        )
        for problem in environment_problems()
    ]
