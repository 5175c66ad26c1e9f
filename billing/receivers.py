from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_signed_up
from django.conf import settings
from django.db import transaction
from django.dispatch import receiver

from accounts.models import User, Workspace
from accounts.signals import workspace_created
from billing.operations import grant_signup_credits, open_wallet


@receiver(workspace_created)
def _open_wallet(*, workspace: Workspace, **_kwargs: Any) -> None:
    open_wallet(workspace=workspace)


@receiver(email_confirmed)
def _give_credits_for_the_address(*, email_address: EmailAddress, **_kwargs: Any) -> None:
    with transaction.atomic():
        grant_signup_credits(person=email_address.user, address=email_address.email)


@receiver(user_signed_up)
def _give_credits_at_once(*, user: User, **_kwargs: Any) -> None:
    if settings.SIGNUP_CREDITS_UNVERIFIED:
        with transaction.atomic():
            grant_signup_credits(person=user, address=user.email)
