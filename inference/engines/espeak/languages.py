"""Which of espeak's voices speaks a language."""

from functools import lru_cache
from pathlib import Path

import espeakng_loader

from inference.engines.base import EngineError

DEFAULT = "en-us"

# Tags that people write and espeak does not list, or lists for several of its voices.
_ALSO = {
    "en": "en-us",
    "zh": "cmn",
    "zh-cn": "cmn",
    "zh-sg": "cmn",
    "zh-tw": "cmn",
    "zh-hans": "cmn",
    "zh-hant": "cmn",
    "zh-hk": "yue",
    "zh-yue": "yue",
    "no": "nb",
    "iw": "he",
    "in": "id",
    "es-us": "es-419",
    "chr": "chr-us-qaaa-x-west",
}

_NORMAL_PRIORITY = 5  # espeak's, where a voice file states none; lower wins


@lru_cache(maxsize=1)
def voices() -> dict[str, str]:
    """Return espeak's voice for each lower-case BCP 47 tag it knows."""
    found: dict[str, tuple[int, str]] = {}
    folder = Path(espeakng_loader.get_data_path()) / "lang"
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        for line in path.read_text("utf-8", "replace").splitlines():
            words = line.split()
            if len(words) < 2 or words[0] != "language":  # noqa: PLR2004 - key and tag
                continue
            stated = words[2] if len(words) > 2 else ""  # noqa: PLR2004 - and a priority
            priority = int(stated) if stated.isdigit() else _NORMAL_PRIORITY
            tag, voice = words[1].lower(), path.name
            found[tag] = min(found.get(tag, (priority, voice)), (priority, voice))
    table = {tag: voice for tag, (_, voice) in found.items()}
    return table | {also: table[tag] for also, tag in _ALSO.items() if tag in table}


def voice_for(language: str | None) -> str:
    """Return espeak's voice for a BCP 47 tag; that of American English for None.

    A tag that is not known is tried without its last part (``de-at`` is spoken as ``de``).
    Raises EngineError ``UNSUPPORTED_LANGUAGE``.
    """
    known = voices()
    language = DEFAULT if language is None else language
    tag = language.lower().replace("_", "-")
    while tag:
        if tag in known:
            return known[tag]
        tag = tag.rpartition("-")[0]
    raise EngineError(
        "UNSUPPORTED_LANGUAGE",
        f"The preview engine does not speak the language {language[:35]!r}.",
        retryable=False,
    )
