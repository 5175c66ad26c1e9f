from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone

from accounts import api_keys
from accounts.api_keys import (
    TooManyKeysError,
    authenticate,
    create_api_key,
    record_use,
    revoke_api_key,
)
from accounts.key_format import KEY_LENGTH, make_key, parse_key
from accounts.models import ApiKey
from accounts.operations import create_workspace
from tests.billing.crowd import all_at_once

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


@pytest.fixture
def made(workspace):
    return create_api_key(workspace=workspace, name="laptop")


def changed(written: str, at: int) -> str:
    return f"{written[:at]}{'a' if written[at] != 'a' else 'b'}{written[at + 1 :]}"


def test_a_key_lets_its_holder_in(made, workspace):
    key, written = made
    found = authenticate(written)
    assert found == key
    assert found.workspace == workspace


def test_the_written_key_is_nowhere_in_the_database(made):
    key, written = made
    stored = ApiKey.objects.filter(pk=key.pk).values().get()
    secret = parse_key(written).full[len(key.prefix) :]
    assert not any(secret[:32] in str(value) for value in stored.values())
    assert key.prefix == written[: len(key.prefix)]


@pytest.mark.parametrize("at", [0, 2, 3, 14, 15, 40, 47, KEY_LENGTH - 1])
def test_a_key_with_one_other_character_lets_nobody_in(made, at):
    assert authenticate(changed(made[1], at)) is None


def test_a_well_formed_key_with_the_lookup_of_another_lets_nobody_in(made):
    key, _written = made
    stranger = make_key()
    ApiKey.objects.filter(pk=key.pk).update(lookup=stranger.lookup)
    assert authenticate(stranger.full) is None


@pytest.mark.parametrize("written", ["", "vc_", "vc_" + "é" * 50, "x" * KEY_LENGTH, "vc_" * 500])
def test_what_is_no_key_is_turned_away_without_a_query(written, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert authenticate(written) is None


def test_a_look_alike_with_a_wrong_checksum_costs_no_query(made, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert authenticate(changed(made[1], 20)) is None


def test_letting_in_costs_one_query(made, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert authenticate(made[1]).workspace.name == "Analytical engines"


def test_a_revoked_key_is_out_at_once(made, workspace):
    key, written = made
    assert revoke_api_key(workspace=workspace, key_id=key.pk)
    assert authenticate(written) is None
    assert not revoke_api_key(workspace=workspace, key_id=key.pk)


def test_nobody_revokes_the_key_of_another_workspace(made, other):
    key, written = made
    assert not revoke_api_key(workspace=other, key_id=key.pk)
    assert authenticate(written) == key


def test_an_expired_key_is_out(workspace):
    now = timezone.now()
    _key, gone = create_api_key(workspace=workspace, name="old", expires_at=now)
    _key, good = create_api_key(
        workspace=workspace, name="new", expires_at=now + timedelta(minutes=5)
    )
    assert authenticate(gone) is None
    assert authenticate(good) is not None


def test_keys_outlive_a_change_of_the_secret_key_while_the_old_one_is_a_fallback(made, settings):
    key, written = made
    old = django_settings.SECRET_KEY
    settings.SECRET_KEY = "another key for tests, as long as Django wants a key to be"
    assert authenticate(written) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert authenticate(written) == key
    settings.SECRET_KEY_FALLBACKS = []
    assert authenticate(written) == key, "its use has moved it to the new secret key"


def test_a_key_has_the_scopes_it_was_given(workspace):
    key, _written = create_api_key(workspace=workspace, name="reader", scopes=["billing:read"])
    assert key.allows("billing:read")
    assert not key.allows("speech")


@pytest.mark.parametrize("scopes", [[], ["everything"], ["speech", "everything"]])
def test_a_key_without_a_scope_or_with_an_unknown_one_is_not_made(workspace, scopes):
    with pytest.raises(ValueError, match="scopes"):
        create_api_key(workspace=workspace, name="odd", scopes=scopes)


def test_a_workspace_holds_so_many_live_keys(workspace, other, monkeypatch):
    monkeypatch.setattr(api_keys, "MAX_LIVE_KEYS", 2)
    first, _written = create_api_key(workspace=workspace, name="one")
    create_api_key(workspace=workspace, name="two")
    with pytest.raises(TooManyKeysError):
        create_api_key(workspace=workspace, name="three")
    create_api_key(workspace=other, name="theirs")
    revoke_api_key(workspace=workspace, key_id=first.pk)
    create_api_key(workspace=workspace, name="three")


@pytest.mark.django_db(transaction=True)
def test_keys_made_at_once_are_all_counted(monkeypatch):
    monkeypatch.setattr(api_keys, "MAX_LIVE_KEYS", 2)
    with transaction.atomic():
        workspace = create_workspace(name="Engines")
    answers = all_at_once([partial(create_api_key, workspace=workspace, name="one")] * 12)
    refused = [answer for answer in answers if isinstance(answer, TooManyKeysError)]
    assert len(refused) == 10
    assert ApiKey.objects.of(workspace).count() == 2


def test_a_use_is_written_once_a_minute(made, django_assert_num_queries):
    key, _written = made
    with django_assert_num_queries(1):
        record_use(key)
    key.refresh_from_db()
    assert key.last_used_at is not None
    with django_assert_num_queries(0):
        record_use(key)
    before = key.last_used_at - timedelta(seconds=61)
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=before)
    key.refresh_from_db()
    record_use(key)
    key.refresh_from_db()
    assert key.last_used_at > before
