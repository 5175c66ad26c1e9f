from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.operations import home_workspace
from accounts.transactions import require_transaction
from billing.ledger import Parts, append, lock_wallet
from billing.models import Entry, EntryKind, SignupGrant
from billing.signup_addresses import address_hashes


def grant_signup_credits(*, person: User, address: str) -> Entry | None:
    """Give a person the ``SIGNUP_CREDITS`` that come with an address, once.

    They go to the person's own workspace, which is made where there is none. Returns None
    where nothing is given: the person or the address had credits before, or there are none.
    A further address of a person who had them is remembered, so that it gives nothing to the
    next account either.
    """
    require_transaction()
    if not settings.SIGNUP_CREDITS:
        return None
    User.objects.select_for_update().get(pk=person.pk)  # of two at once the second waits
    hashes = address_hashes(address)
    known = SignupGrant.objects.filter(address_hash__in=hashes).exists()
    had = SignupGrant.objects.filter(person=person, gave_credits=True).exists()
    if known or not _remember(person, hashes[0], gave_credits=not had) or had:
        return None
    return append(
        lock_wallet(home_workspace(user=person)),
        EntryKind.GRANT,
        Parts(permanent=settings.SIGNUP_CREDITS),
        idempotency_key=f"signup:{person.pk}",
        reason="Sign-up credits",
    )


def _remember(person: User, address_hash: str, *, gave_credits: bool) -> bool:
    """Note an address; False where somebody else was given credits for it at this moment."""
    try:
        with transaction.atomic():
            SignupGrant.objects.create(
                person=person, address_hash=address_hash, gave_credits=gave_credits
            )
    except IntegrityError:
        return False
    return True
