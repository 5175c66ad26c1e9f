"""How a job can end other than well."""


class JobError(Exception):
    """A job cannot be done.

    ``code`` is stable, ``message`` a sentence for the customer; ``retryable`` says whether
    another attempt may succeed.
    """

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


class FileGoneError(JobError):
    """A stored file that a job needs is not there."""

    def __init__(self, message: str) -> None:
        super().__init__("STORAGE_FAILED", message, retryable=True)


class LeaseLostError(Exception):
    """The row belongs to somebody else by now: drop the work and leave no trace."""


class StateConflictError(Exception):
    """The job is past the state that the caller's wish needs."""

    code = "STATE_CONFLICT"
