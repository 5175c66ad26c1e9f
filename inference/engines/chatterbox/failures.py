"""What went wrong, in the terms of the engine's callers."""

from inference.engines.base import EngineError
from inference.engines.operation import STOPPING

_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether ``error`` says that memory ran out, the device's or the machine's."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(each in str(error) for each in _NO_MEMORY)


def failure(error: BaseException) -> EngineError:
    """Return ``error`` as the EngineError that callers see."""
    if isinstance(error, EngineError):
        return error
    return EngineError("ENGINE_FAILED", "The speech engine failed.", retryable=True)


def no_speech() -> EngineError:
    """Return what callers get for text or audio without words."""
    return EngineError("NO_SPEECH", "There is nothing in it that can be spoken.", retryable=False)


def stopping() -> EngineError:
    """Return what callers get from an engine that is being stopped."""
    return EngineError(STOPPING, "The engine is shutting down.", retryable=True)
