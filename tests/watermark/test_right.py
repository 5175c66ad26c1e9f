import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import WatermarkRight, Workspace
from accounts.transactions import TransactionRequiredError
from accounts.watermark import set_watermark_right
from speech.models import UnmarkedUse
from speech.watermark import decide, record_unmarked
from tests.support.callers import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


def allow(caller: Caller, *, granted: bool = True) -> WatermarkRight | None:
    with transaction.atomic():
        return set_watermark_right(
            workspace=caller.workspace, granted=granted, reason="Contract 17", actor="user:1"
        )


def test_nobody_has_the_right_from_the_start(ada):
    assert not Workspace.objects.get(pk=ada.workspace.pk).may_omit_watermark
    assert decide(ada.workspace, wanted=True) is False


def test_the_right_is_one_workspace_s_and_counts_only_where_it_is_asked_for(ada, grace):
    allow(ada)
    assert decide(ada.workspace, wanted=True) is True
    assert decide(ada.workspace, wanted=False) is False
    assert decide(grace.workspace, wanted=True) is False


def test_a_withdrawal_counts_for_those_who_read_the_workspace_before_it(ada):
    allow(ada)
    read_before = Workspace.objects.get(pk=ada.workspace.pk)
    allow(ada, granted=False)
    assert read_before.may_omit_watermark
    assert decide(read_before, wanted=True) is False


def test_each_grant_and_withdrawal_says_who_when_and_why(ada):
    began = timezone.now()
    allow(ada)
    allow(ada, granted=False)
    told = WatermarkRight.objects.filter(workspace=ada.workspace).order_by("pk")
    assert [row.granted for row in told] == [True, False]
    for row in told:
        assert (row.reason, row.actor) == ("Contract 17", "user:1")
        assert began <= row.created_at <= timezone.now()


def test_what_stands_already_is_not_recorded_again(ada):
    assert allow(ada) is not None
    assert allow(ada) is None
    assert WatermarkRight.objects.count() == 1


def test_a_right_without_a_reason_is_refused_whole(ada):
    with pytest.raises(DatabaseError, match="watermarkright_says_why"), transaction.atomic():
        set_watermark_right(workspace=ada.workspace, granted=True, reason="", actor="user:1")
    assert not Workspace.objects.get(pk=ada.workspace.pk).may_omit_watermark


def test_a_use_is_recorded_once_for_a_job(ada):
    with transaction.atomic():
        record_unmarked(ada.workspace, "job-1", "key:1")
    with pytest.raises(DatabaseError), transaction.atomic():
        record_unmarked(ada.workspace, "job-1", "key:1")
    [use] = UnmarkedUse.objects.filter(workspace=ada.workspace)
    assert (use.job_id, use.actor) == ("job-1", "key:1")


@pytest.mark.parametrize("table", [WatermarkRight, UnmarkedUse])
def test_what_was_recorded_can_be_neither_changed_nor_removed(ada, grace, table):
    allow(ada)
    with transaction.atomic():
        record_unmarked(ada.workspace, "job-1", "key:1")
    for tamper in (
        lambda: table.objects.update(actor="user:2"),
        lambda: table.objects.update(workspace=grace.workspace),
        lambda: table.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match=r"append.only"), transaction.atomic():
            tamper()
    assert table.objects.get().workspace == ada.workspace


@pytest.mark.django_db(transaction=True)
def test_rights_and_uses_need_a_transaction(ada):
    with pytest.raises(TransactionRequiredError):
        set_watermark_right(workspace=ada.workspace, granted=True, reason="x", actor="user:1")
    with pytest.raises(TransactionRequiredError):
        record_unmarked(ada.workspace, "job-1", "key:1")
