import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_balancer_may_ask_by_any_name(path: str) -> None:
    reply = Client().get(path, headers={"host": "10.1.2.3:8000"})
    assert reply.status_code == 200
    assert reply.json()["status"] == "ok"


def test_other_pages_want_a_known_host() -> None:
    assert Client().get("/api/v1/credits", headers={"host": "10.1.2.3"}).status_code == 400
