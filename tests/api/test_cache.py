"""Pages go on working without Redis."""

from typing import Any

import pytest
from django.core.cache import cache, caches
from django.test import Client


@pytest.fixture
def redis_away(settings: Any) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "voiceclone.cache.ForgivingRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }


def test_the_cache_is_empty_while_redis_is_away(redis_away: None) -> None:
    cache.set("name", "Ada")
    assert cache.get("name", "nobody") == "nobody"
    assert cache.add("name", "Ada") is True
    assert cache.delete("name") is False


def test_the_cache_keeps_what_it_is_given(settings: Any) -> None:
    caches["default"].set("name", "Ada")
    assert caches["default"].get("name") == "Ada"


@pytest.mark.django_db
def test_people_can_still_sign_in(redis_away: None, settings: Any) -> None:
    from accounts.models import User

    User.objects.create_user("ada@example.com", "correct horse battery")
    form = {"login": "ada@example.com", "password": "correct horse battery"}
    reply = Client().post("/accounts/login/", form)
    assert reply.status_code == 302
    assert reply.headers["Location"] == "/dashboard/"
