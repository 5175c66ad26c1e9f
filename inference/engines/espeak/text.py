"""What of a text may reach espeak-ng.

espeak-ng reads a control byte 1 as the start of an embedded command and a NUL as the end;
markup and phoneme input are switched off in the child, so brackets are only punctuation.
"""

import unicodedata

_JOINERS = {"\u200c", "\u200d"}  # letters of Persian, Indic scripts and emoji need them
_SILENT = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_LONGEST_WORD = 80  # letters; espeak cuts a word near its own limit of 160 bytes


def speakable(text: str) -> str:
    """Return ``text`` with everything that is no character to speak made a space.

    Gone are control and format characters (bidirectional overrides too), surrogates,
    private and unassigned code points; words longer than 80 letters are broken.
    """
    kept = "".join(
        letter if letter in _JOINERS or unicodedata.category(letter) not in _SILENT else " "
        for letter in unicodedata.normalize("NFC", text)
    )
    return " ".join(_broken(word) for word in kept.split())


def has_words(text: str) -> bool:
    """Return whether any character of ``text`` could be spoken at all."""
    return any(unicodedata.category(letter)[0] in "LNS" for letter in text)


def _broken(word: str) -> str:
    if len(word) <= _LONGEST_WORD:
        return word
    return " ".join(word[at : at + _LONGEST_WORD] for at in range(0, len(word), _LONGEST_WORD))
