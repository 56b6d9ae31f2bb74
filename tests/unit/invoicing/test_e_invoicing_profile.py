"""What a clinic's profile says for electronic invoices is fixed on what it issues."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from invoicing.api.schemas.clinics import ClinicBody
from invoicing.domain.clinics.clinic import ElectronicAddress, PublicPayer
from invoicing.domain.invoice.credit_note import credit_note
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.invoice.parties import Coverage
from invoicing.publishing import snapshot
from pydantic import ValidationError

from contracts import invoicing as wire
from kernel.change import Change
from tests.parts import sessions
from tests.unit.invoicing.examples import AT, MANAGER, NOW, clinic, drafted

ADDRESS = {"lines": ["Amtsstraße 1"], "postal_code": "10115", "city": "Berlin", "country": "DE"}
AUTHORITY = {
    "payer_id": "heilfuersorge",
    "name": "Polizeipräsidium",
    "address": ADDRESS,
    "buyer_reference": "04011000-1234512345-06",
    "order_reference": "PO-7",
}
FOR_E_INVOICES = {
    "contact_name": "Praxisverwaltung",
    "electronic_address": {"scheme": "9930", "value": "DE123456788"},
    "public_payers": [AUTHORITY],
}


def issued(*payers: str) -> Invoice:
    """For a patient with these insurers."""
    first, second = (Coverage(payer, None, None, None, None) for payer in (*payers, "", "")[:2])
    draft = drafted()
    buyer = replace(draft.buyer, coverage=first if payers else None, secondary_coverage=second if payers[1:] else None)
    return finalize(replace(draft, buyer=buyer), clinic(**FOR_E_INVOICES), "B-1", Change(AT, MANAGER)).state


def test_the_seller_says_whom_to_ask_and_where_electronic_answers_go() -> None:
    seller = issued().seller
    assert seller is not None
    assert (seller.contact_name, seller.electronic_address) == (
        "Praxisverwaltung",
        ElectronicAddress("9930", "DE123456788"),
    )


@pytest.mark.parametrize(
    ("payers", "found"), [((), False), (("aok",), False), (("heilfuersorge",), True), (("aok", "heilfuersorge"), True)]
)
def test_a_public_payer_of_the_patients_coverage_is_on_the_invoice(payers: tuple[str, ...], found: bool) -> None:
    payer = issued(*payers).public_payer
    assert isinstance(payer, PublicPayer) == found
    assert payer is None or payer.order_reference == "PO-7"


def test_the_events_tell_it_of_invoice_and_credit_note() -> None:
    invoice = issued("heilfuersorge")
    note = credit_note(invoice, [], None, "CN-1", date(2026, 11, 20), NOW)
    event = wire.InvoiceFinalized.model_validate_json(snapshot(invoice))
    taken_off = wire.CreditNoteIssued.model_validate_json(snapshot(note))
    assert event.public_payer is not None
    assert event.public_payer == taken_off.public_payer == wire.PublicPayer.model_validate(AUTHORITY)
    assert event.seller is not None
    assert event.seller.electronic_address == wire.ElectronicAddress(scheme="9930", value="DE123456788")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"electronic_address": {"scheme": "XX", "value": "a"}}, ("electronic_address", "scheme")),
        ({"electronic_address": {"scheme": "EM", "value": "  "}}, ("electronic_address", "value")),
        ({"public_payers": [AUTHORITY | {"address": ADDRESS | {"city": None}}]}, ("public_payers", 0, "address")),
        ({"public_payers": [AUTHORITY | {"buyer_reference": ""}]}, ("public_payers", 0, "buyer_reference")),
        ({"public_payers": [AUTHORITY, AUTHORITY]}, ("public_payers",)),
        ({"public_payers": [AUTHORITY | {"leitweg": "1"}]}, ("public_payers", 0, "leitweg")),
    ],
)
def test_what_no_authority_could_use_is_refused_where_it_stands(changes: Any, place: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as refusal:
        ClinicBody.model_validate(sessions.clinic(**changes))
    assert [error["loc"] for error in refusal.value.errors()] == [place]
