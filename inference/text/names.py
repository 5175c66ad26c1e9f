"""Names that no package has."""

from typing import Final

KANA: Final = "ja-hrkt"
"""Japanese in kana alone, as a BCP 47 tag in lower case."""

_NUMBERS: Final = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_PARTS: Final = {
    2: "half", 3: "third", 4: "quarter", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth",
    9: "ninth", 10: "tenth",
}  # fmt: skip
ENGLISH_FRACTIONS: Final = {
    f"{above}/{below}": f"{_NUMBERS[above - 1]} {part}{'s' if above > 1 else ''}"
    for below, part in _PARTS.items()
    for above in range(1, below)
}
"""Such as ``3/8``: three eighths."""
