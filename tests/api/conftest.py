from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.api.live import Live
from tests.support.callers import Caller, make_caller
from voiceclone.api import rate_limit


@pytest.fixture(autouse=True)
def _limits_out_of_the_way(settings) -> Iterator[None]:
    settings.STORAGES = settings.STORAGES | {  # nothing was collected for the tests
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.RATE_LIMIT_SUBMISSIONS = settings.RATE_LIMIT_POLLS = 100_000
    cache.clear()
    yield
    rate_limit.counters.answered()


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


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The whole service, in a process of its own."""
    running = Live(tmp_path_factory.mktemp("live"))
    yield running
    running.close()
