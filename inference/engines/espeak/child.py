"""The child: loads espeak-ng, speaks one utterance and ends.

Run as a script with ``python -I -S``, never imported by the service, so that the GPL
library stays in a process of its own. It starts in the folder of the library's data.
Standard input carries one ASCII line of settings (see :mod:`.process`) and then the text
in UTF-8; standard output carries 16-bit mono samples at 22,050 Hz in native byte order.
Exit status 0: spoken; 3: no such voice; 4: the library did not start; 5: it refused.
"""

import ctypes
import os
import re
import sys
from unicodedata import name

RATE, VOLUME, PITCH, RANGE = 1, 2, 3, 4  # espeak_PARAMETER
SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: samples go to the callback, nothing is played
CHARS_UTF8 = 1  # the only flag: SSML (0x10) and phoneme input (0x100) stay off
DONT_EXIT = 0x8000
POSITION_CHARACTER = 1
SAMPLE_RATE = 22_050
UNKNOWN = "\u16a0\ua4c0"  # a letter and a symbol of scripts that no voice has
CODE_DIGITS = 3
MEMORY_BYTES = 1 << 30
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def limit(seconds: int) -> None:
    """Take from this process what it never needs: files to write, memory, CPU time."""
    try:
        import resource  # noqa: PLC0415 - not on every platform
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, MEMORY_BYTES),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (OSError, ValueError):
            continue


def start(path: str) -> ctypes.CDLL:
    """Load the library at ``path`` and initialise it with the data of this folder."""
    library = ctypes.CDLL(path)
    if library.espeak_Initialize(SYNCHRONOUS, 0, b".", DONT_EXIT) != SAMPLE_RATE:
        sys.exit(4)
    return library


def phonemes(library: ctypes.CDLL, text: str) -> str:
    """Return how the voice that is set reads ``text``, in espeak's own notation."""
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    left = ctypes.c_char_p(text.encode())
    parts = []
    while left.value:
        part = library.espeak_TextToPhonemes(ctypes.byref(left), CHARS_UTF8, 0)
        parts.append((part or b"").decode("utf-8", "replace"))
    return " ".join(parts)


def readable(library: ctypes.CDLL, text: str) -> str:
    """Return ``text`` without the characters that the voice spells by their code numbers.

    A capital that the voice does not know is read as the small letter, and a Latin letter with
    a mark as the letter alone; others are left out.
    """
    markers = {marker_of(phonemes(library, char)) for char in UNKNOWN} - {""}

    def reading(char: str) -> str:
        for form in (char, char.lower(), latin_base(char)):
            if form.isascii() or not is_spelled(phonemes(library, form), markers):
                return form
        return ""

    readings = {char: reading(char) for char in set(text) if not char.isascii()}
    return "".join(readings.get(char, char) for char in text)


def latin_base(char: str) -> str:
    """Return ``b`` for a Latin letter B with whatever mark, and nothing for other characters."""
    found = re.match(r"LATIN (?:SMALL|CAPITAL) LETTER ([A-Z]{1,2}) WITH ", name(char, ""))
    return found.group(1).lower() if found else ""


def marker_of(read: str) -> str:
    """Return the word ("letter") with which the reading of an unknown character begins."""
    return plain(read.partition("|")[0])


def is_spelled(read: str, markers: set[str]) -> bool:
    """Say whether ``read`` is "letter" or "symbol" with or without a number, not a sound."""
    if plain(read.partition("|")[0]).endswith(tuple(markers)):
        return True
    return read.count("_|") >= CODE_DIGITS and read.rstrip("|_ ").endswith(":")


def plain(read: str) -> str:
    """Return phonemes without stress, which changes with the place of a word."""
    return "".join(sound for sound in read if sound not in "',_ ")


def speak(library: ctypes.CDLL, settings: list[bytes], text: bytes) -> int:
    """Speak ``text`` to standard output and return the exit status."""
    voice = settings[0]
    rate, volume, pitch, spread, seed, most = (int(value) for value in settings[1:])
    if library.espeak_SetVoiceByName(voice) != 0:
        return 3
    text = readable(library, text.decode("utf-8", "replace")).encode()
    if hasattr(library, "espeak_ng_SetRandSeed"):
        library.espeak_ng_SetRandSeed(ctypes.c_long(seed))
    for parameter, value in ((RATE, rate), (VOLUME, volume), (PITCH, pitch), (RANGE, spread)):
        library.espeak_SetParameter(parameter, value, 0)
    left = most * 2

    def take(wave: int | None, count: int, _events: int) -> int:
        nonlocal left
        if wave and count > 0:
            block = ctypes.string_at(wave, min(count * 2, left))
            left -= len(block)
            while block:
                block = block[os.write(1, block) :]
        return 1 if left <= 0 else 0

    callback = CALLBACK(take)
    library.espeak_SetSynthCallback(callback)
    size = ctypes.c_size_t(len(text) + 1)
    done = library.espeak_Synth(
        ctypes.c_char_p(text), size, 0, POSITION_CHARACTER, 0, CHARS_UTF8, None, None
    )
    return 5 if done != 0 and left > 0 else 0


def main() -> int:
    """Speak what standard input asks for, or print the library's version."""
    library_path, cpu_seconds = sys.argv[1], int(sys.argv[2])
    limit(cpu_seconds)
    request = sys.stdin.buffer.read()
    library = start(library_path)
    if not request:
        library.espeak_Info.restype = ctypes.c_char_p
        version = library.espeak_Info(None) or b"unknown"
        os.write(1, version.split()[0])
        return 0
    settings, _, text = request.partition(b"\n")
    return speak(library, settings.split(), text)


if __name__ == "__main__":
    status = main()
    # The interpreter's own shutdown would run the library's destructors for nothing.
    os._exit(status)
