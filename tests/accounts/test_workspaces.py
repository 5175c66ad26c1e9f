from functools import partial

import pytest
from django.db import IntegrityError, transaction

from accounts.ids import ID_LENGTH, new_id
from accounts.models import Membership, Role, User, Workspace
from accounts.operations import (
    create_personal_workspace,
    create_workspace,
    ensure_personal_workspace,
)
from accounts.signals import workspace_created
from accounts.transactions import TransactionRequiredError
from billing.models import Wallet
from tests.billing.crowd import all_at_once

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


def test_a_workspace_has_an_owner_and_a_wallet(workspace, ada):
    assert Membership.objects.get(workspace=workspace, user=ada).role == Role.OWNER
    assert Wallet.objects.filter(workspace=workspace).count() == 1


def test_a_personal_workspace_is_named_after_its_person(ada):
    assert create_personal_workspace(user=ada).name == "Ada's workspace"


def test_a_personal_workspace_of_a_long_address_has_a_name_that_fits(db):
    long = User.objects.create_user(f"{'a' * 200}@example.com")
    assert len(create_personal_workspace(user=long).name) == 100


def test_who_is_in_a_workspace_gets_no_other(workspace, ada):
    ensure_personal_workspace(user=ada)
    assert list(Workspace.objects.of(ada)) == [workspace]


def test_workspaces_of_a_person_are_theirs_alone(workspace, other, ada):
    assert list(Workspace.objects.of(ada)) == [workspace]


@pytest.mark.django_db(transaction=True)
def test_a_workspace_whose_wallet_cannot_be_made_is_not_made():
    def fail(**_kwargs):
        raise RuntimeError("no wallet")

    workspace_created.connect(fail)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            create_workspace(name="Ada")
    finally:
        workspace_created.disconnect(fail)
    assert not Workspace.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_workspace_is_made_in_a_transaction():
    with pytest.raises(TransactionRequiredError):
        create_workspace(name="Ada")


@pytest.mark.django_db(transaction=True)
def test_16_threads_make_one_personal_workspace():
    ada = User.objects.create_user("ada@example.com")
    answers = all_at_once([partial(ensure_personal_workspace, user=ada)] * 16)
    assert answers == [None] * 16
    assert Workspace.objects.count() == 1


def test_an_email_address_belongs_to_one_person_whatever_its_case(ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("aDA@example.com")


def test_a_person_is_found_whatever_the_case_of_the_address(ada):
    assert User.objects.get_by_natural_key("ADA@EXAMPLE.COM") == ada


def test_a_person_is_in_a_workspace_once(workspace, ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(workspace=workspace, user=ada, role=Role.MEMBER)


def test_a_role_that_does_not_exist_is_refused_by_the_database(workspace):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(workspace=workspace).update(role="king")


def test_owners_and_admins_manage_keys_and_members_do_not(workspace, ada):
    member = Membership.objects.get(workspace=workspace, user=ada)
    managing = {}
    for role in Role.values:
        member.role = role
        managing[role] = member.manages_keys
    assert managing == {"owner": True, "admin": True, "member": False}


def test_ids_differ_fit_and_follow_time():
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {len(one) for one in ids} == {ID_LENGTH}
    assert all(one.startswith("c") and one.isalnum() and one == one.lower() for one in ids)
    heads = [one[:9] for one in ids]
    assert heads == sorted(heads)
