"""The pages of :mod:`voiceclone.admin.subscription_actions`: a form, a preview, the deed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.models import User
from billing.errors import BillingError
from billing.models import PaymentEvent, Plan, Wallet
from billing.operations import reset
from voiceclone.admin.subscription_actions import Action, problem
from voiceclone.admin.subscription_forms import ReferenceForm

PERMISSION = "billing.add_paymentevent"


class Pages(Protocol):
    """What is needed of the wallets' admin."""

    def page(
        self, request: HttpRequest, wallet: Wallet, name: str, title: str, **more: Any
    ) -> HttpResponse:
        """Render a page about a wallet."""

    def leave(self, request: HttpRequest, wallet: Wallet) -> HttpResponse:
        """Go where this person goes after the deed."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write the admin's log."""

    def message_user(self, request: HttpRequest, message: str, level: int) -> None:
        """Say something on the next page."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an action may change of a wallet."""

    plan: Plan | None
    next_plan: Plan | None
    ends_at_reset: bool
    regular: int
    permanent: int
    resets_at: datetime | None

    @classmethod
    def of(cls, wallet: Wallet) -> "Standing":
        """Return a wallet's, as the database has it."""
        row = Wallet.objects.select_related("plan", "next_plan").get(pk=wallet.pk)
        return cls(**{name: getattr(row, name) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action did, or would do; ``known`` where it had been told before."""

    before: Standing
    after: Standing
    known: bool

    @property
    def both(self) -> tuple[Standing, Standing]:
        """How the wallet stood and how it stands, for a table."""
        return self.before, self.after


@dataclass(frozen=True, slots=True)
class ActionView:
    """An action's address."""

    pages: Pages
    action: Action

    def view(self, request: HttpRequest, workspace_id: str) -> HttpResponse:
        """Ask, show what would come of it, and do it once it is confirmed."""
        user = request.user
        if not isinstance(user, User) or not user.has_perm(PERMISSION):
            raise PermissionDenied
        wallet = get_object_or_404(
            Wallet.objects.select_related("workspace"), workspace=workspace_id
        )
        if request.method != "POST":
            return self._page(request, wallet, self.action.form(wallet=wallet))
        form = self.action.form(request.POST, wallet=wallet)
        if not form.is_valid() or "back" in request.POST:
            return self._page(request, wallet, form)
        confirmed = "confirm" in request.POST
        try:
            with transaction.atomic():
                outcome = self._perform(request, wallet, form, actor=f"user:{user.pk}")
                transaction.set_rollback(not confirmed)
        except BillingError as error:
            form.add_error(*problem(error))
            return self._page(request, wallet, form)
        if not confirmed:
            return self._page(request, wallet, form, outcome)
        if outcome.known:
            said = "This reference had been recorded before; nothing was changed."
            self.pages.message_user(request, said, messages.WARNING)
        else:
            self.pages.message_user(request, self._told(form, wallet), messages.SUCCESS)
        return self.pages.leave(request, wallet)

    def _perform(
        self, request: HttpRequest, wallet: Wallet, form: ReferenceForm, actor: str
    ) -> Outcome:
        """Do it, in the caller's transaction. A preview rolls it back, so it cannot be wrong.

        Raises:
            BillingError: a rule forbids it.
        """
        reference = form.cleaned_data["external_reference"]
        reset(workspace=wallet.workspace)  # takes the lock: of two clicks the second waits here
        before = Standing.of(wallet)
        known = PaymentEvent.objects.filter(reference=reference).exists()
        common = {
            "workspace": wallet.workspace,
            "external_reference": reference,
            "actor": actor,
        }
        self.action.perform(common, form.cleaned_data)
        if not known:
            self.pages.log_change(request, wallet, self._told(form, wallet))
        return Outcome(before, Standing.of(wallet), known)

    def _told(self, form: ReferenceForm, wallet: Wallet) -> str:
        wallet.refresh_from_db()
        reference = form.cleaned_data["external_reference"]
        return f"{self.action.tell(form.cleaned_data, wallet)} (reference {reference})."

    def _page(
        self,
        request: HttpRequest,
        wallet: Wallet,
        form: ReferenceForm,
        outcome: Outcome | None = None,
    ) -> HttpResponse:
        name = "action" if outcome is None else "action_preview"
        title = self.action.title
        return self.pages.page(
            request, wallet, name, title, form=form, outcome=outcome, said=self._words(form)
        )

    @staticmethod
    def _words(form: ReferenceForm) -> list[tuple[object, str]]:
        """Return what was said, for a reader: each field's label and choice."""
        words: list[tuple[object, str]] = []
        for field in form:
            value = getattr(form, "cleaned_data", {}).get(field.name)
            choices = dict(getattr(field.field, "choices", None) or {})
            shown = str(choices.get(value, value))
            words.append((field.label, f"{value:,}" if isinstance(value, int) else shown))
        return words
