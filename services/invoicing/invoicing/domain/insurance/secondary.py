"""A second insurer pays some of what the first one leaves: of no line more than its cost, whatever both would pay."""

from collections.abc import Mapping, Sequence

from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.clinics.insurance_plans import InsurancePlan, plan_for
from invoicing.domain.insurance.maximum import within_maximum
from invoicing.domain.invoice.invoice import Invoice, SecondaryInsurer
from invoicing.domain.invoice.payers import minor_of
from invoicing.domain.invoice.proration import spread
from invoicing.domain.invoice.totals import asked_minor, line_costs
from kernel.money import Money
from kernel.value import replace


def secondary_plan_of(draft: Invoice, clinic: Clinic) -> InsurancePlan | None:
    """The clinic's plan for the patient's second coverage."""
    cover = draft.buyer.secondary_coverage
    return None if cover is None else plan_for(clinic.insurance, cover.payer_id, cover.plan)


def rests_of(draft: Invoice) -> list[int]:
    """What the first insurer leaves of each line; of a part of the whole, they pay the same part of each line."""
    return [cost - part for cost, part in zip(line_costs(draft), _by_line(draft), strict=True)]


def with_second_plan(draft: Invoice, plan: InsurancePlan, clinic: Clinic, used: Mapping[int, int]) -> Invoice:
    """The draft, split for the first insurer, with what the second pays by their plan.

    Of each line their share of its cost, but no more than the first leaves; `used` as for `split`.
    """
    cover, costs, rests = draft.buyer.secondary_coverage, line_costs(draft), rests_of(draft)
    if cover is None:
        return draft
    if plan.invoice is not None:
        whole_minor = min(plan.invoice.of(asked_minor(draft.totals)), sum(rests))
        parts = spread(whole_minor, rests, [line.line_id for line in draft.lines])
    else:
        shares = [plan.share_of(line.code) for line in draft.lines]
        wanted = [0 if share is None else share.of(cost) for share, cost in zip(shares, costs, strict=True)]
        parts = [min(part, rest) for part, rest in zip(wanted, rests, strict=True)]
    rule = f"{plan.payer_id}/{plan.plan or '*'}, profile {clinic.version}"
    within = within_maximum(draft, plan, parts, used)
    if sum(within) < sum(parts):
        rule = f"{rule}, yearly maximum"
    nothing = Money(0, draft.currency)
    second = SecondaryInsurer(cover.payer_id, cover.payer_name, cover.plan, cover.member_id, rule, nothing)
    return with_second(draft, second, within, sum(within))


def with_second(draft: Invoice, second: SecondaryInsurer, parts: Sequence[int] | None, whole_minor: int) -> Invoice:
    """The draft, split for the first insurer, with the second's part: by line, or of the whole beside the first's."""
    known, amount = draft.insurance, Money(whole_minor, draft.currency)
    if known is None:
        return draft
    if parts is None and any(line.insurer_part is not None for line in draft.lines):
        parts = spread(whole_minor, rests_of(draft), [line.line_id for line in draft.lines])
    lines = draft.lines
    if parts is not None:
        lines = tuple(
            replace(
                line,
                insurer_part=Money(first + part, draft.currency),
                secondary_part=Money(part, draft.currency),
            )
            for line, first, part in zip(lines, _by_line(draft), parts, strict=True)
        )
    both = replace(
        known,
        insurer_part=known.insurer_part + amount,
        patient_part=known.patient_part - amount,
        secondary=replace(second, amount=amount),
    )
    return replace(draft, lines=lines, insurance=both)


def _by_line(draft: Invoice) -> list[int]:
    """What the first insurer pays of each line."""
    if draft.insurance is None or any(line.insurer_part is not None for line in draft.lines):
        return [minor_of(line.insurer_part) for line in draft.lines]
    whole_minor = draft.insurance.insurer_part.amount_minor
    return spread(whole_minor, line_costs(draft), [line.line_id for line in draft.lines])
