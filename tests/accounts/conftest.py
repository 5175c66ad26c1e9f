import pytest
from django.db import transaction

from accounts.models import User, Workspace
from accounts.operations import create_workspace


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("Ada@Example.com", "a long enough password")


@pytest.fixture
def workspace(ada) -> Workspace:
    with transaction.atomic():
        return create_workspace(name="Analytical engines", owner=ada)


@pytest.fixture
def other(db) -> Workspace:
    with transaction.atomic():
        return create_workspace(name="Compilers")
