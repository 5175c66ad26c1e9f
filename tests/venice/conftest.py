from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.support.callers import Caller, make_caller
from tests.support.waiting import jobs_done_while_waiting
from tests.venice.live import LiveService


@pytest.fixture(autouse=True)
def _limits_out_of_the_way(settings) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = settings.RATE_LIMIT_POLLS = 100_000
    settings.JOB_RETRY_SECONDS = 0
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
def poor(db) -> Caller:
    """A customer with 10 credits."""
    return make_caller("Tim", balance=10)


@pytest.fixture
def working() -> Iterator[None]:
    """A worker that does what requests wait for."""
    with jobs_done_while_waiting():
        yield


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    """The whole service, in a process of its own, whose engine can be made to stand still."""
    running = LiveService(tmp_path_factory.mktemp("live"))
    yield running
    running.close()
