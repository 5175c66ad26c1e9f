"""What of a prepared text may reach espeak-ng.

espeak-ng reads a control byte 1 as the start of an embedded command and a NUL as the end; a
prepared text has no control characters. Markup and phoneme input are switched off in the child.
"""

_LONGEST_WORD = 80  # letters; espeak cuts a word near its own limit of 160 bytes


def speakable(text: str) -> str:
    """Return prepared ``text`` with words longer than 80 letters broken."""
    return " ".join(_broken(word) for word in text.split())


def _broken(word: str) -> str:
    if len(word) <= _LONGEST_WORD:
        return word
    return " ".join(word[at : at + _LONGEST_WORD] for at in range(0, len(word), _LONGEST_WORD))
