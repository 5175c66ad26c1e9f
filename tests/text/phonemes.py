"""How espeak reads texts, in its own phoneme notation, without making sound.

Run as a script with the path of ``child.py``: standard input is JSON, a list of a voice and its
texts each; standard output is JSON, a list of "is it a code number" and phonemes for each text.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import espeakng_loader


def read_by(asked: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the phonemes of each text of each voice, spelled ones as ``#``."""
    from inference.engines.espeak.process import CHILD

    library = Path(espeakng_loader.get_library_path()).resolve()
    done = subprocess.run(
        [sys.executable, __file__, str(CHILD), str(library)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        cwd=library.parent,
    )
    answer: dict[str, list[str]] = json.loads(done.stdout)
    return answer


def read(child, library, text: str) -> str:
    markers = {child.marker_of(child.phonemes(library, char)) for char in child.UNKNOWN} - {""}
    said = child.readable(library, text)
    others = {char for char in said if not char.isascii()}
    if any(child.is_spelled(child.phonemes(library, char), markers) for char in others):
        return "#"
    return child.phonemes(library, said)


def main() -> None:
    spec = importlib.util.spec_from_file_location("child", sys.argv[1])
    assert spec
    assert spec.loader
    child = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(child)
    asked = json.load(sys.stdin)
    library = child.start(sys.argv[2])
    answer = {}
    for voice, texts in asked.items():
        assert library.espeak_SetVoiceByName(voice.encode()) == 0
        answer[voice] = [read(child, library, text) for text in texts]
    os.write(1, json.dumps(answer).encode())


if __name__ == "__main__":
    main()
