from dataclasses import dataclass, field
from datetime import datetime

from billing.models import Plan
from billing.periods import next_reset


@dataclass
class Charged:
    regular: int
    permanent: int
    period: int
    refunded: int | None = None


@dataclass
class ExpectedWallet:
    """What a wallet should hold, worked out without a database: the rules, told once more."""

    regular: int = 0
    permanent: int = 0
    plan: Plan | None = None
    next_plan: Plan | None = None
    ends: bool = False
    anchor: datetime | None = None
    resets_at: datetime | None = None
    period: int = 0
    jobs: dict[str, Charged] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.regular + self.permanent

    def advance(self, now: datetime) -> None:
        """End the period if it is over."""
        if self.resets_at is None or now < self.resets_at:
            return
        self.period += 1
        self.plan = None if self.ends else self.next_plan or self.plan
        self.next_plan, self.ends = None, False
        if self.plan is None:
            self.regular, self.anchor, self.resets_at = 0, None, None
        else:
            self.regular = self.plan.monthly_credits
            self.resets_at = next_reset(self.anchor, now)

    def grant(self, amount: int, balance: str, now: datetime) -> None:
        if balance == "permanent":
            self.permanent += amount
            return
        if self.resets_at is None:
            self.begin(None, now)
        self.regular += amount

    def taken(self, amount: int, source: str, *, up_to: bool) -> int | None:
        """Take credits back; returns how many, or None where that is refused."""
        there = {
            "permanent": self.permanent if source != "regular" else 0,
            "regular": self.regular if source != "permanent" else 0,
        }
        held = sum(there.values())
        if held == 0 or (amount > held and not up_to):
            return None
        rest = min(amount, held)
        for name, part in there.items():
            setattr(self, name, getattr(self, name) - min(part, rest))
            rest -= min(part, rest)
        return min(amount, held)

    def begin(self, plan: Plan | None, now: datetime) -> None:
        self.period += 1
        self.plan, self.next_plan, self.ends = plan, None, False
        self.anchor, self.resets_at = now, next_reset(now, now)

    def start(self, plan: Plan, now: datetime) -> None:
        self.begin(plan, now)
        self.regular = plan.monthly_credits

    def change(self, plan: Plan) -> None:
        self.ends, self.next_plan = False, None
        if plan.monthly_credits < self.plan.monthly_credits:
            self.next_plan = plan
        else:
            self.regular += plan.monthly_credits - self.plan.monthly_credits
            self.plan = plan

    def end(self, *, at_once: bool) -> None:
        self.next_plan = None
        if not at_once:
            self.ends = True
            return
        self.period += 1
        self.regular = 0
        self.plan, self.ends, self.anchor, self.resets_at = None, False, None, None

    def charge(self, job_id: str, amount: int) -> None:
        regular = min(self.regular, amount)
        self.jobs[job_id] = Charged(regular, amount - regular, self.period)
        self.regular -= regular
        self.permanent -= amount - regular

    def refund(self, job_id: str, amount: int) -> int:
        job = self.jobs[job_id]
        if job.refunded is not None:
            return job.refunded
        if amount == 0:
            return 0
        job.refunded = amount
        permanent = min(job.permanent, amount)
        self.permanent += permanent
        if job.period == self.period:
            self.regular += amount - permanent
        return amount
