"""The credits that come with an address: once a person, once an address."""

from functools import partial

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import Membership, Role, User, Workspace
from accounts.operations import create_workspace
from accounts.transactions import TransactionRequiredError
from billing.models import SignupGrant
from billing.operations import grant_signup_credits
from billing.signup_addresses import normalised
from tests.billing.books import story
from tests.billing.crowd import all_at_once
from tests.billing.test_migrations import migrate_fully, migrate_to

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _amount(settings):
    settings.SIGNUP_CREDITS = 3000


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada@example.com")


def given(person: User, address: str = "") -> int:
    with transaction.atomic():
        entry = grant_signup_credits(person=person, address=address or person.email)
    return 0 if entry is None else entry.permanent


def test_they_are_permanent_and_say_what_they_are(ada):
    assert given(ada) == 3000
    workspace = Workspace.objects.of(ada).get()
    assert story(workspace) == [("grant", 0, 3000)]
    assert workspace.wallet.entries.get().reason == "Sign-up credits"


def test_they_go_to_the_oldest_workspace_that_the_person_owns(ada):
    with transaction.atomic():
        company = create_workspace(name="A company")
        Membership.objects.create(workspace=company, user=ada, role=Role.MEMBER)
        own = create_workspace(name="Ada", owner=ada)
        create_workspace(name="Ada again", owner=ada)
    given(ada)
    assert [story(one) for one in (company, own)] == [[], [("grant", 0, 3000)]]


def test_a_person_has_them_once_whatever_addresses_they_confirm(ada):
    given(ada)
    assert given(ada) == 0
    assert given(ada, "ada@example.org") == 0
    assert given(ada, "ada@example.net") == 0


def test_an_address_gives_nothing_to_the_next_account(ada):
    given(ada)
    given(ada, "ada@example.org")
    ada.delete()
    for address in ("ada@example.com", "ADA+again@Example.com", "ada@example.org"):
        again = User.objects.create_user(address)
        assert given(again) == 0, address
        again.delete()
    assert given(User.objects.create_user("grace@example.com")) == 3000


def test_an_address_is_remembered_as_a_keyed_hash_only(ada, settings):
    given(ada)
    [row] = SignupGrant.objects.values()
    assert "ada" not in str({key: value for key, value in row.items() if key != "person_id"})
    ada.delete()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key for tests, as long as Django wants a key to be"
    assert given(User.objects.create_user("ada@example.com")) == 0


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("ada+tag@example.com", "ada@example.com"),
        ("a.d.a@gmail.com", "ada@gmail.com"),
        ("Ada+x@googlemail.com", "ada@gmail.com"),
        ("a.da@example.com", "a.da@example.com"),
        ("+tag@example.com", "+tag@example.com"),
        ("ada@example.com.", "ada@example.com"),
    ],
)
def test_spellings_of_one_mailbox_count_as_one(written, same):
    assert normalised(written) == same


def test_where_there_are_none_nothing_is_given_or_remembered(ada, settings):
    settings.SIGNUP_CREDITS = 0
    assert given(ada) == 0
    assert not SignupGrant.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_they_are_given_in_a_transaction():
    ada = User.objects.create_user("ada@example.com")
    with pytest.raises(TransactionRequiredError):
        grant_signup_credits(person=ada, address=ada.email)


@pytest.mark.django_db(transaction=True)
def test_16_confirmations_at_once_give_them_once():
    ada = User.objects.create_user("ada@example.com")
    same = User.objects.create_user("ada+1@example.com")
    wishes = [
        partial(grant_signup_credits, person=person, address=person.email) for person in (ada, same)
    ]
    answers = all_at_once(wishes * 8)
    assert sum(entry is not None for entry in answers) == 1
    assert SignupGrant.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_people_from_before_have_had_theirs():
    ada = User.objects.create_user("ada@example.com")
    grace = User.objects.create_user("grace@example.com")
    same = User.objects.create_user("grace+2@example.com")
    migrate_to("0007_taking_back")
    EmailAddress.objects.create(user=ada, email="ada@example.org", verified=True)
    EmailAddress.objects.create(user=ada, email="charles@example.org", verified=False)
    migrate_fully()
    for person in (ada, grace, same):
        assert given(person) == 0
        assert given(person, f"new-{person.pk}@example.org") == 0
    ada.delete()
    for address, expected in (
        ("ada@example.com", 0),
        ("ada@example.org", 0),
        ("charles@example.org", 3000),
    ):
        assert given(User.objects.create_user(address)) == expected, address
