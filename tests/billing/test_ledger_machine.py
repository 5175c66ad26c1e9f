"""Random lives of two wallets, against an account of the rules that needs no database."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import transaction
from django.db.models import Count, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing.audit import audit
from billing.errors import (
    AlreadyBilledError,
    AlreadySubscribedError,
    BillingError,
    IdempotencyConflictError,
    InsufficientCreditsError,
    NotSubscribedError,
    ReferenceUsedError,
    UnknownChargeError,
)
from billing.models import Entry, Plan, Wallet
from billing.operations import (
    change_plan,
    charge,
    end_subscription,
    grant,
    lapse,
    record_purchase,
    refund,
    reset,
    start_subscription,
    take_back,
)
from billing.queries import balance_of
from tests.billing.books import stored, wallet_of
from tests.billing.conftest import Clock, make_workspace
from tests.billing.expected_wallet import ExpectedWallet

people = st.sampled_from(["Ada", "Grace"])
plans = st.sampled_from(["Hobby", "Maker", "Twin", "Studio"])
amounts = st.integers(1, 400)
spans = st.one_of(
    st.integers(1, 80).map(lambda days: timedelta(days=days)),
    st.sampled_from([timedelta(0), timedelta(minutes=1), timedelta(days=28), timedelta(days=900)]),
)


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.patch = mock.patch("django.utils.timezone.now", self.clock.now)
        self.patch.start()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.count = 0
        self.told: list[tuple[str, str, int]] = []
        self.past: list[dict] = []

    @initialize(day=st.integers(1, 31))
    def begin(self, day):
        self.clock.set(2028, 1, day)  # a leap year
        self.who = {name: make_workspace(name) for name in ("Ada", "Grace")}
        self.expected = {name: ExpectedWallet() for name in self.who}
        monthly = {"Hobby": 100, "Maker": 300, "Twin": 300, "Studio": 1000}
        self.plans = {
            name: Plan.objects.create(name=name, monthly_credits=amount)
            for name, amount in monthly.items()
        }

    def teardown(self):
        found = list(audit())
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)
        self.patch.stop()
        assert found == []

    def new(self, what: str) -> str:
        self.count += 1
        return f"{what} {self.count}"

    def refused(self, error: type[BillingError], operation, **wish) -> None:
        with pytest.raises(error), transaction.atomic():
            operation(**wish)

    def now_of(self, name: str) -> ExpectedWallet:
        # No two things happen at the same microsecond.
        self.clock.pass_(microseconds=1)
        expected = self.expected[name]
        expected.advance(self.clock.time)
        return expected

    @rule(span=spans)
    def time_passes(self, span):
        self.clock.time += span

    @rule(name=people, amount=amounts, balance=st.sampled_from(["regular", "permanent"]))
    def credits_are_granted(self, name, amount, balance):
        expected, key = self.now_of(name), self.new("grant")
        wish = {"workspace": self.who[name], "balance": balance, "idempotency_key": key}
        first = grant(amount=amount, **wish)
        expected.grant(amount, balance, self.clock.time)
        assert grant(amount=amount, **wish) == first
        self.refused(IdempotencyConflictError, grant, amount=amount + 1, **wish)

    @rule(
        name=people,
        amount=amounts,
        source=st.sampled_from(["regular", "permanent", "both"]),
        up_to=st.booleans(),
    )
    def credits_are_taken_back(self, name, amount, source, up_to):
        expected, key = self.now_of(name), self.new("taken")
        wish = {
            "workspace": self.who[name],
            "source": source,
            "up_to": up_to,
            "reason": "charged back",
            "actor": "user:7",
            "idempotency_key": key,
        }
        taken = expected.taken(amount, source, up_to=up_to)
        if taken is None:
            self.refused(InsufficientCreditsError, take_back, amount=amount, **wish)
            return
        first = take_back(amount=amount, **wish)
        assert first.amount == -taken
        assert take_back(amount=amount, **wish) == first

    @rule(name=people, amount=amounts)
    def a_job_is_charged(self, name, amount):
        expected, job = self.now_of(name), self.new("job")
        wish = {"workspace": self.who[name], "amount": amount, "job_id": job}
        if expected.total < amount:
            self.refused(InsufficientCreditsError, charge, **wish)
            return
        charge(**wish)
        expected.charge(job, amount)

    def a_job_of(self, name: str, data) -> str:
        return data.draw(st.sampled_from(sorted(self.expected[name].jobs)))

    @rule(name=people, data=st.data(), payer=people)
    @precondition(lambda self: all(one.jobs for one in self.expected.values()))
    def a_job_is_charged_again(self, name, data, payer):
        job = self.a_job_of(name, data)
        if self.now_of(payer).total:
            self.refused(
                AlreadyBilledError, charge, workspace=self.who[payer], amount=1, job_id=job
            )

    @rule(name=people, share=st.sampled_from([0, 0.3, 0.5, 1]), data=st.data())
    @precondition(lambda self: all(one.jobs for one in self.expected.values()))
    def a_job_is_refunded(self, name, share, data):
        expected, job = self.now_of(name), self.a_job_of(name, data)
        charged = expected.jobs[job]
        amount = int((charged.regular + charged.permanent) * share)
        wish = {"workspace": self.who[name], "job_id": job}
        full = {} if share == 1 else {"amount": amount}
        assert refund(**wish, **full) == expected.refund(job, amount)

    @rule(name=people, data=st.data())
    @precondition(lambda self: all(one.jobs for one in self.expected.values()))
    def the_job_of_another_is_refunded(self, name, data):
        other = "Grace" if name == "Ada" else "Ada"
        self.now_of(name)
        job = self.a_job_of(other, data)
        self.refused(UnknownChargeError, refund, workspace=self.who[name], job_id=job)

    @rule(name=people)
    def a_due_reset_is_applied(self, name):
        self.now_of(name)
        reset(workspace=self.who[name])

    @rule(name=people)
    def regular_credits_lapse(self, name):
        expected = self.now_of(name)
        assert lapse(workspace=self.who[name]) == expected.regular
        expected.regular = 0

    @rule(name=people, plan=plans)
    def a_subscription_starts(self, name, plan):
        expected, reference = self.now_of(name), self.new("start")
        wish = {
            "workspace": self.who[name],
            "plan": self.plans[plan],
            "external_reference": reference,
        }
        if expected.plan is not None and not expected.ends:
            self.refused(AlreadySubscribedError, start_subscription, **wish)
            return
        start_subscription(**wish)
        expected.start(self.plans[plan], self.clock.time)
        start_subscription(**wish)

    @rule(name=people, plan=plans)
    def a_plan_changes(self, name, plan):
        expected, reference = self.now_of(name), self.new("change")
        wish = {
            "workspace": self.who[name],
            "plan": self.plans[plan],
            "external_reference": reference,
        }
        if expected.plan is None:
            self.refused(NotSubscribedError, change_plan, **wish)
            return
        change_plan(**wish)
        expected.change(self.plans[plan])
        change_plan(**wish)

    @rule(name=people, at_once=st.booleans())
    def a_subscription_ends(self, name, at_once):
        expected, reference = self.now_of(name), self.new("end")
        wish = {"workspace": self.who[name], "external_reference": reference, "at_once": at_once}
        if expected.plan is None:
            self.refused(NotSubscribedError, end_subscription, **wish)
            return
        end_subscription(**wish)
        expected.end(at_once=at_once)
        end_subscription(**wish)

    @rule(name=people, amount=amounts)
    def credits_are_bought(self, name, amount):
        expected, reference = self.now_of(name), self.new("invoice")
        record_purchase(workspace=self.who[name], credits=amount, external_reference=reference)
        expected.permanent += amount
        self.told.append((name, reference, amount))

    @rule(name=people, data=st.data())
    @precondition(lambda self: self.told)
    def a_purchase_is_told_again(self, name, data):
        buyer, reference, amount = data.draw(st.sampled_from(self.told))
        self.now_of(name)
        wish = {
            "workspace": self.who[name],
            "credits": amount,
            "external_reference": reference,
        }
        if buyer == name:
            assert record_purchase(**wish).amount == amount
        else:
            self.refused(ReferenceUsedError, record_purchase, **wish)

    @invariant()
    def the_balances_are_as_the_rules_say(self):
        for name, expected in getattr(self, "expected", {}).items():
            expected.advance(self.clock.time)
            seen = balance_of(self.who[name])
            assert (seen.regular, seen.permanent) == (expected.regular, expected.permanent)
            assert seen.resets_at == expected.resets_at

    @invariant()
    def balances_are_sums_and_never_negative(self):
        for workspace in getattr(self, "who", {}).values():
            balances = stored(workspace)
            assert min(balances) >= 0
            sums = Entry.objects.filter(wallet=wallet_of(workspace)).aggregate(
                regular=Sum("regular", default=0), permanent=Sum("permanent", default=0)
            )
            assert balances == (sums["regular"], sums["permanent"])

    @invariant()
    def each_job_has_one_charge_and_at_most_one_refund(self):
        for kind in ("charge", "refund"):
            jobs = Entry.objects.filter(kind=kind).values("job_id").annotate(times=Count("pk"))
            assert all(job["times"] == 1 for job in jobs)

    @invariant()
    def entries_never_change(self):
        entries = list(Entry.objects.order_by("pk").values())
        assert entries[: len(self.past)] == self.past
        self.past = entries


@pytest.mark.anydb
@pytest.mark.django_db
def test_no_life_of_a_wallet_breaks_a_rule():
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert not Wallet.objects.exists()
