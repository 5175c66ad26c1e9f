from collections.abc import Iterator

import pytest

from tests.waiting.places import Embedded, Many, Place, Waiter


@pytest.fixture(scope="package")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with Embedded(tmp_path_factory.mktemp("embedded")) as place:
        yield place


@pytest.fixture(scope="package")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with Many(tmp_path_factory.mktemp("many")) as place:
        yield place


@pytest.fixture(params=["embedded", "many"])
def place(request: pytest.FixtureRequest) -> Place:
    """The service in one process, and then in many."""
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def ada(place: Place) -> Waiter:
    """A customer with 100,000 credits."""
    return place.ada
