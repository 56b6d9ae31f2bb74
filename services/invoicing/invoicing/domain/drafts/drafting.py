"""A session becomes a draft: every procedure and every material is a line, priced or marked unpriced, never missing."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from invoicing.domain.clinics.clinic import Address
from invoicing.domain.discounts.application import discounted, reductions
from invoicing.domain.discounts.approval_limits import with_excess_requested
from invoicing.domain.drafts.session import (
    Session,
    SessionAddress,
    SessionCoverage,
    SessionGuardian,
    SessionLabInvoice,
    SessionMaterial,
    SessionPatient,
    SessionProcedure,
    SessionProvider,
    SessionSubscriber,
)
from invoicing.domain.insurance.split import split
from invoicing.domain.invoice.invoice import CurrencyBalance, Diagnosis, Discount, Invoice, Problem
from invoicing.domain.invoice.lifecycle import DRAFT
from invoicing.domain.invoice.line import LabInvoice, Line
from invoicing.domain.invoice.parties import Buyer, Coverage, Guardian, Provider, Subscriber
from invoicing.domain.invoice.totals import Sums, sums_of, weighed
from invoicing.domain.pricing.price_list import NO_PRICE, ItemKey
from invoicing.domain.pricing.price_list_choice import PricingContext
from invoicing.domain.pricing.terms import Terms
from kernel.actor import Actor
from kernel.errors import BusinessError
from kernel.ids import derived_id
from kernel.money import MOST_MINOR
from kernel.value import replace

UNPRICED: Final = "unpriced"
AWAITS_APPROVAL: Final = "awaits-approval"
CONFLICTING: Final = "conflicting-edit"
NOT_CONFIGURED: Final = "clinic-not-configured"
MAX_LINES = 1_500
"""More could make an invoice larger than a record of its topic may be."""
MAX_ID_LETTERS = 128
"""What the wire takes of an id."""
_NO_FACTOR = (None, None, None)


@lru_cache(maxsize=4096)
def invoice_id_of(clinic_id: str, session_id: str) -> str:
    """One invoice a session: the id is the session's."""
    return derived_id("inv", clinic_id, session_id)


def draft(
    session: Session, terms: Terms, at: datetime, by: Actor, previous: tuple[CurrencyBalance, ...] = ()
) -> Invoice:
    """The first version of the session's invoice; `previous` is what the patient's account says before it.

    Raises BusinessError for more lines, or a greater amount, than an invoice can hold.
    """
    buyer = _buyer(session.patient)
    lines = _discounted(_described(_lines(session, terms), terms, buyer), terms, buyer, (), terms.currency)
    sums = _checked_sums(lines, terms.currency, session.session_id)
    invoice = Invoice(
        invoice_id=invoice_id_of(session.clinic_id, session.session_id),
        clinic_id=session.clinic_id,
        patient_id=session.patient.patient_id,
        session_id=session.session_id,
        session_version=session.version,
        price_list_id=session.price_list_id,
        version=1,
        status=DRAFT,
        number=None,
        currency=terms.currency,
        lines=sums.lines,
        tax=sums.tax,
        totals=sums.totals,
        problems=_lacks(sums.lines, terms),
        buyer=buyer,
        seller=None,
        provider=_provider(session.provider),
        allocations=(),
        note=None,
        issued_on=None,
        due_on=None,
        drafted_at=at,
        finalized_at=None,
        paid_at=None,
        archived_at=None,
        voided_at=None,
        changed_at=at,
        changed_by=by,
        reason=None,
        previous_balances=previous,
        diagnoses=tuple(Diagnosis(d.diagnosis_id, d.code, d.system, d.description) for d in session.diagnoses),
    )
    return split(invoice, terms.clinic)


def reprice(invoice: Invoice, terms: Terms) -> Invoice:
    """The same draft with today's terms for the lines that have no price; what has a price keeps it.

    It is the same altogether when prices in another currency came first, or cost more than an invoice can hold.
    """
    if invoice.currency != terms.currency and not all(line.unpriced for line in invoice.lines):
        return invoice
    cover = invoice.buyer.coverage
    lines = tuple(priced(line, terms, cover) if line.unpriced else line for line in invoice.lines)
    try:
        return with_lines(replace(invoice, currency=terms.currency), lines, terms)
    except BusinessError:
        return invoice


def with_lines(invoice: Invoice, lines: tuple[Line, ...], terms: Terms) -> Invoice:
    """The draft with these lines, its discounts evaluated anew, and the sums that follow.

    What people took off by hand awaits a second person where it is above their limits now. A discount that a person
    granted on a line that is gone is gone with it. Raises BusinessError for a greater amount than an invoice can hold.
    """
    if invoice.discounts or invoice.discount_requests:
        invoice = _without_strays(invoice, lines)
    lines = _described(tuple(map(weighed, lines)), terms, invoice.buyer)
    invoice = with_excess_requested(replace(invoice, lines=lines), terms.policy)
    reduced = _discounted(invoice.lines, terms, invoice.buyer, invoice.discounts, invoice.currency)
    sums = _checked_sums(reduced, invoice.currency, invoice.session_id)
    problems = _problems(sums.lines, terms, bool(invoice.discount_requests))
    after = replace(invoice, lines=sums.lines, tax=sums.tax, totals=sums.totals, problems=problems)
    return split(after, terms.clinic)


def _described(lines: tuple[Line, ...], terms: Terms, buyer: Buyer) -> tuple[Line, ...]:
    """What nobody described is described as in the price list, in the patient's language where the list has it."""
    if all(line.description and not line.description.isspace() for line in lines):
        return lines
    return tuple(line if line.description.strip() else _as_listed(line, terms, buyer) for line in lines)


def _as_listed(line: Line, terms: Terms, buyer: Buyer) -> Line:
    text = terms.description(_item_key(line), line.performed_on, _context(line, buyer.coverage), buyer.locale)
    return replace(line, description=text, listed_description=True) if text else line


def _item_key(line: Line) -> ItemKey:
    return line.kind, (line.system if line.kind == "procedure" else line.unit) or "", line.code


def _context(line: Line, cover: Coverage | None) -> PricingContext:
    return PricingContext(cover.payer_id if cover else None, cover.plan if cover else None, line.provider_id)


def _without_strays(invoice: Invoice, lines: tuple[Line, ...]) -> Invoice:
    there = {None, *(line.line_id for line in lines)}
    return replace(
        invoice,
        discounts=tuple(discount for discount in invoice.discounts if discount.line_id in there),
        discount_requests=tuple(discount for discount in invoice.discount_requests if discount.line_id in there),
    )


def _discounted(
    lines: tuple[Line, ...], terms: Terms, buyer: Buyer, granted: Sequence[Discount], currency: str
) -> tuple[Line, ...]:
    if terms.policy is None and not granted:
        return lines
    family_size = terms.families.get(buyer.patient_id, 1)
    return discounted(lines, reductions(terms.policy, buyer, family_size, granted, currency), currency)


def _checked_sums(lines: tuple[Line, ...], currency: str, session_id: str | None) -> Sums:
    sums = sums_of(lines, currency)
    if sums.most_minor > MOST_MINOR:
        raise BusinessError("amount-too-large", f"session {session_id} costs more than an invoice can tell")
    return sums


def _lines(session: Session, terms: Terms) -> tuple[Line, ...]:
    day = terms.day_of(session.completed_at)
    provider_id = session.provider.provider_id if session.provider is not None else None
    if (count := len(session.procedures) + len(session.materials)) > MAX_LINES:
        raise BusinessError("too-many-lines", f"{count} lines; an invoice holds at most {MAX_LINES}")
    cover = session.patient.coverage
    payer_id, plan = (cover.payer_id, cover.plan) if cover is not None else (None, None)
    visit = day, PricingContext(payer_id, plan, provider_id)
    done = {
        p.procedure_id: (p.performed_on or day, PricingContext(payer_id, plan, p.provider_id or provider_id))
        for p in session.procedures
    }
    lines = [_procedure(p, *done[p.procedure_id], terms) for p in session.procedures]
    # What was used for a procedure was used on its day, by whoever did it; the rest on the day of the visit.
    lines += [_material(m, *done.get(m.procedure_id or "", visit), terms) for m in session.materials]
    return tuple(lines)


# The lines are built by position: keywords take four times as long, and every line of every invoice comes through here.


def _procedure(procedure: SessionProcedure, day: date, who: PricingContext, terms: Terms) -> Line:
    id_, system, code, quantity = procedure.procedure_id, procedure.system, procedure.code, procedure.quantity
    quote = terms.quote(("procedure", system, code), day, quantity, who, procedure.factor)
    line = Line(
        _line_id("procedure", id_),
        "procedure",
        id_,
        code,
        system,
        procedure.description,
        procedure.tooth,
        procedure.surfaces,
        procedure.area,
        quantity,
        None,
        day,
        who.provider_id,
        quote is NO_PRICE,
        quote.unit_price,
        quote.amount,
        quote.tax_category,
        quote.tax_rate,
        quote.exemption_reason,
        quote.trace,
        quote.basis,
        quote.amount,
    )
    # Few sessions say any of it.
    terms_of_factor = procedure.factor, procedure.factor_reason, procedure.fee_agreed_on
    if terms_of_factor == _NO_FACTOR and not procedure.diagnosis_ids and quote.exemption_code is None:
        return line
    factor, reason, agreed_on = terms_of_factor
    return replace(
        line,
        diagnosis_ids=procedure.diagnosis_ids,
        factor=factor,
        factor_reason=reason,
        fee_agreed_on=agreed_on,
        exemption_code=quote.exemption_code,
    )


def _material(material: SessionMaterial, day: date, who: PricingContext, terms: Terms) -> Line:
    id_, unit, sku, quantity = material.material_id, material.unit, material.sku, material.quantity
    key: ItemKey = ("material", unit, sku)
    lab = None if material.lab_invoice is None else _lab_invoice(material.lab_invoice)
    quote = terms.quote(key, day, quantity, who) if lab is None else terms.at_cost(key, day, quantity, who, lab.amount)
    line = Line(
        _line_id("material", id_),
        "material",
        id_,
        sku,
        None,
        material.description,
        None,
        (),
        None,
        quantity,
        unit,
        day,
        who.provider_id,
        quote is NO_PRICE,
        quote.unit_price,
        quote.amount,
        quote.tax_category,
        quote.tax_rate,
        quote.exemption_reason,
        quote.trace,
        quote.basis,
        quote.amount,
    )
    if lab is None and quote.exemption_code is None:
        return line
    return replace(line, lab_invoice=lab, exemption_code=quote.exemption_code)


def _lab_invoice(lab: SessionLabInvoice) -> LabInvoice:
    return LabInvoice(lab.number, lab.laboratory, lab.issued_on, lab.amount, lab.document)


def _line_id(kind: str, source_id: str) -> str:
    plain = f"{kind}:{source_id}"
    return plain if len(plain) <= MAX_ID_LETTERS else derived_id(kind, source_id)


def priced(line: Line, terms: Terms, cover: Coverage | None) -> Line:
    """The line as the price lists have it on its day, or unpriced."""
    asked = _item_key(line), line.performed_on, line.quantity, _context(line, cover)
    lab = line.lab_invoice
    quote = terms.quote(*asked, line.factor) if lab is None else terms.at_cost(*asked, lab.amount)
    return replace(
        line,
        unpriced=quote is NO_PRICE,
        unit_price=quote.unit_price,
        net=quote.amount,
        tax_category=quote.tax_category,
        tax_rate=quote.tax_rate,
        exemption_reason=quote.exemption_reason,
        price=quote.trace,
        basis=quote.basis,
        amount=quote.amount,
        exemption_code=quote.exemption_code,
    )


def _lacks(lines: tuple[Line, ...], terms: Terms) -> tuple[Problem, ...]:
    """What the clinic's terms do not say, and the draft cannot be finalized without."""
    found: tuple[Problem, ...] = (NOT_CONFIGURED,) if terms.clinic is None else ()
    return (*found, UNPRICED) if any(line.unpriced for line in lines) else found


def _problems(lines: tuple[Line, ...], terms: Terms, requested: bool) -> tuple[Problem, ...]:
    """Why the draft cannot be finalized, with what people did to its lines."""
    found = _lacks(lines, terms)
    if requested or any(line.by_hand is not None and line.by_hand.awaits_approval for line in lines):
        found = (*found, AWAITS_APPROVAL)
    return (*found, CONFLICTING) if any(line.conflict for line in lines) else found


def _buyer(patient: SessionPatient) -> Buyer:
    return Buyer(
        patient_id=patient.patient_id,
        name=patient.name,
        email=patient.email,
        locale=patient.locale,
        birth_date=patient.birth_date,
        address=_address(patient.address),
        coverage=_coverage(patient.coverage),
        secondary_coverage=_coverage(patient.secondary_coverage),
        guardian=_guardian(patient.guardian),
    )


def _address(address: SessionAddress | None) -> Address | None:
    if address is None:
        return None
    return Address(tuple(address.lines), address.postal_code, address.city, address.country)


def _coverage(cover: SessionCoverage | None) -> Coverage | None:
    if cover is None:
        return None
    return Coverage(
        cover.payer_id,
        cover.payer_name,
        cover.plan,
        cover.member_id,
        cover.relationship,
        cover.group_number,
        _subscriber(cover.subscriber),
        cover.assignment_of_benefits,
        cover.payer_email,
    )


def _subscriber(holder: SessionSubscriber | None) -> Subscriber | None:
    return None if holder is None else Subscriber(holder.name, holder.subscriber_id, holder.birth_date)


def _guardian(guardian: SessionGuardian | None) -> Guardian | None:
    return None if guardian is None else Guardian(guardian.name, guardian.email, guardian.locale)


def _provider(provider: SessionProvider | None) -> Provider | None:
    return None if provider is None else Provider(provider.provider_id, provider.name, provider.npi)
