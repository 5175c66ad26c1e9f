"""How staff grant audio without a watermark, take it back, and see who used it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import transaction

from accounts.models import User, WatermarkRight, Workspace
from speech.models import UnmarkedUse
from speech.watermark import record_unmarked
from tests.dashboard.people import PASSWORD, browser_of, owner, person

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

GRANT = {"granted": "yes", "reason": "Contract 17"}
WITHDRAW = {"granted": "no", "reason": "Contract 17 has ended"}


@pytest.fixture
def workspace() -> Workspace:
    return owner("ada")[1]


@pytest.fixture
def grace() -> User:
    return User.objects.create_superuser("grace@example.com", PASSWORD)


def form_of(workspace: Workspace) -> str:
    return f"/admin/accounts/workspace/watermark/{workspace.pk}/"


def has_right(workspace: Workspace) -> bool:
    return Workspace.objects.get(pk=workspace.pk).may_omit_watermark


def test_the_right_is_granted_and_withdrawn_with_a_reason_each(workspace, grace):
    staff = browser_of(grace)
    page = staff.get(f"/admin/accounts/workspace/{workspace.pk}/change/").content.decode()
    assert form_of(workspace) in page
    assert "Grant the right" in staff.get(form_of(workspace)).content.decode()
    done = staff.post(form_of(workspace), GRANT, follow=True).content.decode()
    assert "May have audio without a watermark" in done
    assert has_right(workspace)

    page = staff.get(form_of(workspace)).content.decode()
    assert "Withdraw the right" in page
    assert "Contract 17" in page
    staff.post(form_of(workspace), WITHDRAW)
    assert not has_right(workspace)
    told = WatermarkRight.objects.filter(workspace=workspace).order_by("pk")
    assert [(row.granted, row.reason, row.actor) for row in told] == [
        (True, "Contract 17", f"user:{grace.pk}"),
        (False, "Contract 17 has ended", f"user:{grace.pk}"),
    ]
    assert LogEntry.objects.filter(object_id=workspace.pk).count() == 2


@pytest.mark.parametrize(
    "said", [{"granted": "yes"}, {"granted": "yes", "reason": "  "}, {"reason": "x"}]
)
def test_without_a_reason_or_a_decision_nothing_changes(workspace, grace, said):
    answer = browser_of(grace).post(form_of(workspace), said)
    assert answer.status_code == 200
    assert "Please correct" in answer.content.decode()
    assert not has_right(workspace)
    assert not WatermarkRight.objects.exists()


def test_two_who_grant_at_once_do_not_undo_each_other(workspace, grace):
    staff = browser_of(grace)
    staff.post(form_of(workspace), GRANT)
    again = staff.post(form_of(workspace), GRANT, follow=True)
    assert "nothing changed" in again.content.decode()
    assert has_right(workspace)
    assert WatermarkRight.objects.count() == 1


def test_it_takes_the_permission_and_being_staff(workspace):
    clerk = person("clerk", is_staff=True)
    clerk.user_permissions.add(
        *Permission.objects.filter(codename__in=["change_workspace", "view_workspace"])
    )
    assert browser_of(clerk).post(form_of(workspace), GRANT).status_code == 403
    page = browser_of(clerk).get(f"/admin/accounts/workspace/{workspace.pk}/change/")
    assert form_of(workspace) not in page.content.decode()
    customer = browser_of(person("tim"))
    assert customer.post(form_of(workspace), GRANT).status_code == 302
    assert not has_right(workspace)

    trusted = person("trusted", is_staff=True)
    trusted.user_permissions.add(Permission.objects.get(codename="grant_unmarked_audio"))
    browser_of(trusted).post(form_of(workspace), GRANT)
    assert has_right(workspace)


def test_the_right_cannot_be_set_on_the_workspace_s_own_page(workspace, grace):
    staff, change = browser_of(grace), f"/admin/accounts/workspace/{workspace.pk}/change/"
    staff.post(change, {"name": "Renamed", "may_omit_watermark": "on"})
    workspace.refresh_from_db()
    assert workspace.name == "Renamed"
    assert not has_right(workspace)


def test_rights_and_uses_can_be_looked_at_and_not_touched(workspace, grace):
    staff = browser_of(grace)
    staff.post(form_of(workspace), GRANT)
    with transaction.atomic():
        record_unmarked(workspace, "job-1", "key:1")
    for kind, row, says in (
        ("accounts/watermarkright", WatermarkRight.objects.get(), "Contract 17"),
        ("speech/unmarkeduse", UnmarkedUse.objects.get(), "job-1"),
    ):
        assert says in staff.get(f"/admin/{kind}/").content.decode()
        assert staff.get(f"/admin/{kind}/{row.pk}/change/").status_code == 200
        for path in ("add/", f"{row.pk}/delete/"):
            assert staff.post(f"/admin/{kind}/{path}").status_code == 403
        assert staff.post(f"/admin/{kind}/{row.pk}/change/", {"actor": "x"}).status_code == 403


def test_an_unknown_workspace_is_not_found(grace):
    assert browser_of(grace).get("/admin/accounts/workspace/watermark/nobody/").status_code == 404
