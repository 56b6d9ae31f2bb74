"""Invoices and credit notes as invoicing itself makes them, on the wire: their sums are those of the books."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.invoice.credit_note import LineCredit, credit_note
from invoicing.domain.invoice.invoice import InsuranceSplit
from invoicing.domain.invoice.invoice import Invoice as DomainInvoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.invoice.line import Line, LineDiscount, PriceBasis, Waiver
from invoicing.domain.invoice.parties import Buyer, Coverage
from invoicing.domain.invoice.totals import asked_minor, sums_of, weighed
from invoicing.publishing import snapshot

from contracts import invoicing as wire
from kernel.actor import Actor
from kernel.change import Change
from kernel.money import Money
from tests.unit.invoicing import examples

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MANAGER = Actor("usr-3", "Jonas Abel", "billing_manager")
EXEMPT = "Treatment, § 4 no. 14 UStG"
BANK = {"iban": "DE02120300000000202051", "bic": "BYLADEM1001", "holder": "Zahnarztpraxis am Markt"}
AUTHORITY = {
    "payer_id": "heilfuersorge",
    "name": "Polizeipräsidium",
    "address": {"lines": ["Amtsstraße 1"], "postal_code": "10115", "city": "Berlin", "country": "DE"},
    "buyer_reference": "04011000-1234512345-06",
}


@dataclass(frozen=True, slots=True)
class Item:
    """A line to be billed; discounts are (scope, minor units), on the basis of its price."""

    price_minor: int = 12_500
    quantity: str = "1"
    category: str = "E"
    rate: str = "0"
    basis: PriceBasis = "net"
    discounts: tuple[tuple[str, int], ...] = ()
    unit: str | None = None
    day: date = date(2026, 11, 20)
    waived: bool = False
    reason: str | None = EXEMPT


def clinic(**changes: Any) -> Clinic:
    """With everything that an electronic invoice asks for, XRechnung too."""
    whole = {
        "tax_id": "DE123456788",
        "email": "praxis@example.org",
        "phone": "+49 30 5550100",
        "contact_name": "Praxisverwaltung",
        "bank_account": BANK,
        "public_payers": [AUTHORITY],
    }
    return examples.clinic(**whole | changes)


def bill(
    items: Sequence[Item],
    currency: str = "EUR",
    *,
    of: Clinic | None = None,
    insurer_minor: int | None = None,
    ahead_minor: int = 0,
    **changes: Any,
) -> wire.InvoiceFinalized:
    """A finalized invoice. `insurer_minor` is the authority's part, `ahead_minor` what the patient paid before."""
    return _on_the_wire(_finalized(items, currency, of, insurer_minor, ahead_minor, changes))


def credited(
    items: Sequence[Item], asks: Sequence[LineCredit] | None = None, currency: str = "EUR", **changes: Any
) -> wire.CreditNoteIssued:
    """A credit note of such an invoice: of all of it, or of parts of its lines."""
    insurer_minor = changes.pop("insurer_minor", None)
    invoice = _finalized(items, currency, changes.pop("of", None), insurer_minor, 0, changes)
    note = credit_note(invoice, [], asks, "CN-2026-000003", date(2026, 11, 21), Change(AT, MANAGER, "done twice"))
    return wire.CreditNoteIssued.model_validate_json(snapshot(note))


def _finalized(
    items: Sequence[Item],
    currency: str,
    of: Clinic | None,
    insurer_minor: int | None,
    ahead_minor: int,
    changes: dict[str, Any],
) -> DomainInvoice:
    sums = sums_of(tuple(_line(nth, item, currency) for nth, item in enumerate(items, 1)), currency)
    draft = replace(
        examples.drafted(patient={"email": "lucja@example.org", "locale": "de-DE"}),
        currency=currency,
        lines=sums.lines,
        tax=sums.tax,
        totals=sums.totals,
        problems=(),
        **changes,
    )
    if insurer_minor is not None:
        draft = _insured(draft, insurer_minor)
    return finalize(draft, of or clinic(), "2026-000042", Change(AT, MANAGER), ahead_minor).state


def _insured(draft: DomainInvoice, minor: int) -> DomainInvoice:
    coverage = Coverage("heilfuersorge", "Heilfürsorge", None, "X1", None)
    nothing = Money(0, draft.currency)
    split = InsuranceSplit(
        *("heilfuersorge", "Heilfürsorge", None, "X1", "by hand"),
        insurer_part=Money(minor, draft.currency),
        patient_part=Money(asked_minor(draft.totals) - minor, draft.currency),
        insurer_paid=nothing,
        patient_paid=nothing,
    )
    buyer: Buyer = replace(draft.buyer, coverage=coverage)
    return replace(draft, insurance=split, buyer=buyer)


def _line(nth: int, item: Item, currency: str) -> Line:
    line = Line(
        line_id=f"l-{nth}",
        kind="procedure",
        source_id=f"p-{nth}",
        code="D2391",
        system=None,
        description=f"Composite no. {nth}",
        tooth="14",
        surfaces=("O", "D"),
        area=None,
        quantity=item.quantity,
        unit=item.unit,
        performed_on=item.day,
        provider_id="doc-4",
        unpriced=False,
        unit_price=Money(item.price_minor, currency),
        net=None,
        tax_category=item.category,
        tax_rate=item.rate,
        exemption_reason=item.reason if item.category == "E" else None,
        price=None,
        basis=item.basis,
        waiver=Waiver("a friend", MANAGER, AT, Money(item.price_minor, currency)) if item.waived else None,
    )
    costs = weighed(replace(line, net=line.unit_price))
    given = tuple(
        LineDiscount(f"d-{scope}-{n}", f"Rabatt {n}", "fixed", None, scope, False, Money(minor, currency))  # type: ignore[arg-type]
        for n, (scope, minor) in enumerate(item.discounts, 1)
    )
    return replace(costs, discounts=given)


def _on_the_wire(invoice: DomainInvoice) -> wire.InvoiceFinalized:
    return wire.InvoiceFinalized.model_validate_json(snapshot(invoice))
