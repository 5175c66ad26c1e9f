from collections.abc import Iterator

import pytest
from django.core.cache import cache

from speech import operations
from tests.support.callers import Caller, make_caller
from tests.support.waiting import jobs_done_while_waiting


@pytest.fixture(autouse=True)
def _limits_out_of_the_way(settings) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = settings.RATE_LIMIT_POLLS = 100_000
    cache.clear()


@pytest.fixture(autouse=True)
def _plain_pages(settings) -> None:
    """Pages name their files as they are in the tree, which nothing has collected."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _working() -> Iterator[None]:
    """Do what requests wait for."""
    with jobs_done_while_waiting():
        yield


@pytest.fixture
def ada(db, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A customer with 10,000 permanent credits, who is always given the same seed."""
    monkeypatch.setattr(operations.secrets, "randbelow", lambda _most: 7)
    return make_caller("Ada")
