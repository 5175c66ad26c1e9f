"""A request that is still arriving when its workspace is erased makes nothing, in any dialect."""

import pytest

from accounts.models import ApiKey
from billing.models import Entry
from speech.models import Call, Speech, WebhookEndpoint
from tests.contract.creating import CREATING
from tests.contract.world import World
from voiceclone.housekeeping.erase import erase_workspace
from voiceclone.housekeeping.prefixes import stored_under
from voices.models import Voice

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


@pytest.mark.parametrize("name", CREATING)
def test_a_request_that_is_still_arriving_is_refused_like_one_without_a_key(
    world: World, name: str
) -> None:
    ask = CREATING[name](world).ask
    tenant = world.ada.workspace
    entries = Entry.objects.filter(wallet__workspace=tenant).count()
    accepted = []

    def erase() -> None:
        accepted.append(ApiKey.objects.get(pk=world.ada.key.pk).last_used_at is not None)
        erase_workspace(tenant)

    reply = ask.but(meanwhile=erase).send()
    assert accepted == [True], "the key was good when the headers came"
    assert reply.status_code == 401
    for kind in (Speech, Voice, Call, WebhookEndpoint):
        assert not kind.objects.filter(workspace=tenant).exists()
    assert Entry.objects.filter(wallet__workspace=tenant).count() == entries
    for folder in ("voices", "speeches"):
        assert list(stored_under(f"{folder}/{tenant.pk}/")) == []
