from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.periods import months_after, next_reset

moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2099, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
waits = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2000))


def day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("anchor", "now", "expected"),
    [
        (day(2026, 1, 15), day(2026, 1, 15), day(2026, 2, 15)),
        (day(2026, 1, 31), day(2026, 1, 31), day(2026, 2, 28)),
        (day(2026, 1, 31), day(2026, 2, 28), day(2026, 3, 31)),
        (day(2026, 1, 31), day(2026, 3, 31), day(2026, 4, 30)),
        (day(2026, 1, 30), day(2026, 2, 27), day(2026, 2, 28)),
        (day(2026, 1, 29), day(2026, 1, 29), day(2026, 2, 28)),
        (day(2028, 1, 29), day(2028, 1, 29), day(2028, 2, 29)),
        (day(2028, 1, 31), day(2028, 2, 1), day(2028, 2, 29)),
        (day(2028, 2, 29), day(2029, 2, 28), day(2029, 3, 29)),
        (day(2028, 2, 29), day(2029, 2, 27), day(2029, 2, 28)),
        (day(2026, 12, 31), day(2026, 12, 31), day(2027, 1, 31)),
        (day(2026, 1, 15), day(2031, 6, 20), day(2031, 7, 15)),
    ],
)
def test_a_reset_falls_on_the_anchors_day_or_the_months_last(anchor, now, expected):
    assert next_reset(anchor, now) == expected


@given(moments, waits)
def test_the_next_reset_is_the_first_return_of_the_anchor_after_now(anchor, wait):
    now = anchor + wait
    found = next_reset(anchor, now)
    returns = (months_after(anchor, months) for months in range(1, 100))
    assert found == next(moment for moment in returns if moment > now)


@given(moments, st.integers(0, 600))
def test_months_after_keeps_the_time_and_the_day_where_the_month_has_it(anchor, months):
    moved = months_after(anchor, months)
    assert moved.timetz() == anchor.timetz()
    assert (moved.year * 12 + moved.month) - (anchor.year * 12 + anchor.month) == months
    if moved.day != anchor.day:
        assert moved.day < anchor.day
        assert (moved + timedelta(days=1)).month != moved.month


@given(moments)
def test_resets_follow_each_other_without_a_gap_or_a_drift(anchor):
    end = anchor
    for month in range(1, 49):
        end = next_reset(anchor, end)
        assert end == months_after(anchor, month)
