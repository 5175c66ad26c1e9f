from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Workspace
from billing.models import Entry
from tests.billing.books import balance, story

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()


def test_create_workspace_begins_with_the_credits_it_is_told(settings):
    settings.SIGNUP_CREDITS = 3000
    empty = Workspace.objects.get(pk=said("create_workspace", "Ada"))
    given = Workspace.objects.get(pk=said("create_workspace", "Grace", "--credits", "5000"))
    assert (balance(empty), balance(given)) == ((0, 0), (0, 5000))


def test_grant_credits_grants_and_says_the_balance(ada):
    printed = said("grant_credits", ada.pk, "500", "--reason", "Ticket 9")
    assert printed == "0 regular and 500 permanent credits"
    entry = Entry.objects.get()
    assert entry.note.text == "Ticket 9"
    assert entry.actor.startswith("command:")
    said("grant_credits", ada.pk, "20", "--reason", "Ticket 9", "--balance", "regular")
    assert balance(ada) == (20, 500)


def test_take_back_credits_takes_and_says_what_is_left(ada):
    said("grant_credits", ada.pk, "500", "--reason", "Ticket 9")
    printed = said("take_back_credits", ada.pk, "200", "--reason", "Ticket 10")
    assert printed == "took back 200; 0 regular and 300 permanent credits are left"
    assert Entry.objects.get(kind="adjust").reason == "Ticket 10"
    with pytest.raises(CommandError, match="only 300 credits"):
        said("take_back_credits", ada.pk, "301", "--reason", "Ticket 10")
    said("take_back_credits", ada.pk, "301", "--reason", "Ticket 10", "--up-to", "--from", "both")
    assert balance(ada) == (0, 0)


def test_a_command_that_is_run_again_with_its_key_moves_nothing(ada):
    for _ in range(2):
        said("grant_credits", ada.pk, "500", "--reason", "Ticket 9", "--key", "ticket 9")
        said("take_back_credits", ada.pk, "100", "--reason", "Wrong", "--key", "ticket 9")
    assert story(ada) == [("grant", 0, 500), ("adjust", 0, -100)]
    with pytest.raises(CommandError, match="stands for"):
        said("grant_credits", ada.pk, "501", "--reason", "Ticket 9", "--key", "ticket 9")


@pytest.mark.parametrize("command", ["grant_credits", "take_back_credits"])
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nowhere", "5", "--reason", "why"], "no workspace"),
        (["{id}", "0", "--reason", "why"], "between 1 and"),
        (["{id}", "many", "--reason", "why"], "no whole number"),
        (["{id}", "5", "--reason", " "], "a reason has"),
        (["{id}", "5"], "--reason"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(ada, command, arguments, problem):
    with pytest.raises(CommandError, match=problem):
        said(command, *(one.format(id=ada.pk) for one in arguments))
    assert story(ada) == []
