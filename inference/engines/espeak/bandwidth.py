"""What a narrow recording lacks at the top, such as one by telephone, made up from the rest.

A filter can raise only what is there. Rectifying the highest octave that a recording has
gives the sums of its partials, an octave up, with the rhythm of the speech; how loud they
are to be is left to the filter that follows.
"""

import numpy as np
from scipy import signal

from inference.engines.base import OUTPUT_RATE, Samples
from inference.engines.espeak.spectrum import UNHEARD_DB, band_centres, long_term_spectrum

_WIDE_HZ = 8_000.0  # speech that reaches so far lacks nothing that is missed
_FALL_DB = 6.0  # from the highest band there is to the first one made up
_BLOCK = 1 << 20  # samples, to bound memory on long audio


def widened(samples: Samples) -> Samples:
    """Return 24 kHz ``samples`` with something in the octave above all that they have.

    Those that reach 8 kHz already come back as they are.
    """
    spectrum = long_term_spectrum(samples)
    last = int(np.flatnonzero(spectrum > spectrum.max() - UNHEARD_DB)[-1])
    centres = band_centres()
    top = float(centres[last])
    if top >= _WIDE_HZ or last + 2 >= spectrum.size:
        return samples
    above = _octave_above(samples, top)
    made = long_term_spectrum(above)
    gain = spectrum[last - 1] - _FALL_DB - float(np.median(made[last + 1 : last + 4]))
    return np.asarray(samples + above * np.float32(10 ** (gain / 20)), dtype=np.float32)


def _octave_above(samples: Samples, top: float) -> Samples:
    band = signal.butter(4, [top / 2, 0.95 * top], "bandpass", fs=OUTPUT_RATE, output="sos")
    high = signal.butter(8, top, "highpass", fs=OUTPUT_RATE, output="sos")
    out = np.empty_like(samples)
    states = [np.zeros((len(band), 2)), np.zeros((len(high), 2))]
    for at in range(0, samples.size, _BLOCK):
        octave, states[0] = signal.sosfilt(band, samples[at : at + _BLOCK], zi=states[0])
        above, states[1] = signal.sosfilt(high, np.abs(octave), zi=states[1])
        out[at : at + _BLOCK] = above
    return out
