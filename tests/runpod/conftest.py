from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.api.live import Live
from tests.runpod.customer import Customer
from tests.support.callers import make_caller
from tests.webhooks.conftest import receiver, receivers  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def _limits_out_of_the_way(settings) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = settings.RATE_LIMIT_POLLS = 100_000
    cache.clear()


@pytest.fixture
def ada(db) -> Customer:
    """A customer with 10,000 credits."""
    return Customer(make_caller("Ada"))


@pytest.fixture
def grace(db) -> Customer:
    """Another customer, who must not see anything of Ada's."""
    return Customer(make_caller("Grace"))


@pytest.fixture
def poor(db) -> Customer:
    """A customer with 10 credits."""
    return Customer(make_caller("Tim", balance=10))


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The whole service, in a process of its own."""
    running = Live(tmp_path_factory.mktemp("runpod"))
    yield running
    running.close()
