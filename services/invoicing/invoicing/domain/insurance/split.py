"""Who pays what of an invoice: the insurer's part and the patient's, by the clinic's plans or as a person set them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.clinics.insurance_plans import InsurancePlan, plan_for
from invoicing.domain.insurance.by_hand import parts_now, set_by_hand
from invoicing.domain.insurance.maximum import by_line, within_maximum
from invoicing.domain.insurance.secondary import rests_of, secondary_plan_of, with_second, with_second_plan
from invoicing.domain.invoice.bearers import claims_of
from invoicing.domain.invoice.events import InvoiceOutcome, revised
from invoicing.domain.invoice.invoice import INSURER, InsuranceSplit, Invoice, SecondaryInsurer
from invoicing.domain.invoice.lifecycle import Command, allow, edit, following, settled
from invoicing.domain.invoice.line import Line
from invoicing.domain.invoice.parties import Coverage
from invoicing.domain.invoice.payers import Payer, minor_of, payer_named, shares_of
from invoicing.domain.invoice.totals import asked_minor, line_costs
from invoicing.domain.receivables.allocation import COUNTING
from kernel.change import Change
from kernel.errors import BusinessError, Conflict
from kernel.money import Money, written
from kernel.value import replace

BY_HAND = "by hand"
NOTHING_USED: Mapping[int, int] = {}


@dataclass(frozen=True, slots=True)
class WantedSplit:
    """A split as a person asks for it: of the invoice, or by line; without a payer, it is the coverage's.

    `secondary` is what a second insurer pays, of what the first leaves.
    """

    insurer_part: Money | None = None
    lines: Mapping[str, Money] = field(default_factory=dict)
    coverage: Coverage | None = None
    secondary: "WantedSplit | None" = None


def split(
    draft: Invoice,
    clinic: Clinic | None,
    used: Mapping[int, int] = NOTHING_USED,
    used_by_second: Mapping[int, int] = NOTHING_USED,
) -> Invoice:
    """The draft with its parts as of its totals now; the same object where there is nothing to split.

    `used` is, by benefit year, what the payer pays for this patient on other invoices, in minor units: each line counts
    in the year of the day on which it was performed; `used_by_second` what the second insurer does. What a person set
    stays, as far as the invoice costs as much.
    """
    if (by_hand := _by_hand(draft)) is not None:
        return _capped(draft, by_hand)
    plan, cover = plan_of(draft, clinic), draft.buyer.coverage
    if plan is None or cover is None or clinic is None:
        return draft if draft.insurance is None else _unsplit(draft)
    parts, whole_minor = _parts(draft, plan)
    rule = f"{plan.payer_id}/{plan.plan or '*'}, profile {clinic.version}"
    if plan.yearly_maximum_minor is not None:
        within = within_maximum(draft, plan, by_line(draft, parts, whole_minor), used)
        if sum(within) < whole_minor:
            # By line also where the insurer pays of the whole: only so it is known of which year's maximum it is.
            parts, whole_minor, rule = list(within), sum(within), f"{rule}, yearly maximum"
    first = _with(draft, _empty(draft.currency, cover, rule), parts, whole_minor)
    second = secondary_plan_of(draft, clinic)
    return first if second is None else with_second_plan(first, second, clinic, used_by_second)


def split_by_hand(draft: Invoice, wanted: WantedSplit, change: Change) -> InvoiceOutcome:
    """The draft with the parts that a person set. Raises IllegalTransition, and BusinessError naming the field."""
    after = edit(draft, change, note=draft.note, due_on=draft.due_on).state
    cover = wanted.coverage or draft.buyer.coverage
    if cover is None:
        raise BusinessError("payer-unknown", "the patient has no coverage: name the payer", field="/payer_id")
    costs = dict(zip((line.line_id for line in draft.lines), line_costs(draft), strict=True))
    for line_id, part in wanted.lines.items():
        if line_id not in costs:
            raise BusinessError("line-unknown", f"the invoice has no line {line_id}", field="/lines")
        _check(part, costs[line_id], draft.currency, "/lines")
    parts = [wanted.lines[id_].amount_minor if id_ in wanted.lines else 0 for id_ in costs] if wanted.lines else None
    whole = wanted.insurer_part or Money(sum(parts or ()), draft.currency)
    _check(whole, asked_minor(draft.totals), draft.currency, "/insurer_part")
    empty = replace(_empty(draft.currency, cover, BY_HAND), by_hand=set_by_hand(draft, wanted.lines, whole))
    first = _with(after, empty, parts, whole.amount_minor)
    return revised(first if wanted.secondary is None else _second_by_hand(first, wanted.secondary))


def _second_by_hand(first: Invoice, wanted: WantedSplit) -> Invoice:
    cover = wanted.coverage or first.buyer.secondary_coverage
    if cover is None:
        raise BusinessError("payer-unknown", "the patient has no second coverage: name it", field="/secondary/payer_id")
    rests = dict(zip((line.line_id for line in first.lines), rests_of(first), strict=True))
    for line_id, part in wanted.lines.items():
        if line_id not in rests:
            raise BusinessError("line-unknown", f"the invoice has no line {line_id}", field="/secondary/lines")
        _check(part, rests[line_id], first.currency, "/secondary/lines")
    parts = [wanted.lines[id_].amount_minor if id_ in wanted.lines else 0 for id_ in rests] if wanted.lines else None
    whole = wanted.insurer_part or Money(sum(parts or ()), first.currency)
    _check(whole, sum(rests.values()), first.currency, "/secondary/insurer_part")
    nothing, by_hand = Money(0, first.currency), set_by_hand(first, wanted.lines, whole)
    second = SecondaryInsurer(cover.payer_id, cover.payer_name, cover.plan, cover.member_id, BY_HAND, nothing, by_hand)
    return with_second(first, second, parts, whole.amount_minor)


def split_by_plan(draft: Invoice, clinic: Clinic | None, change: Change) -> InvoiceOutcome:
    """What a person set is gone, the clinic's plans count again. Raises IllegalTransition."""
    return revised(split(_unsplit(edit(draft, change, note=draft.note, due_on=draft.due_on).state), clinic))


def refused(invoice: Invoice, amount: Money, change: Change, payer_id: str | None = None) -> InvoiceOutcome:
    """A final invoice of whose insurer's part so much is not paid: the patient owes it. What was claimed by line stays.

    Raises IllegalTransition, Conflict when it is not split, and BusinessError for more than the insurer owes still, or
    where it is not plain which insurer.
    """
    allow(invoice, Command.ALLOCATE)
    known = invoice.insurance
    if known is None:
        raise Conflict("invoice-not-split", f"no insurer pays a part of invoice {invoice.invoice_id}")
    _, refusing = payer = payer_named(invoice, (INSURER, payer_id))
    open_ = {(share.part, share.payer_id): share.open.amount_minor for share in shares_of(invoice)}
    _check(amount, open_[payer], invoice.currency, "/amount")
    moved = replace(known, insurer_part=known.insurer_part - amount, patient_part=known.patient_part + amount)
    second = known.secondary
    if second is not None and second.payer_id == refusing:
        # Who covers the patient twice refuses by the second plan first: it only pays what the first one leaves.
        rest = max(0, second.amount.amount_minor - amount.amount_minor)
        moved = replace(moved, secondary=replace(second, amount=Money(rest, invoice.currency)))
    return revised(settled(following(invoice, change, insurance=moved), change))


def carried(before: Invoice, after: Invoice, clinic: Clinic | None) -> Invoice:
    """A draft that was drafted anew, with the split that a person set before, as far as its lines are still there."""
    if (by_hand := _by_hand(before)) is None:
        return after
    parts = {line.line_id: (line.insurer_part, line.secondary_part) for line in before.lines}
    lines = tuple(_line(line, *parts.get(line.line_id, (None, None))) for line in after.lines)
    return split(replace(after, lines=lines, insurance=by_hand), clinic)


def plan_of(draft: Invoice, clinic: Clinic | None) -> InsurancePlan | None:
    """The clinic's plan for the patient's coverage; plans are in the clinic's currency."""
    cover = draft.buyer.coverage
    if clinic is None or cover is None or not clinic.insurance or draft.currency != clinic.currency:
        return None
    return plan_for(clinic.insurance, cover.payer_id, cover.plan)


def insured_minor(invoices: Iterable[Invoice], plan: InsurancePlan, currency: str) -> dict[int, int]:
    """What the plan's payer has to pay for invoices that count, by the benefit year in which each line was performed.

    What was credited, written off or refused of their part does not count.
    """
    used: dict[int, int] = defaultdict(int)
    payer: Payer = (INSURER, plan.payer_id)
    for invoice in invoices:
        if invoice.insurance is None or invoice.currency != currency or invoice.status not in COUNTING:
            continue
        for share in shares_of(invoice):
            if (share.part, share.payer_id) == payer:
                parts = by_line(invoice, claims_of(invoice, payer), (share.paid + share.open).amount_minor)
                for line, part in zip(invoice.lines, parts, strict=True):
                    used[plan.year_of(line.performed_on)] += part
    return dict(used)


def _by_hand(draft: Invoice) -> InsuranceSplit | None:
    """As a person set it, in the currency that the draft has now."""
    split_ = draft.insurance
    if split_ is None or split_.rule != BY_HAND or split_.insurer_part.currency != draft.currency:
        return None
    return split_


def _capped(draft: Invoice, by_hand: InsuranceSplit) -> Invoice:
    """What a person set, as far as lines and invoice cost as much."""
    parts, whole_minor = _first_by_hand(draft, by_hand)
    if parts is not None:
        parts = [min(part, cost) for part, cost in zip(parts, line_costs(draft), strict=True)]
        whole_minor = sum(parts)
    first = _with(draft, replace(by_hand, secondary=None), parts, min(whole_minor, asked_minor(draft.totals)))
    second = by_hand.secondary
    if second is None:
        return first
    more, more_minor = parts_now(draft, second.by_hand)
    rests = rests_of(first)
    if more is not None:
        more = [min(part, rest) for part, rest in zip(more, rests, strict=True)]
        more_minor = sum(more)
    return with_second(first, second, more, min(more_minor, sum(rests)))


def _first_by_hand(draft: Invoice, by_hand: InsuranceSplit) -> tuple[list[int] | None, int]:
    """As it was set; of a split from before that was kept, as it is."""
    if by_hand.by_hand:
        return parts_now(draft, by_hand.by_hand)
    if all(line.insurer_part is None for line in draft.lines):
        return None, by_hand.insurer_part.amount_minor
    parts = [minor_of(line.insurer_part) for line in draft.lines]
    return parts, sum(parts)


def _parts(draft: Invoice, plan: InsurancePlan) -> tuple[list[int] | None, int]:
    """The insurer's part of each line, if they pay by line, and of the whole."""
    if plan.invoice is not None:
        return None, plan.invoice.of(asked_minor(draft.totals))
    shares = [plan.share_of(line.code) for line in draft.lines]
    parts = [0 if share is None else share.of(cost) for share, cost in zip(shares, line_costs(draft), strict=True)]
    return parts, sum(parts)


def _with(draft: Invoice, empty: InsuranceSplit, parts: Sequence[int] | None, whole_minor: int) -> Invoice:
    """What is less than the sum of the lines' parts is taken off the last ones."""
    insurer = Money(whole_minor, draft.currency)
    patient = Money(asked_minor(draft.totals) - whole_minor, draft.currency)
    lines: list[Line] = []
    for n, line in enumerate(draft.lines):
        taken = None if parts is None else Money(min(parts[n], whole_minor), draft.currency)
        whole_minor -= 0 if taken is None else taken.amount_minor
        lines.append(_line(line, taken))
    return replace(draft, lines=tuple(lines), insurance=replace(empty, insurer_part=insurer, patient_part=patient))


def _unsplit(draft: Invoice) -> Invoice:
    return replace(draft, lines=tuple(_line(line, None) for line in draft.lines), insurance=None)


def _line(line: Line, part: Money | None, of_second: Money | None = None) -> Line:
    if (line.insurer_part, line.secondary_part) == (part, of_second):
        return line
    return replace(line, insurer_part=part, secondary_part=of_second)


def _empty(currency: str, cover: Coverage, rule: str) -> InsuranceSplit:
    nothing = Money(0, currency)
    return InsuranceSplit(
        cover.payer_id, cover.payer_name, cover.plan, cover.member_id, rule, nothing, nothing, nothing, nothing
    )


def _check(part: Money, most_minor: int, currency: str, field_: str) -> None:
    if part.currency != currency:
        raise BusinessError("currency-differs", f"the invoice is in {currency}", field=field_)
    if not 0 <= part.amount_minor <= most_minor:
        most = written(Money(most_minor, currency))
        raise BusinessError("insurer-part-too-large", f"at most {most} is to be paid", field=field_)
