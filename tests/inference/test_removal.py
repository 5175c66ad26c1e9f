"""Many stored files are removed by few requests, and refusals are told one by one."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from moto.server import ThreadedMotoServer

from inference.removal import remove_stored

BUCKET = "recordings"


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def requests(s3_server: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Files lie in a bucket; gives the names of the requests that were sent to it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    options = {"bucket_name": BUCKET, "endpoint_url": s3_server, "region_name": "us-east-1"}
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    }
    sent: list[str] = []
    events = default_storage.bucket.meta.client.meta.events
    events.register("before-call.s3", lambda model, **_: sent.append(model.name))
    return sent


def saved(count: int) -> list[str]:
    return [default_storage.save(f"a/{number}", ContentFile(b"1")) for number in range(count)]


def test_a_bucket_is_asked_once_for_many_files(requests: list[str]) -> None:
    names = saved(5)
    requests.clear()
    assert remove_stored([*names, "", "a/never-there", names[0]]) == set()
    assert requests == ["DeleteObjects"]
    assert not any(default_storage.exists(name) for name in names)


def test_a_request_holds_no_more_than_a_thousand_files(requests: list[str]) -> None:
    assert remove_stored(f"a/{number}" for number in range(1001)) == set()
    assert requests == ["DeleteObjects"] * 2


def test_a_bucket_that_refuses_the_request_keeps_all(
    requests: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = saved(2)
    gone = default_storage.connection.Bucket("no-such-bucket")
    monkeypatch.setattr(default_storage._wrapped, "_bucket", gone)
    assert remove_stored(names) == set(names)


def test_a_file_that_the_bucket_keeps_is_named(
    requests: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = {"Errors": [{"Key": "a/2", "Code": "AccessDenied"}]}
    monkeypatch.setattr(default_storage.bucket, "delete_objects", lambda **_: refusal)
    assert remove_stored(["a/1", "a/2"]) == {"a/2"}


def test_a_store_without_that_request_is_asked_for_each_file(
    requests: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "NotImplemented"}}, "DeleteObjects")

    names = saved(2)
    monkeypatch.setattr(default_storage.bucket, "delete_objects", unknown)
    requests.clear()
    assert remove_stored(names) == set()
    assert requests == ["DeleteObject"] * 2
    assert not any(default_storage.exists(name) for name in names)


@pytest.mark.anydb
def test_a_folder_of_files_is_gone_through_and_refusals_are_named() -> None:
    names = saved(2)
    kept = default_storage.save("b/folder/file", ContentFile(b"1"))
    assert remove_stored([*names, "b/folder"]) == {"b/folder"}
    assert not any(default_storage.exists(name) for name in names)
    assert default_storage.exists(kept)
