from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.api_keys import authenticate
from accounts.models import Workspace

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()


def test_create_workspace_prints_the_id_of_what_it_made(ada):
    made = Workspace.objects.get(
        pk=said("create_workspace", "Engines", "--owner", "ada@example.com")
    )
    assert made.name == "Engines"
    assert list(Workspace.objects.of(ada)) == [made]


def test_create_workspace_wants_an_owner_that_exists(db):
    with pytest.raises(CommandError, match="no user"):
        said("create_workspace", "Engines", "--owner", "nobody@example.com")
    assert not Workspace.objects.exists()


def test_create_api_key_prints_a_key_that_works(workspace):
    key = authenticate(
        said("create_api_key", workspace.pk, "--scope", "speech", "--expires-in-days", "3")
    )
    assert key.scopes == ["speech"]
    assert key.expires_at is not None


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(["nowhere"], "no workspace"), (["{id}", "--expires-in-days", "0"], "at least 1")],
)
def test_create_api_key_says_what_is_wrong(workspace, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        said("create_api_key", *(one.format(id=workspace.pk) for one in arguments))
