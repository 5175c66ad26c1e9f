"""Files as customers send them, made on the spot."""

import io
from fractions import Fraction

import av
import numpy as np


class Pipe:
    """A target that cannot seek, as a browser's recorder has: no header is mended later."""

    def __init__(self):
        self.data = bytearray()

    def write(self, data):
        self.data += data
        return len(data)


def make(codec, container, samples, rate, *, piped=False, **options):
    """Encode ``samples``, shape (n,) or (channels, n), into the bytes of a file."""
    samples = np.atleast_2d(samples)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[samples.shape[0]]
    target = Pipe() if piped else io.BytesIO()
    with av.open(target, "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        for start in range(0, samples.shape[1], 4096):
            block = np.ascontiguousarray(samples[:, start : start + 4096], dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return bytes(target.data) if piped else target.getvalue()


def recorder_webm(samples, rate=48_000):
    """WebM as MediaRecorder writes it: Opus, live, without a duration."""
    return make("libopus", "webm", samples, rate, piped=True, live="1")


def silent_video():
    """An MP4 with a picture and no sound."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(5):
            picture = np.zeros((32, 32, 3), np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        output.mux(stream.encode(None))
    return target.getvalue()
