from collections.abc import Iterator

import pytest

from tests.protection.attacked import Attacked


@pytest.fixture(scope="package")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    service = Attacked(tmp_path_factory.mktemp("attacked"))
    yield service
    service.close()
