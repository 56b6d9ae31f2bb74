"""Who pays what of an invoice: the insurer's part and the patient's, by the clinic's plans or as a person set them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.clinics.insurance_plans import InsurancePlan, plan_for
from invoicing.domain.invoice.events import InvoiceOutcome, revised
from invoicing.domain.invoice.invoice import InsuranceSplit, Invoice
from invoicing.domain.invoice.lifecycle import Command, allow, edit, following
from invoicing.domain.invoice.line import Line
from invoicing.domain.invoice.parties import Coverage
from invoicing.domain.invoice.totals import asked_minor
from invoicing.domain.receivables.allocation import COUNTING, payable_minor
from kernel.change import Change
from kernel.errors import BusinessError, Conflict
from kernel.money import Money, percent, written

BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class WantedSplit:
    """A split as a person asks for it: of the invoice, or by line; without a payer, it is the coverage's."""

    insurer_part: Money | None = None
    lines: Mapping[str, Money] = field(default_factory=dict)
    coverage: Coverage | None = None


def split(draft: Invoice, clinic: Clinic | None, used_minor: int = 0) -> Invoice:
    """The draft with both parts as of its totals now; the same object where there is nothing to split.

    `used_minor` is what the payer pays for this patient on other invoices of the year. What a person set stays, as
    far as the invoice costs as much.
    """
    if (by_hand := _by_hand(draft)) is not None:
        return _capped(draft, by_hand)
    plan, cover = plan_of(draft, clinic), draft.buyer.coverage
    if plan is None or cover is None or clinic is None:
        return draft if draft.insurance is None else _unsplit(draft)
    parts, whole_minor = _parts(draft, plan)
    rule = f"{plan.payer_id}/{plan.plan or '*'}, profile {clinic.version}"
    if plan.yearly_maximum_minor is not None and (left := max(0, plan.yearly_maximum_minor - used_minor)) < whole_minor:
        whole_minor, rule = left, f"{rule}, yearly maximum"
    return _with(draft, _empty(draft.currency, cover, rule), parts, whole_minor)


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
    return revised(_with(after, _empty(draft.currency, cover, BY_HAND), parts, whole.amount_minor))


def split_by_plan(draft: Invoice, clinic: Clinic | None, change: Change) -> InvoiceOutcome:
    """What a person set is gone, the clinic's plans count again. Raises IllegalTransition."""
    return revised(split(_unsplit(edit(draft, change, note=draft.note, due_on=draft.due_on).state), clinic))


def refused(invoice: Invoice, amount: Money, change: Change) -> InvoiceOutcome:
    """A final invoice of whose insurer's part so much is not paid: the patient owes it. What was claimed by line stays.

    Raises IllegalTransition, Conflict when it is not split, and BusinessError for more than the insurer owes.
    """
    allow(invoice, Command.ALLOCATE)
    known = invoice.insurance
    if known is None:
        raise Conflict("invoice-not-split", f"no insurer pays a part of invoice {invoice.invoice_id}")
    _check(amount, (known.insurer_part - known.insurer_paid).amount_minor, invoice.currency, "/amount")
    moved = replace(known, insurer_part=known.insurer_part - amount, patient_part=known.patient_part + amount)
    return revised(following(invoice, change, insurance=moved))


def carried(before: Invoice, after: Invoice, clinic: Clinic | None) -> Invoice:
    """A draft that was drafted anew, with the split that a person set before, as far as its lines are still there."""
    if (by_hand := _by_hand(before)) is None:
        return after
    parts = {line.line_id: line.insurer_part for line in before.lines}
    lines = tuple(replace(line, insurer_part=parts.get(line.line_id)) for line in after.lines)
    return split(replace(after, lines=lines, insurance=by_hand), clinic)


def plan_of(draft: Invoice, clinic: Clinic | None) -> InsurancePlan | None:
    """The clinic's plan for the patient's coverage; plans are in the clinic's currency."""
    cover = draft.buyer.coverage
    if clinic is None or cover is None or not clinic.insurance or draft.currency != clinic.currency:
        return None
    return plan_for(clinic.insurance, cover.payer_id, cover.plan)


def insured_minor(invoices: Iterable[Invoice], payer_id: str, year: int, currency: str) -> int:
    """What the payer has to pay for invoices that were issued in the year; what was credited does not count."""
    return sum(
        min(i.insurance.insurer_part.amount_minor, payable_minor(i.totals))
        for i in invoices
        if i.status in COUNTING
        and i.insurance is not None
        and i.insurance.payer_id == payer_id
        and i.currency == currency
        and i.issued_on is not None
        and i.issued_on.year == year
    )


def line_costs(invoice: Invoice) -> list[int]:
    """What each line costs with its tax: these sum to what the invoice costs, to the cent.

    The tax of a group is spread so that it stays rounded once (EN 16931 BR-CO-17); the rounding of the invoice goes
    to the dearest line.
    """
    so_far: dict[tuple[str, str], int] = {}
    costs = []
    for line in invoice.lines:
        net = line.net.amount_minor if line.net is not None else 0
        group = (line.tax_category or "", line.tax_rate or "0")
        before = so_far.get(group, 0)
        so_far[group] = before + net
        costs.append(net + percent(before + net, group[1]) - percent(before, group[1]))
    if costs and (rest := asked_minor(invoice.totals) - sum(costs)):
        costs[costs.index(max(costs))] += rest
    return costs


def _by_hand(draft: Invoice) -> InsuranceSplit | None:
    """As a person set it, in the currency that the draft has now."""
    split_ = draft.insurance
    if split_ is None or split_.rule != BY_HAND or split_.insurer_part.currency != draft.currency:
        return None
    return split_


def _capped(draft: Invoice, by_hand: InsuranceSplit) -> Invoice:
    """What a person set, as far as lines and invoice cost as much."""
    if all(line.insurer_part is None for line in draft.lines):
        return _with(draft, by_hand, None, min(by_hand.insurer_part.amount_minor, asked_minor(draft.totals)))
    set_parts = [line.insurer_part.amount_minor if line.insurer_part else 0 for line in draft.lines]
    parts = [min(part, cost) for part, cost in zip(set_parts, line_costs(draft), strict=True)]
    return _with(draft, by_hand, parts, sum(parts))


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
    lines = []
    for n, line in enumerate(draft.lines):
        taken = None if parts is None else Money(min(parts[n], whole_minor), draft.currency)
        whole_minor -= 0 if taken is None else taken.amount_minor
        lines.append(_line(line, taken))
    return replace(draft, lines=tuple(lines), insurance=replace(empty, insurer_part=insurer, patient_part=patient))


def _unsplit(draft: Invoice) -> Invoice:
    return replace(draft, lines=tuple(_line(line, None) for line in draft.lines), insurance=None)


def _line(line: Line, part: Money | None) -> Line:
    return line if line.insurer_part == part else replace(line, insurer_part=part)


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
