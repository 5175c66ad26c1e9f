"""How long a sentence of ten words takes on the embedded service, from POST to COMPLETED."""

import statistics
import tempfile
import time
from pathlib import Path

from tests.embedded.service import EmbeddedService

SENTENCE = "The quick brown fox jumps over the lazy old dog."
RUNS = 20


def main() -> None:
    """Measure on a service of its own, and print."""
    with tempfile.TemporaryDirectory() as folder:
        service = EmbeddedService(Path(folder) / "home")
        try:
            began = time.monotonic()
            demo = service.start().demo()
            up = time.monotonic() - began
            voice = demo.system_voice()
            seconds = []
            for _ in range(RUNS):
                began = time.monotonic()
                speech = demo.say(SENTENCE, voice)
                while demo.speech(speech)["status"] == "PROCESSING":
                    time.sleep(0.01)
                seconds.append(time.monotonic() - began)
        finally:
            service.close()
    print(f"service up after {up:.1f} s")
    print(
        f"POST /tts to COMPLETED, {RUNS} runs: median {statistics.median(seconds):.3f} s,"
        f" max {max(seconds):.3f} s"
    )


if __name__ == "__main__":
    main()
