"""What a payment system, or staff in its place, has happen to a workspace.

Each takes the reference that the event has there. The same event told again changes nothing;
a reference that was used for anything else is refused, and so is one that is empty or longer
than 200 characters (ValueError).
"""

from accounts.models import Workspace
from billing.errors import (
    AlreadySubscribedError,
    NotSubscribedError,
    PlanNotOfferedError,
    ReferenceUsedError,
)
from billing.integrity import translated
from billing.ledger import (
    SYSTEM,
    Parts,
    append,
    lapse_regular,
    lock_wallet,
    open_period,
    require_amount,
    set_terms,
)
from billing.models import MAX_REFERENCE, Entry, EntryKind, PaymentEvent, PaymentKind, Plan, Wallet


def start_subscription(
    *, workspace: Workspace, plan: Plan, external_reference: str, actor: str = SYSTEM
) -> Wallet:
    """Put a workspace on ``plan`` from now on; the first month's credits come at once.

    What is left of earlier regular credits lapses, as at any reset. A subscription that is
    to end at its reset may be replaced so; another one must be changed.

    Raises:
        ReferenceUsedError: the reference stands for something else.
        AlreadySubscribedError: the workspace has a plan that goes on.
        PlanNotOfferedError: the plan is not active.
    """
    wallet = lock_wallet(workspace)
    told = _tell(wallet, PaymentKind.STARTED, external_reference, plan=plan, actor=actor)
    if told is None:
        return wallet
    if wallet.plan_id is not None and not wallet.ends_at_reset:
        raise AlreadySubscribedError
    _require_offered(plan)
    lapse_regular(wallet, actor=actor)
    open_period(wallet, plan=plan)
    if plan.monthly_credits:
        append(
            wallet,
            EntryKind.RESET,
            Parts(regular=plan.monthly_credits),
            actor=actor,
            idempotency_key=told,
        )
    return wallet


def change_plan(
    *, workspace: Workspace, plan: Plan, external_reference: str, actor: str = SYSTEM
) -> Wallet:
    """Move a subscription to ``plan``; its reset day stays.

    To a plan with as many monthly credits or more: at once, and the difference is granted
    for the running period. To one with fewer: at the next reset. Either way a change or an
    end that waited for the reset is replaced; choosing the present plan takes it back.

    Raises:
        ReferenceUsedError: the reference stands for something else.
        NotSubscribedError: the workspace has no plan.
        PlanNotOfferedError: the plan is neither active nor the present one.
    """
    wallet = lock_wallet(workspace)
    told = _tell(wallet, PaymentKind.CHANGED, external_reference, plan=plan, actor=actor)
    if told is None:
        return wallet
    present = wallet.plan
    if present is None:
        raise NotSubscribedError
    if plan != present:
        _require_offered(plan)
    more = plan.monthly_credits - present.monthly_credits
    if more < 0:
        _change_at_reset(wallet, next_plan=plan)
        return wallet
    set_terms(wallet, plan=plan, anchored_at=wallet.anchored_at, resets_at=wallet.resets_at)
    if more:
        append(wallet, EntryKind.GRANT, Parts(regular=more), actor=actor, idempotency_key=told)
    return wallet


def end_subscription(
    *, workspace: Workspace, external_reference: str, at_once: bool = False, actor: str = SYSTEM
) -> Wallet:
    """End a subscription at its next reset, or ``at_once`` with its regular credits.

    Raises:
        ReferenceUsedError: the reference stands for something else.
        NotSubscribedError: the workspace has no plan.
    """
    wallet = lock_wallet(workspace)
    if _tell(wallet, PaymentKind.ENDED, external_reference, actor=actor) is None:
        return wallet
    if wallet.plan_id is None:
        raise NotSubscribedError
    if at_once:
        lapse_regular(wallet, actor=actor)
        set_terms(wallet, plan=None, anchored_at=None, resets_at=None)
    else:
        _change_at_reset(wallet, next_plan=None)
    return wallet


def record_purchase(
    *,
    workspace: Workspace,
    credits: int,  # noqa: A002 - the field's name
    external_reference: str,
    actor: str = SYSTEM,
) -> Entry:
    """Add a bought pack of permanent credits; returns its entry, also when told again.

    Raises:
        ValueError: ``credits`` is not within 1 and 10^12.
        ReferenceUsedError: the reference stands for something else.
    """
    require_amount(credits)
    wallet = lock_wallet(workspace)
    told = _tell(wallet, PaymentKind.PURCHASED, external_reference, credits=credits, actor=actor)
    if told is None:
        return Entry.objects.get(
            wallet=wallet, idempotency_key=_key(PaymentKind.PURCHASED, external_reference)
        )
    return append(
        wallet, EntryKind.PURCHASE, Parts(permanent=credits), actor=actor, idempotency_key=told
    )


def _tell(
    wallet: Wallet,
    kind: PaymentKind,
    reference: str,
    *,
    plan: Plan | None = None,
    credits: int | None = None,  # noqa: A002 - the field's name
    actor: str,
) -> str | None:
    """Note an event; returns the key for its entry, or None where it was told before."""
    if not 1 <= len(reference) <= MAX_REFERENCE:
        raise ValueError(f"a reference has 1 to {MAX_REFERENCE} characters")
    known = PaymentEvent.objects.filter(reference=reference).first()
    if known is None:
        with translated():
            PaymentEvent.objects.create(
                wallet=wallet,
                kind=kind,
                reference=reference,
                plan=plan,
                credits=credits,
                actor=actor,
            )
        return _key(kind, reference)
    if (known.wallet_id, known.kind, known.plan_id, known.credits) != (
        wallet.pk,
        kind,
        plan and plan.pk,
        credits,
    ):
        raise ReferenceUsedError(f"{reference} was used for something else")
    return None


def _key(kind: PaymentKind, reference: str) -> str:
    return f"{kind}:{reference}"


def _require_offered(plan: Plan) -> None:
    if not plan.active:
        raise PlanNotOfferedError


def _change_at_reset(wallet: Wallet, *, next_plan: Plan | None) -> None:
    wallet.next_plan = next_plan
    wallet.ends_at_reset = next_plan is None
    wallet.save(update_fields=["next_plan", "ends_at_reset"])
