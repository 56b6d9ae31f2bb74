"""What an insurer pays in a benefit year, and no more: counted by the days on which lines were performed."""

from collections.abc import Mapping, Sequence

from invoicing.domain.clinics.insurance_plans import InsurancePlan
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.proration import spread
from invoicing.domain.invoice.totals import line_costs


def by_line(invoice: Invoice, parts: Sequence[int] | None, whole_minor: int) -> Sequence[int]:
    """An insurer's part of the whole, told by line: as the parts are, or as the lines cost where there are none."""
    if parts is not None and sum(parts) == whole_minor:
        return parts
    weights = line_costs(invoice) if parts is None else parts
    return spread(whole_minor, weights, [line.line_id for line in invoice.lines])


def within_maximum(draft: Invoice, plan: InsurancePlan, parts: Sequence[int], used: Mapping[int, int]) -> Sequence[int]:
    """The parts, of each benefit year no more than is left of its maximum; what is too much is off its last lines."""
    if plan.yearly_maximum_minor is None:
        return parts
    left: dict[int, int] = {}
    within = []
    for line, part in zip(draft.lines, parts, strict=True):
        year = plan.year_of(line.performed_on)
        most = left.get(year, max(0, plan.yearly_maximum_minor - used.get(year, 0)))
        within.append(min(part, most))
        left[year] = most - within[-1]
    return within
