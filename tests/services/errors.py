class ServiceError(RuntimeError):
    """A server that the tests need is missing or does not start; the message names the mend."""
