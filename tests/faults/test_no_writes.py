"""A database or a storage that takes no writes: what is only read is still answered."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.test import Client

from accounts import api_keys
from accounts.models import ApiKey
from tests.support.callers import Caller, make_caller
from voiceclone import writes
from voiceclone.folder_storage import FolderStorage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.anydb]

READS = (
    "/api/v1/credits",
    "/api/v1/credits/ledger",
    "/api/v1/voices",
    "/api/v1/voices?type=SYSTEM",
    "/api/v1/tts",
    "/api/v1/webhooks",
    "/v1/models",
    "/v1/audio/voices",
    "/v2/x/health",
)


@pytest.fixture
def ada() -> Caller:
    return make_caller("Ada")


@pytest.fixture(autouse=True)
def _looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(api_keys, "_notes_rest_until", 0.0)
    writes.database_writes.forget()
    writes.storage_writes.forget()
    yield
    writes.database_writes.forget()
    writes.storage_writes.forget()


@contextmanager
def read_only() -> Iterator[None]:
    """Have this thread's database refuse writes."""
    is_sqlite = connection.vendor == "sqlite"
    on, off = (
        ("PRAGMA query_only = 1", "PRAGMA query_only = 0")
        if is_sqlite
        else ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    )
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


@contextmanager
def full() -> Iterator[None]:
    """Leave the SQLite file no page to grow by."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 4294967294")


def ready() -> dict[str, Any]:
    reply = Client().get("/readyz")
    body: dict[str, Any] = reply.json()
    assert (reply.status_code == 200) == (body["status"] == "ok")
    return body


def test_a_read_is_answered_though_the_key_s_use_cannot_be_noted(ada: Caller) -> None:
    with read_only():
        for path in READS:
            assert ada.get(path).status_code == 200, path
    assert ApiKey.objects.get(pk=ada.key.pk).last_used_at is None


def test_a_key_s_use_is_noted_again_once_it_can_be(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with read_only():
        ada.get("/api/v1/credits")
    monkeypatch.setattr(api_keys, "_notes_rest_until", 0.0)
    assert ada.get("/api/v1/credits").status_code == 200
    assert ApiKey.objects.get(pk=ada.key.pk).last_used_at is not None


def test_a_key_of_an_earlier_secret_works_though_it_cannot_be_hashed_anew(
    ada: Caller, settings: Any
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key for tests only, as long as it has to be"
    with read_only():
        assert ada.get("/api/v1/credits").status_code == 200


def test_readiness_tells_of_a_database_that_takes_no_writes(ada: Caller) -> None:
    assert ready()["database"] == "ok"
    writes.database_writes.forget()
    with read_only():
        assert ready()["database"] == "unwritable"
        assert Client().get("/healthz").status_code == 200
    writes.database_writes.forget()
    assert ready()["database"] == "ok"


def test_a_submission_is_refused_and_not_charged(ada: Caller) -> None:
    before = ada.credits()
    ada.client.raise_request_exception = False
    with read_only():
        assert ada.say().status_code == 500
    assert ada.credits() == before


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_readiness_tells_of_a_database_without_a_page_to_spare(ada: Caller) -> None:
    with full():
        assert ready()["database"] == "unwritable"
        assert ada.get("/api/v1/credits").status_code == 200
    writes.database_writes.forget()
    assert ready()["database"] == "ok"


def test_readiness_tells_of_a_full_storage_and_leaves_nothing_there(
    settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = FileSystemStorage(location=tmp_path)
    save = storage._save

    def full_save(name: str, content: Any) -> str:
        save(name, content)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writes, "default_storage", storage)
    assert ready()["storage"] == "ok"
    monkeypatch.setattr(storage, "_save", full_save)
    writes.storage_writes.forget()
    assert ready()["storage"] == "unwritable"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_storage_could_not_write_whole_is_not_left_there(tmp_path: Any) -> None:
    storage = FolderStorage(location=tmp_path)

    def breaks_off() -> Iterator[bytes]:
        yield bytes(100_000)
        raise OSError(errno.ENOSPC, "No space left on device")

    content = ContentFile(b"")
    content.chunks = breaks_off  # type: ignore[method-assign]
    with pytest.raises(OSError, match="No space left"):
        storage.save("voices/a/reference.mp3", content)
    assert storage.listdir("voices/a") == ([], [])
    assert storage.save("voices/a/reference.mp3", ContentFile(b"whole")) == "voices/a/reference.mp3"


def test_writes_are_tried_every_few_seconds_at_most() -> None:
    tries: list[int] = []
    looked = writes.Writes(lambda: tries.append(1))
    assert [looked.work() for _ in range(100)] == [True] * 100
    assert len(tries) == 1
