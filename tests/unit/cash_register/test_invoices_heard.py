"""What invoices tell of cash: which VAT is in it, and whose register it is."""

from datetime import UTC, datetime, timedelta

import pytest
from cash_register.consumers import allocations_of, business_of
from cash_register.domain.exports.closings import Business
from cash_register.domain.exports.heard import BusinessSince, business_at, news
from cash_register.domain.exports.vat import Taxed

from contracts.invoicing import Invoice, InvoicePaid
from contracts.samples import SAMPLES

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
OLD, NEW = Business("Praxis Alt"), Business("Praxis Neu")


def invoice() -> Invoice:
    """The sample that is paid."""
    paid = SAMPLES[InvoicePaid.TYPE].event
    assert isinstance(paid, Invoice)
    return paid


def test_cash_is_allocated_with_the_invoices_number_and_vat() -> None:
    paid = invoice()
    first = paid.allocations[0]
    cash = paid.model_copy(update={"allocations": (first.model_copy(update={"method": "cash"}),)})
    [allocation] = allocations_of(cash)
    assert (allocation.payment_id, allocation.invoice_id) == (first.payment_id, paid.invoice_id)
    assert (allocation.invoice_number, allocation.amount_minor) == (paid.number, first.amount.amount_minor)
    assert allocation.taxed == tuple(
        Taxed(part.category, part.rate, part.base.amount_minor, part.tax.amount_minor) for part in paid.tax
    )


def test_what_was_not_paid_in_cash_is_no_business_of_a_register() -> None:
    paid = invoice()
    by_card = tuple(a.model_copy(update={"method": "card"}) for a in paid.allocations)
    assert allocations_of(paid.model_copy(update={"allocations": by_card})) == []


@pytest.mark.parametrize(
    ("tax_id", "numbers"),
    [("DE123456789", ("", "DE123456789")), ("27/123/45678", ("27/123/45678", "")), (None, ("", ""))],
)
def test_the_clinic_is_as_its_invoice_has_it(tax_id: str | None, numbers: tuple[str, str]) -> None:
    paid = invoice()
    assert paid.seller is not None
    entry = paid.model_copy(update={"seller": paid.seller.model_copy(update={"tax_id": tax_id})})
    [since] = business_of(entry)
    assert (since.business.name, since.since) == (paid.seller.name, paid.finalized_at)
    assert (since.business.tax_number, since.business.vat_id) == numbers


def test_a_draft_says_nothing_of_the_clinic() -> None:
    assert business_of(invoice().model_copy(update={"seller": None})) == []


def test_a_closing_is_of_the_clinic_as_it_was_then() -> None:
    known = [since(NEW, 10), since(OLD, 0)]
    assert business_at(known, "clinic-berlin", AT + timedelta(days=9)) == OLD
    assert business_at(known, "clinic-berlin", AT + timedelta(days=10)) == NEW
    assert business_at(known, "clinic-berlin", AT - timedelta(days=1)) == OLD
    assert business_at([], "clinic-berlin", AT) == Business("clinic-berlin")


def test_only_what_is_not_known_yet_is_news() -> None:
    known = [since(OLD, 0), since(NEW, 10)]
    assert [news(known, entry) for entry in (since(OLD, 5), since(NEW, 12), since(OLD, 12), since(OLD, -1))] == [
        *(False, False, True, True)
    ]


def since(business: Business, days: int) -> BusinessSince:
    return BusinessSince(clinic_id="clinic-berlin", since=AT + timedelta(days=days), business=business)
