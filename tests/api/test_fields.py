"""Fields are strict whatever a parser lets through, and without bounds to help them."""

import math

import pytest
from rest_framework.serializers import ValidationError

from voiceclone.api.fields import Choice, Number, QueryWhole, Text, Whole


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 10**400, -(10**400), "1", True, None, [], {}, b"1"]
)
def test_a_number_is_finite_and_no_string(value: object) -> None:
    with pytest.raises(ValidationError):
        Number().run_validation(value)


@pytest.mark.parametrize(("value", "read"), [(1, 1.0), (0.5, 0.5), (-3, -3.0), (10**300, 1e300)])
def test_a_number_is_read_as_a_float(value: float, read: float) -> None:
    found = Number().run_validation(value)
    assert found == read
    assert isinstance(found, float)


@pytest.mark.parametrize(
    "value", [1.5, math.nan, math.inf, 1e300, float(2**60), "1", True, None, [], {}]
)
def test_a_whole_number_is_one(value: object) -> None:
    with pytest.raises(ValidationError):
        Whole().run_validation(value)


@pytest.mark.parametrize(("value", "read"), [(1, 1), (5.0, 5), (-0.0, 0), (10**30, 10**30)])
def test_a_whole_number_is_read_as_an_int(value: float, read: int) -> None:
    found = Whole().run_validation(value)
    assert found == read
    assert isinstance(found, int)


@pytest.mark.parametrize("value", ["", " 1", "1.0", "1e3", "1_0", "٣", "+1", "9" * 19, "--1", "-"])
def test_a_whole_number_in_a_query_is_of_plain_digits(value: str) -> None:
    with pytest.raises(ValidationError):
        QueryWhole().run_validation(value)


@pytest.mark.parametrize("value", [1, 1.5, True, None, [], {}, b"a", "a\0", "\ud800"])
def test_a_text_is_a_string_that_can_be_stored(value: object) -> None:
    with pytest.raises(ValidationError):
        Text().run_validation(value)


@pytest.mark.parametrize("value", ["c", "A", "", " a", 1, True, None, [], "\ud800"])
def test_a_choice_is_one_of_those_and_a_refusal_does_not_repeat_what_was_sent(
    value: object,
) -> None:
    with pytest.raises(ValidationError) as refused:
        Choice(("a", "b")).run_validation(value)
    if value is not None:
        assert refused.value.detail == ["Must be one of a, b."]
