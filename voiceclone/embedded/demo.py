"""The demo workspace: something to try the service with at once."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts.api_keys import authenticate, create_api_key
from accounts.models import ApiKey, User, Workspace
from accounts.operations import create_workspace
from billing.operations import grant

EMAIL = "demo@example.com"
CREDITS = 100_000
_KEY_NAME = "demo"


@dataclass(frozen=True, slots=True)
class Demo:
    """What there is to try: the files hold the secrets, mode 600."""

    email: str
    password_file: Path
    key_file: Path


def ensure_demo() -> Demo:
    """Make the demo workspace, its person and its key where they are missing."""
    demo = Demo(EMAIL, settings.HOME / "demo-password", settings.HOME / "demo-key")
    with transaction.atomic():
        user = User.objects.filter(email=EMAIL).first()
        if user is None:
            password = secrets.token_urlsafe(12)
            user = User.objects.create_superuser(EMAIL, password)
            workspace = create_workspace(name="Demo", owner=user)
            grant(workspace=workspace, amount=CREDITS, reason="demo", idempotency_key="demo")
            # No mail reaches this address, and one may have to be confirmed to log in.
            EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
            _write_secret(demo.password_file, password)
    key_workspace = Workspace.objects.of(user).first()
    if key_workspace is not None and not _key_works(demo.key_file):
        ApiKey.objects.of(key_workspace).filter(name=_KEY_NAME).delete()
        _key, written = create_api_key(workspace=key_workspace, name=_KEY_NAME, created_by=user)
        _write_secret(demo.key_file, written)
    return demo


def _key_works(path: Path) -> bool:
    return path.exists() and authenticate(path.read_text().strip()) is not None


def _write_secret(path: Path, secret: str) -> None:
    draft = path.with_name(f".{path.name}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secret + "\n")
    draft.replace(path)
