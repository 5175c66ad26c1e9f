import re

_POSSIBLE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NAME = re.compile("[^\0\ud800-\udfff]{1,100}")


def could_be_id(text: str) -> bool:
    """Whether it is worth asking the database for ``text``; of the rest nothing exists.

    Some of the rest (a NUL, for one) a database would not even take as a question.
    """
    return _POSSIBLE.fullmatch(text) is not None


def could_be_name(text: str) -> bool:
    """The same of what people call a voice: it may have spaces and any letters."""
    return _NAME.fullmatch(text) is not None
