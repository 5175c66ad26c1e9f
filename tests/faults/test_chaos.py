import pytest

from tests.faults.chaos import run_embedded, run_installation


@pytest.mark.xdist_group("chaos")
@pytest.mark.timeout(400)
def test_nothing_is_lost_or_billed_twice_in_chaos() -> None:
    assert run_installation(seconds=20, seed=7, jobs=45) == []


@pytest.mark.xdist_group("embedded")
@pytest.mark.timeout(400)
def test_nothing_is_lost_when_the_whole_service_is_killed_again_and_again() -> None:
    assert run_embedded(seconds=15, seed=7, jobs=20) == []
