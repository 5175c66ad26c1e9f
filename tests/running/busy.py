from dataclasses import dataclass

from inference.engines.operation import EngineStatus, Latencies

STATUS = EngineStatus(
    engine="busy",
    model="busy-1",
    device="cuda:3",
    loaded=True,
    slots=8,
    slots_used=5,
    queued=7,
    vocoding=1,
    batch=4,
    tokens_per_second=812.5,
    tokens=90_000,
    audio_seconds=3600.0,
    finished=120,
    failed=3,
    cancelled=2,
    out_of_memory=1,
    loads=2,
    first_audio=Latencies((0.5, 1.0), (10, 20, 5), 31.5),
)


@dataclass
class Busy:
    """An engine that has something to tell, and notes whether it was told to drain."""

    status: EngineStatus = STATUS
    draining: bool = False

    def begin_to_drain(self) -> None:
        self.draining = True

    def drain(self, timeout: float | None = None) -> bool:
        self.draining = True
        return False

    def close(self) -> None:
        pass
