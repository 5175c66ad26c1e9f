"""Fit the system voices to their design and store the numbers.

Run after a change of the design or of the shaping, and commit what it writes::

    python -m inference.engines.espeak.calibrate
"""

import json
from dataclasses import asdict

import numpy as np

from inference.engines.espeak.cloning import CALIBRATION, fit_pitch, fit_spectrum
from inference.engines.espeak.process import NATIVE_RATE, Utterance, speak
from inference.engines.espeak.shape import Shape
from inference.engines.espeak.shaping import moved
from inference.engines.espeak.spectrum import BANDS, Floats, long_term_spectrum, smooth
from inference.engines.espeak.system_voices import DATA, SYSTEM_VOICES, SystemVoice

_GROUND = {"male": "", "female": "f4"}
"""The variants whose long-term spectrum the designs tilt."""


def calibrated(voice: SystemVoice) -> Shape:
    """Return the shape that meets the design of ``voice``, measured on its speech."""
    flat = (0.0,) * BANDS
    drawn = Shape(
        variant=voice.variant,
        pitch=50,
        spread=voice.spread,
        rate=voice.rate,
        source_rate=round(NATIVE_RATE * voice.scale / 25) * 25,
        median_hz=voice.hertz,
        gains=flat,
        spectrum=flat,
    )
    tuned = fit_pitch(drawn, voice.hertz, None, _nothing)
    return fit_spectrum(tuned, _target(voice), _nothing)


def main() -> None:
    """Calibrate every voice and write the data file."""
    shapes = {voice.name: calibrated(voice) for voice in SYSTEM_VOICES}
    lines = [
        f"{json.dumps(name)}:{json.dumps(asdict(shape), separators=(',', ':'), sort_keys=True)}"
        for name, shape in shapes.items()
    ]
    DATA.write_text("{\n" + ",\n".join(lines) + "\n}\n", "ascii")


def _target(voice: SystemVoice) -> Floats:
    plain = speak(Utterance(CALIBRATION, f"en-us+{_GROUND[voice.gender]}".rstrip("+")))
    ground = long_term_spectrum(moved(plain, NATIVE_RATE))
    scale = np.interp(np.arange(BANDS) / voice.scale, np.arange(BANDS), smooth(ground))
    return np.asarray(scale + voice.tilt * np.linspace(-1, 1, BANDS))


def _nothing() -> None:
    """Nobody waits for progress here."""


if __name__ == "__main__":
    main()
