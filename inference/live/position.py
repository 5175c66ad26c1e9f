from dataclasses import dataclass, field

from inference.live.chunk import LiveChunk, LiveLostError


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a job's live stream found.

    Attributes:
        attempt: the newest attempt; None where none has begun, or none is left.
        chunks: what follows the reader's position, in order; perhaps not all.
        total: how many chunks there were, where the look reached the stream's end.
        is_lost: whether the writer gave the stream up.
    """

    attempt: int | None = None
    chunks: list[LiveChunk] = field(default_factory=list)
    total: int | None = None
    is_lost: bool = False


@dataclass(slots=True)
class Position:
    """How far a reader has come: the last chunk it has, and of which attempt.

    A reader that has nothing yet goes over to a new attempt, or waits for one. One that has
    something cannot: another attempt's bytes need not go on from it.
    """

    after: int = -1
    attempt: int | None = None
    has_ended: bool = False

    def take(self, look: Look) -> list[LiveChunk]:
        """Move on by what a look found.

        Raises:
            LiveLostError: something between here and there is missing.
        """
        has_some = self.after >= 0
        if look.attempt is None:
            if has_some:
                raise LiveLostError("the stream is gone")
            return []
        if has_some and self.attempt not in (None, look.attempt):
            raise LiveLostError("another attempt has begun")
        if look.is_lost:
            raise LiveLostError("the writer gave the stream up")
        self.attempt = look.attempt
        for chunk in look.chunks:
            if chunk.index != self.after + 1:
                raise LiveLostError("the oldest chunks were trimmed")
            self.after = chunk.index
        if look.total is not None:
            if self.after + 1 < look.total:
                raise LiveLostError("the last chunks were trimmed")
            self.has_ended = True
        return look.chunks
