"""What a clinic's insurers pay: plans of payers, as the clinic agreed them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from kernel.money import percent

ShareKind = Literal["percent", "fixed"]


@dataclass(frozen=True, slots=True)
class Share:
    """How much of an amount: `rate` per cent of it, or a fixed `amount_minor`, but never more than it."""

    kind: ShareKind
    rate: str | None = None
    amount_minor: int | None = None

    def of(self, minor: int) -> int:
        """The insurer's part of the amount, half up."""
        part = percent(minor, self.rate or "0") if self.kind == "percent" else self.amount_minor or 0
        return min(part, minor)


@dataclass(frozen=True, slots=True)
class LineCover:
    """The share of each line with one of the codes; of every line, where none is named."""

    codes: tuple[str, ...]
    share: Share


@dataclass(frozen=True, slots=True)
class InsurancePlan:
    """What one payer pays, for one of their plans or (None) for all that are not named.

    Either `lines`, of which the first that fits a line counts, or a share of the whole `invoice`. The maximum is for
    each patient and benefit year, in minor units of the clinic's currency; the year begins on the first of a month.
    """

    payer_id: str
    plan: str | None = None
    lines: tuple[LineCover, ...] = ()
    invoice: Share | None = None
    yearly_maximum_minor: int | None = None
    renews_in_month: int = 1

    def year_of(self, day: date) -> int:
        """The benefit year of what was done on that day, called by the calendar year in which it begins."""
        return day.year if day.month >= self.renews_in_month else day.year - 1

    def share_of(self, code: str) -> Share | None:
        """What is paid of a line with this code."""
        return next((cover.share for cover in self.lines if not cover.codes or code in cover.codes), None)


def plan_for(plans: tuple[InsurancePlan, ...], payer_id: str, plan: str | None) -> InsurancePlan | None:
    """The payer's plan of that name, else the one for all their plans."""
    mine = {candidate.plan: candidate for candidate in plans if candidate.payer_id == payer_id}
    return mine.get(plan, mine.get(None))
