from collections.abc import Iterator

import pytest

from tests.chatterbox_api.live import Live


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The whole service in a process of its own, and a recording at an address it may fetch."""
    with Live(tmp_path_factory.mktemp("live")) as running:
        yield running
