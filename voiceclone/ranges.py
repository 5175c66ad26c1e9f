"""Byte ranges, as RFC 9110 section 14 has them; one range a request."""

import re

# No file has more bytes than 18 digits count; longer numbers Python refuses to read.
_ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)


class UnsatisfiableRangeError(Exception):
    """The range lies outside the file."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte asked for, or None for the whole file.

    A header that is malformed or names several ranges is ignored, as the RFC allows.

    Raises:
        UnsatisfiableRangeError: nothing of the range exists.
    """
    match = _ONE_RANGE.fullmatch(header.strip())
    if match is None or match.group(1) == match.group(2) == "":
        return None
    begin, end = match.groups()
    if begin == "":
        length = int(end)
        if length == 0 or size == 0:
            raise UnsatisfiableRangeError
        return max(size - length, 0), size - 1
    first = int(begin)
    last = min(int(end), size - 1) if end else size - 1
    if end and int(end) < first:
        return None
    if first >= size:
        raise UnsatisfiableRangeError
    return first, last
