"""Texts that customers have spoken, with orders to the faulty engine in them."""

import random
from pathlib import Path

_WORDS = [
    *("amber", "boats", "carry", "dusk", "every", "free"),
    *("gull", "homeward", "in", "june", "keeping", "light"),
]


def sentence(dice: random.Random) -> str:
    """Return a sentence without orders."""
    return " ".join(dice.choices(_WORDS, k=dice.randint(3, 12))) + "."


def text(dice: random.Random, marker: Path) -> str:
    """Return a sentence that may be slow, fail each time, or hang until ``marker`` exists."""
    orders = ["", "{slow 2}", "{raise}", f"{{hang once {marker}}}"]
    return f"{sentence(dice)} {dice.choices(orders, [70, 20, 8, 2])[0]}"


def long_text(dice: random.Random) -> str:
    """Return sentences with pauses in the making between them; a few fail in the middle."""
    pause = f"{{slow {dice.randint(1, 4)}}}"
    middle = dice.choices([pause, "{raise}"], [92, 8])[0]
    return f"{sentence(dice)} {pause} {sentence(dice)} {middle} {sentence(dice)}"
