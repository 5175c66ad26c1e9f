from collections.abc import Iterator

import pytest

from tests.faults.installation import Installation, Tenant


@pytest.fixture(scope="package")
def installation() -> Iterator[Installation]:
    with Installation() as running:
        running.manage(
            "collectstatic", "--noinput", "-v", "0"
        )  # as for pages, which others need not
        running.start_web()
        running.start_scheduler()
        yield running


@pytest.fixture
def ada(installation: Installation) -> Tenant:
    """A customer of this test alone."""
    return installation.tenant("Ada's workspace")
