from collections.abc import Iterator

import pytest
from django.core.cache import cache

from inference.engines.chatterbox.detector import detector
from tests.support.callers import Caller, make_caller


@pytest.fixture(autouse=True)
def _plain_limits(settings) -> None:
    settings.STORAGES = settings.STORAGES | {  # nothing was collected for the tests
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.RATE_LIMIT_SUBMISSIONS = settings.RATE_LIMIT_POLLS = 100_000
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _the_child_ends_with_the_tests() -> Iterator[None]:
    yield
    detector().close()


@pytest.fixture
def ada(db: None) -> Caller:
    return make_caller("Ada")


@pytest.fixture
def grace(db: None) -> Caller:
    return make_caller("Grace")
