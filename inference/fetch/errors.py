class FetchError(Exception):
    """A customer's URL was not fetched or did not answer as it must.

    ``code`` is stable, ``message`` a sentence for the customer that tells nothing of our
    network; ``permanent`` says that trying again is of no use.
    """

    def __init__(self, code: str, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent


def invalid(message: str) -> FetchError:
    """Return a refusal of a URL that is not written as we want it."""
    return FetchError("INVALID_URL", message, permanent=True)


def forbidden(message: str = "The URL leads to an address that is not allowed.") -> FetchError:
    """Return a refusal of where a URL leads."""
    return FetchError("FORBIDDEN_ADDRESS", message, permanent=True)


def timed_out() -> FetchError:
    """Return the error of a server that takes too long."""
    return FetchError("TIMED_OUT", "The server took too long to answer.", permanent=False)
