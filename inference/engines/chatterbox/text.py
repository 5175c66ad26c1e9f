"""Text as the models want it: punctuation put right, then token ids.

The replacements are those of the package's three ``punc_norm``, whose models were trained
with them.
"""

from typing import Any, Final

from inference.engines.chatterbox.families import Family

_SIGNS: Final = (
    ("...", ", "),
    ("…", ", "),
    (":", ","),
    (" - ", ", "),
    (";", ", "),
    ("—", "-"),
    ("–", "-"),  # noqa: RUF001 - as it is written
    (" ,", ","),
    ("“", '"'),
    ("”", '"'),
    ("‘", "'"),  # noqa: RUF001
    ("’", "'"),  # noqa: RUF001
)
_LEFT_ALONE: Final = frozenset({"...", " - ", ";"})  # by Turbo and Nano
_ENDS: Final = (".", "!", "?", "-", ",")
_MORE_ENDS: Final = ("、", "，", "。", "？", "！")  # noqa: RUF001


def normalised(text: str, family: Family) -> str:
    """Return ``text``, not blank, as ``family`` was trained to read it."""
    text = " ".join((text[:1].upper() + text[1:] if text[:1].islower() else text).split())
    for old, new in _SIGNS:
        if family.guided or old not in _LEFT_ALONE:
            text = text.replace(old, new)
    text = text.rstrip(" ")
    ends = _ENDS + _MORE_ENDS if len(family.languages) > 1 else _ENDS
    return text if text.endswith(ends) else f"{text}."


def token_ids(text: str, language: str | None, tokenizer: Any, family: Family) -> tuple[int, ...]:
    """Return the ids of ``text`` in ``language``, without marks of start and stop."""
    text = normalised(text, family)
    if not family.guided:
        return tuple(tokenizer(text, truncation=True).input_ids)
    if len(family.languages) > 1:
        return tuple(tokenizer.encode(text, language_id=language))
    return tuple(tokenizer.encode(text))
