from typing import Any

from allauth.account.signals import user_signed_up
from django.db import transaction
from django.dispatch import receiver

from accounts.models import User
from accounts.operations import ensure_personal_workspace


@receiver(user_signed_up)
def _give_workspace(*, user: User, **_kwargs: Any) -> None:
    with transaction.atomic():
        ensure_personal_workspace(user=user)
