"""Which language a text is to be spoken in."""

from django.conf import settings

from accounts.models import Workspace
from inference.engines.registry import languages_of
from inference.languages.detection import language_of
from inference.languages.naming import is_automatic, language_name, spoken_tag
from voices.models import Voice


def asked_language(written: str) -> str | None:
    """Return the tag of the language that a customer writes, in lower case.

    "" means that it is to be found from the text; None that it is no language, or one that the
    engine does not speak.
    """
    if is_automatic(written):
        return ""
    return spoken_tag(written, languages_of(settings.ENGINE))


def language_for(text: str, *, asked: str = "", voice: Voice, workspace: Workspace) -> str:
    """Return the language of a text: what is asked for, the voice's, the workspace's or found.

    A default is passed over where the engine does not speak it, or where the text is in another
    script than it is written in.

    Raises:
        UnspokenLanguageError: the text is in a language that the engine does not speak.
    """
    if asked:
        return asked
    spoken = languages_of(settings.ENGINE)
    default = voice.language or workspace.default_language or ""
    return language_of(text, spoken, default=spoken_tag(default, spoken) or "")


def language_choices() -> list[tuple[str, str]]:
    """Return the languages that the engine speaks, each a tag and its English name, by name."""
    named: dict[str, str] = {}
    for tag in sorted(languages_of(settings.ENGINE), key=lambda tag: (len(tag), tag)):
        name = language_name(tag)
        if name is not None:
            named.setdefault(name, tag)
    return [(tag, name) for name, tag in sorted(named.items())]
