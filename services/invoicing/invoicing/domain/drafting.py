"""A session becomes a draft: every procedure and every material is a line, priced or marked unpriced, never missing."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from chassis.kernel.ids import derived_id
from chassis.kernel.money import Money, times
from invoicing.domain import session as said
from invoicing.domain.clinic import Address, Clinic
from invoicing.domain.invoice import ActorRef, Buyer, Coverage, Invoice, Line, PriceTrace, Provider
from invoicing.domain.prices import ItemKey, PriceList
from invoicing.domain.totals import tax_of, totals_of

UNPRICED = "unpriced"
NOT_CONFIGURED = "clinic-not-configured"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clinic's sessions are priced with.

    Without a clinic the draft is kept, marked, in the fallback currency.
    """

    clinic: Clinic | None
    price_list: PriceList | None
    fallback_currency: str

    @property
    def currency(self) -> str:
        if self.price_list is not None:
            return self.price_list.currency
        return self.clinic.currency if self.clinic is not None else self.fallback_currency

    def day_of(self, moment: datetime) -> date:
        """The clinic's date; the date as the clinical system wrote it where no clinic is configured."""
        return self.clinic.local_date(moment) if self.clinic is not None else moment.date()


def invoice_id_of(clinic_id: str, session_id: str) -> str:
    """One invoice a session: the id is the session's."""
    return derived_id("inv", clinic_id, session_id)


def draft(session: said.Session, terms: Terms, at: datetime, by: ActorRef) -> Invoice:
    """The first version of the session's invoice."""
    lines = _lines(session, terms)
    tax = tax_of(lines, terms.currency)
    return Invoice(
        invoice_id=invoice_id_of(session.clinic_id, session.session_id),
        clinic_id=session.clinic_id,
        patient_id=session.patient.patient_id,
        session_id=session.session_id,
        session_version=session.version,
        price_list_id=session.price_list_id,
        version=1,
        status="draft",
        number=None,
        currency=terms.currency,
        lines=lines,
        tax=tax,
        totals=totals_of(tax, terms.currency),
        problems=_problems(lines, terms),
        buyer=_buyer(session.patient),
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
    )


def reprice(invoice: Invoice, terms: Terms) -> Invoice:
    """The same draft with today's terms for the lines that have no price; what has a price keeps it."""
    if invoice.currency != terms.currency and not all(line.unpriced for line in invoice.lines):
        return invoice
    lines = tuple(_priced(line, terms) if line.unpriced else line for line in invoice.lines)
    tax = tax_of(lines, terms.currency)
    return replace(
        invoice,
        lines=lines,
        tax=tax,
        totals=totals_of(tax, terms.currency),
        problems=_problems(lines, terms),
        currency=terms.currency,
    )


def _lines(session: said.Session, terms: Terms) -> tuple[Line, ...]:
    day = terms.day_of(session.completed_at)
    provider_id = session.provider.provider_id if session.provider is not None else None
    lines = [_procedure(p, day, provider_id, terms) for p in session.procedures]
    lines += [_material(m, day, provider_id, terms) for m in session.materials]
    return tuple(lines)


def _procedure(procedure: said.Procedure, day: date, provider_id: str | None, terms: Terms) -> Line:
    return _line(
        ("procedure", procedure.system, procedure.code),
        terms,
        source_id=procedure.procedure_id,
        description=procedure.description,
        quantity=procedure.quantity,
        performed_on=procedure.performed_on or day,
        provider_id=procedure.provider_id or provider_id,
        system=procedure.system,
        tooth=procedure.tooth,
        surfaces=procedure.surfaces,
        area=procedure.area,
    )


def _material(material: said.Material, day: date, provider_id: str | None, terms: Terms) -> Line:
    return _line(
        ("material", material.unit, material.sku),
        terms,
        source_id=material.material_id,
        description=material.description,
        quantity=material.quantity,
        performed_on=day,
        provider_id=provider_id,
        unit=material.unit,
    )


def _line(
    key: ItemKey,
    terms: Terms,
    *,
    source_id: str,
    description: str,
    quantity: str,
    performed_on: date,
    provider_id: str | None,
    system: str | None = None,
    tooth: str | None = None,
    surfaces: tuple[str, ...] = (),
    area: str | None = None,
    unit: str | None = None,
) -> Line:
    """A line with its price on the day it was performed; unpriced where the list has none."""
    price_list = terms.price_list
    item = price_list.price(key, performed_on) if price_list is not None else None
    kind = key[0]
    currency = terms.currency
    return Line(
        line_id=f"{kind}:{source_id}",
        kind=kind,
        source_id=source_id,
        code=key[2],
        system=system,
        description=description,
        tooth=tooth,
        surfaces=surfaces,
        area=area,
        quantity=quantity,
        unit=unit,
        performed_on=performed_on,
        provider_id=provider_id,
        unpriced=item is None,
        unit_price=Money(item.unit_price_minor, currency) if item else None,
        net=Money(times(item.unit_price_minor, quantity), currency) if item else None,
        tax_category=item.tax_category if item else None,
        tax_rate=item.tax_rate if item else None,
        exemption_reason=item.exemption_reason if item else None,
        price=PriceTrace(price_list.price_list_id, price_list.version, "list") if item and price_list else None,
    )


def _priced(line: Line, terms: Terms) -> Line:
    scope = line.system if line.kind == "procedure" else line.unit
    return _line(
        (line.kind, scope or "", line.code),
        terms,
        source_id=line.source_id or line.line_id,
        description=line.description,
        quantity=line.quantity,
        performed_on=line.performed_on,
        provider_id=line.provider_id,
        system=line.system,
        tooth=line.tooth,
        surfaces=line.surfaces,
        area=line.area,
        unit=line.unit,
    )


def _problems(lines: tuple[Line, ...], terms: Terms) -> tuple[str, ...]:
    """Why the draft cannot be finalized."""
    found = (NOT_CONFIGURED,) if terms.clinic is None else ()
    return (*found, UNPRICED) if any(line.unpriced for line in lines) else found


def _buyer(patient: said.Patient) -> Buyer:
    return Buyer(
        patient_id=patient.patient_id,
        name=patient.name,
        email=patient.email,
        locale=patient.locale,
        birth_date=patient.birth_date,
        address=_address(patient.address),
        coverage=_coverage(patient.coverage),
    )


def _address(address: said.Address | None) -> Address | None:
    if address is None:
        return None
    return Address(tuple(address.lines), address.postal_code, address.city, address.country)


def _coverage(cover: said.Coverage | None) -> Coverage | None:
    if cover is None:
        return None
    return Coverage(cover.payer_id, cover.payer_name, cover.plan, cover.member_id, cover.relationship)


def _provider(provider: said.Provider | None) -> Provider | None:
    return None if provider is None else Provider(provider.provider_id, provider.name, provider.npi)
