from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.core.cache import cache

from tests.fetch.servers import Handler, Server, answering
from tests.support import recordings
from tests.support.callers import Caller, make_caller
from tests.support.waiting import jobs_done_while_waiting


@pytest.fixture(autouse=True)
def _limits_out_of_the_way(settings) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = settings.RATE_LIMIT_POLLS = 100_000
    settings.JOB_RETRY_SECONDS = 0
    settings.ALLOWED_FETCH_HOSTS = frozenset()
    cache.clear()


@pytest.fixture
def ada(db) -> Caller:
    """A customer with 10,000 permanent credits."""
    return make_caller("Ada")


@pytest.fixture
def grace(db) -> Caller:
    """Another customer, who must not see anything of Ada's."""
    return make_caller("Grace")


@pytest.fixture
def working() -> Iterator[None]:
    """A worker that does what requests wait for."""
    with jobs_done_while_waiting():
        yield


@pytest.fixture
def serve(settings) -> Iterator[Callable[[Handler], Server]]:
    """Start customers' servers on loopback, which the guarded client may reach."""
    with ExitStack() as closing:

        def start(handle: Handler) -> Server:
            server = closing.enter_context(Server(handle))
            settings.ALLOWED_FETCH_HOSTS |= server.allowed
            return server

        yield start


@pytest.fixture
def reference(serve) -> str:
    """The address of a recording of four seconds."""
    return f"{serve(answering(recordings.wav(4.0))).url}/voice.wav"
