import pytest

from tests.support.callers import Caller, make_caller


@pytest.fixture
def ada(db: None) -> Caller:
    return make_caller("Ada's workspace")
