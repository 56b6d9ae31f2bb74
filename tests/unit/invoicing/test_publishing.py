"""What the store writes is the event of the contract: the same fields, nothing lost, read back as the same state."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from invoicing.domain.drafts.drafting import draft
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import archive, edit, finalize, void
from invoicing.domain.pricing.terms import Terms
from invoicing.domain.receivables.account import balance
from invoicing.publishing import snapshot

from contracts import clinical, values
from contracts.clinical import SessionCompleted
from contracts.invoicing import (
    AccountBalanceChanged,
    InvoiceArchived,
    InvoiceDrafted,
    InvoiceFinalized,
    InvoicePaid,
    InvoicePaymentApplied,
    InvoiceRevised,
    InvoiceVoided,
)
from contracts.invoicing import Invoice as InvoiceEvent
from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import BusinessError
from tests.parts.sessions import COMPOSITE, CROWN, FILLING, XRAY
from tests.unit.invoicing.examples import AT, allocated, clinic, payment, terms, voided_later

ID = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=128)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
MAYBE = st.none() | TEXT
DATES = st.dates(date(1900, 1, 1), date(9998, 12, 31))
TIMES = st.datetimes(datetime(1901, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC))
QUANTITY = st.from_regex(r"[0-9]{1,12}(\.[0-9]{1,6})?", fullmatch=True).filter(lambda text: float(text) > 0)
ADDRESS = st.builds(
    values.Address,
    lines=st.lists(TEXT, max_size=2).map(tuple),
    postal_code=MAYBE,
    city=MAYBE,
    country=st.sampled_from(["DE", "FR", None]),
)
COVERAGE = st.builds(
    clinical.Coverage,
    payer_id=ID,
    payer_name=MAYBE,
    payer_email=MAYBE,
    plan=MAYBE,
    member_id=MAYBE,
    relationship=MAYBE,
)
GUARDIAN = st.builds(clinical.Guardian, name=TEXT.filter(bool), email=MAYBE, locale=MAYBE)
PATIENT = st.builds(
    clinical.Patient,
    patient_id=ID,
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300),
    email=MAYBE,
    locale=MAYBE,
    birth_date=st.none() | DATES,
    address=st.none() | ADDRESS,
    coverage=st.none() | COVERAGE,
    guardian=st.none() | GUARDIAN,
)
PROCEDURE = st.builds(
    clinical.Procedure,
    procedure_id=ID,
    code=st.sampled_from([FILLING, CROWN, XRAY]) | ID,
    description=TEXT,
    tooth=MAYBE,
    surfaces=st.lists(TEXT, max_size=3).map(tuple),
    area=MAYBE,
    quantity=QUANTITY,
    performed_on=st.none() | DATES,
    provider_id=st.none() | ID,
)
MATERIAL = st.builds(
    clinical.Material,
    material_id=ID,
    sku=st.just(COMPOSITE) | ID,
    description=TEXT,
    quantity=QUANTITY,
    unit=st.just("g") | TEXT,
    procedure_id=st.none() | ID,
)
SESSIONS = st.builds(
    SessionCompleted,
    session_id=ID,
    clinic_id=ID,
    version=st.integers(1, 2**53 - 1),
    completed_at=TIMES,
    patient=PATIENT,
    price_list_id=st.none() | ID,
    provider=st.none() | st.builds(clinical.Provider, provider_id=ID, name=MAYBE, npi=MAYBE),
    procedures=st.lists(PROCEDURE, min_size=1, max_size=3, unique_by=lambda p: p.procedure_id).map(tuple),
    materials=st.lists(MATERIAL, max_size=3, unique_by=lambda m: m.material_id).map(tuple),
)
TERMS = st.sampled_from([terms(), Terms(None, None, "KWD"), Terms(clinic(), None, "EUR")])
CHANGES = st.builds(Change, TIMES, st.builds(Actor, st.text("abc-", max_size=9), MAYBE, TEXT), MAYBE)


def read_as(kind: type[InvoiceEvent], invoice: Invoice) -> InvoiceEvent:
    """The contract reads what is written, and would write the same again: no field is missing, none is too many."""
    written = snapshot(invoice)
    read = kind.model_validate_json(written)
    assert json.loads(read.model_dump_json()) == json.loads(written)
    assert read.model_fields_set == kind.model_fields.keys() == {field.name for field in fields(Invoice)}
    assert msgspec.json.decode(written, type=Invoice) == invoice
    return read


@given(SESSIONS, TERMS, CHANGES)
@settings(max_examples=60)
def test_every_draft_reads_as_its_event_without_loss(completed: SessionCompleted, known: Terms, change: Change) -> None:
    try:
        invoice = draft(completed, known, change.at, change.by)
    except BusinessError as refused:
        event(refused.code)
        return
    read = read_as(InvoiceDrafted, invoice)
    assert (read.subject, read.version, read.session_version) == (invoice.invoice_id, 1, completed.version)
    assert [line.line_id for line in read.lines] == [line.line_id for line in invoice.lines]
    assert len({line.line_id for line in read.lines}) == len(completed.procedures) + len(completed.materials)


@given(SESSIONS, CHANGES)
@settings(max_examples=20)
def test_every_later_state_reads_as_its_event_without_loss(completed: SessionCompleted, change: Change) -> None:
    priced = completed.model_copy(update={"procedures": (clinical.Procedure.model_validate(PRICED),), "materials": ()})
    revised = edit(draft(priced, terms(), change.at, change.by), change, note=change.reason, due_on=None).state
    final = finalize(revised, clinic(bank_account={"iban": "DE89", "holder": "Ä"}), "B-1", change).state
    part = allocated(final, [payment(final, 1, received_at=change.at)], change)
    paid = allocated(part, [payment(final, 12_500, "pay-2", received_at=change.at)], change)
    told_as: list[tuple[type[InvoiceEvent], Invoice]] = [
        (InvoiceRevised, revised),
        (InvoiceFinalized, final),
        (InvoicePaymentApplied, part),
        (InvoicePaid, paid),
        (InvoiceArchived, archive(paid, change).state),
        (InvoiceRevised, voided_later(final, change)),
        (InvoiceVoided, void(final, change).state),
    ]
    for kind, invoice in told_as:
        read_as(kind, invoice)


PRICED = {"procedure_id": "p-1", "code": FILLING, "performed_on": "2026-11-20"}


@given(CHANGES, st.lists(st.integers(0, 99_999), max_size=4))
def test_every_account_reads_as_its_event_without_loss(change: Change, amounts: list[int]) -> None:
    invoice = finalize(
        draft(SessionCompleted.model_validate(SAID), terms(), AT, change.by), clinic(), "B-1", change
    ).state
    payments = [
        payment(invoice, amount, f"pay-{nth}", received_at=AT + timedelta(hours=nth), currency="EUR" if nth else "JPY")
        for nth, amount in enumerate(amounts)
    ]
    mine = invoice.clinic_id, invoice.patient_id
    account = balance(*mine, 3, [allocated(invoice, payments, change)], payments, change, change.at.date())
    written = snapshot(account)
    read = AccountBalanceChanged.model_validate_json(written)
    assert json.loads(read.model_dump_json()) == json.loads(written)
    assert read.model_fields_set == AccountBalanceChanged.model_fields.keys()


SAID: dict[str, Any] = {
    "session_id": "ses-1",
    "clinic_id": "clinic-berlin",
    "version": 1,
    "completed_at": "2026-11-20T09:45:00+01:00",
    "patient": {"patient_id": "pat-77", "name": "Łucja Øster"},
    "procedures": [PRICED],
}


@pytest.mark.parametrize("letters", [117, 118, 119, 128])
def test_a_line_of_a_procedure_with_a_long_id_has_an_id_that_readers_take(letters: int) -> None:
    long = [PRICED | {"procedure_id": "p" * (letters - 1) + last} for last in "ab"]
    invoice = draft(SessionCompleted.model_validate(SAID | {"procedures": long}), terms(), AT, Actor("x", None, "y"))
    read = read_as(InvoiceDrafted, invoice)
    assert len({line.line_id for line in read.lines}) == 2
    assert [line.source_id for line in read.lines] == [p["procedure_id"] for p in long]


def test_a_state_with_another_field_would_be_seen() -> None:
    invoice = draft(SessionCompleted.model_validate(SAID), terms(), AT, Actor("x", None, "y"))
    tampered = snapshot(replace(invoice, note="n")).replace(b'"note"', b'"notes"')
    read = InvoiceDrafted.model_validate_json(tampered)
    assert json.loads(read.model_dump_json()) != json.loads(tampered)
