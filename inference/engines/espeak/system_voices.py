"""The 37 voices that come with the engine: names, descriptions, prompts and samples.

Each is a shape of its own, designed and measured by :mod:`.calibrate`, which writes
``system_voices.json``; nothing is fitted when a voice is used.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from inference.engines.base import VoicePrompt
from inference.engines.espeak.shape import Shape

DATA = Path(__file__).with_name("system_voices.json")

Gender = Literal["male", "female"]

_MEN = tuple(
    """Aaron Adam Adrian Alan Albert Alex Alexander Andrew Anthony Arthur Austin Benjamin Blake
    Brandon Brian Bruce Bryan Carl Charles Christian Christopher""".split()  # noqa: SIM905
)
_WOMEN = tuple(
    """Abigail Amanda Amy Angela Anna Ashley Barbara Betty Beverly Brenda Brittany Carol Carolyn
    Catherine Christina Christine""".split()  # noqa: SIM905 - a list of names reads as names
)

# Three ids are known to clients; the others follow from the name.
_KNOWN_IDS = {"Aaron": "1fc6c6ab", "Amy": "a563a2ba", "Benjamin": "b2422835"}

_MEN_HZ = tuple(round(88 * 1.08**step, 1) for step in range(8))
_WOMEN_HZ = tuple(round(172 * 1.075**step, 1) for step in range(6))
_MEN_VARIANTS = ("", "m3", "max", "Andy", "Lee", "pedro", "norbert")
_WOMEN_VARIANTS = ("f4", "steph", "linda", "belinda", "steph3")
_TIMBRES = (("warm", -6.0), ("even", 0.0), ("bright", 6.0))
_PACES = (("calm", 162, 40), ("steady", 170, 50), ("lively", 178, 62))
_SCALES = (0.96, 1.0, 1.04)
_STRIDE = 5  # shares no factor with the number of slots, so every name gets its own

_SENTENCES = (
    "I can read your stories, your lessons and your letters, one sentence after another.",
    "The birch canoe slid on the smooth planks, and the swan dived through the warm water.",
    "On a clear morning you can hear the harbour bells long before you see the boats.",
    "Please bring the small brown box upstairs and leave it beside the open window.",
    "It takes four hours of steady work to fold and carry all of the summer chairs.",
    "Would you rather walk home along the river, or wait here for the evening train?",
    "A good voice is patient: it gives every word the time that the word deserves.",
)
_SPOKEN = 4  # of the sentences in each sample


@dataclass(frozen=True, slots=True)
class SystemVoice:
    """A voice that everybody may use; ``voice_id`` is 8 hexadecimal digits and stable.

    What follows the description is its design: median pitch in Hz, espeak's variant, speed
    in words a minute, pitch range, formants relative to espeak's, and spectral tilt in dB
    from the middle of the mel scale to its top.
    """

    name: str
    gender: Gender
    voice_id: str
    description: str
    hertz: float
    variant: str
    rate: int
    spread: int
    scale: float
    tilt: float


def _voice(index: int, name: str, gender: Gender) -> SystemVoice:
    pitches = _MEN_HZ if gender == "male" else _WOMEN_HZ
    variants = _MEN_VARIANTS if gender == "male" else _WOMEN_VARIANTS
    slot = index * _STRIDE % (len(pitches) * len(_TIMBRES))
    step, timbre = divmod(slot, len(_TIMBRES))
    colour, tilt = _TIMBRES[timbre]
    pace, rate, spread = _PACES[index % len(_PACES)]
    height = ("deep", "low", "medium", "high")[step * 4 // len(pitches)]
    person = "man's" if gender == "male" else "woman's"
    return SystemVoice(
        name=name,
        gender=gender,
        voice_id=_KNOWN_IDS.get(name) or hashlib.sha256(name.encode()).hexdigest()[:8],
        description=f"A {height}, {colour} {person} voice, {pace} in its delivery.",
        hertz=pitches[step],
        variant=variants[index % len(variants)],
        rate=rate,
        spread=spread,
        scale=_SCALES[index // 2 % len(_SCALES)],
        tilt=tilt,
    )


SYSTEM_VOICES: tuple[SystemVoice, ...] = (
    *(_voice(index, name, "male") for index, name in enumerate(_MEN)),
    *(_voice(index, name, "female") for index, name in enumerate(_WOMEN)),
)
"""All of them, men first, each in alphabetical order."""


def system_prompt(name: str) -> VoicePrompt:
    """Return the prompt of the system voice ``name``. Raises KeyError for no such voice."""
    return _shapes()[name].to_prompt()


def sample_text(name: str) -> str:
    """Return what the voice ``name`` says in its sample, 15 to 30 s. Raises KeyError."""
    order = [voice.name for voice in SYSTEM_VOICES]
    if name not in order:
        raise KeyError(name)
    first = order.index(name)
    chosen = [_SENTENCES[(first + step) % len(_SENTENCES)] for step in range(_SPOKEN)]
    return " ".join([f"Hello, my name is {name}.", *chosen])


@lru_cache(maxsize=1)
def _shapes() -> dict[str, Shape]:
    stored = json.loads(DATA.read_text("ascii"))
    return {
        name: Shape(
            **values | {key: tuple(map(float, values[key])) for key in ("gains", "spectrum")}
        )
        for name, values in stored.items()
    }
