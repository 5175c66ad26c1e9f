import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _plain_pages(settings):
    """Pages name their files as they are in the tree, which nothing has collected."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _no_attempts_counted():
    """Nobody has tried to log in yet."""
    cache.clear()
