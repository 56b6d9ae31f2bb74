"""What nobody pays with any more: read wherever it was written, and entered nowhere."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from cash_register.api.schemas.days import OpenDayBody
from invoicing.api.schemas.clinics import ClinicBody, ClinicView
from invoicing.api.schemas.discount_policies import DiscountPolicyBody, DiscountPolicyView
from invoicing.api.schemas.discounts import GrantBody
from invoicing.api.schemas.price_lists import PriceListBody, PriceListView
from invoicing.domain.drafts.editing import revise
from invoicing.domain.drafts.edits import Edits
from invoicing.domain.drafts.manual_prices import HandPrice, set_price
from invoicing.domain.invoice.invoice import Discount, Invoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.publishing import snapshot
from invoicing.settings import InvoicingSettings
from payments.adapters.bank_files.amounts import minor
from payments.api.schemas.card_payments import CardPaymentRequest
from payments.api.schemas.payment_policy import SettingsBody, SettingsView
from payments.api.schemas.payments import CashRequest, ChequeRequest
from pydantic import BaseModel, ValidationError

from kernel.change import Change
from kernel.errors import Conflict
from kernel.money import Money
from tests.parts.sessions import item, procedure
from tests.unit.invoicing.examples import AT, MANAGER, NOW, clinic, drafted, terms

GONE = ("BGN", "HRK", "ANG", "LTL", "ZWL")
ISSUER: dict[str, Any] = {"jwks_url": "http://127.0.0.1:9/jwks.json", "issuer": "nobody"}
PLACE = {"clinic_id": "clinic-sofia", "patient_id": "pat-1"}
PERIOD = {"valid_from": "2026-01-01", "items": []}


def money(currency: str) -> dict[str, Any]:
    return {"amount_minor": 5_000, "currency": currency}


def policy(currency: str) -> dict[str, Any]:
    discount = {"discount_id": "d", "name": "D", "kind": "fixed", "given": "by-hand", "amount": money(currency)}
    return {"discounts": [discount], "limits": [{"role": "front_desk", "amount": money(currency)}]}


ENTERED: list[tuple[type[BaseModel], Any]] = [
    (ClinicBody, lambda currency: {"name": "Sofia", "currency": currency, "time_zone": "Europe/Sofia"}),
    (PriceListBody, lambda currency: {"currency": currency, "periods": [PERIOD]}),
    (DiscountPolicyBody, policy),
    (GrantBody, lambda currency: {"reason": "waited", "name": "Goodwill", "amount": money(currency)}),
    (OpenDayBody, lambda c: {"clinic_id": "c", "date": "2026-11-23", "currency": c, "opening": money(c)}),
    (SettingsBody, lambda currency: {"refund_limits": [{"amount": money(currency)}]}),
    (CardPaymentRequest, lambda currency: {**PLACE, "amount": money(currency)}),
    (ChequeRequest, lambda currency: {**PLACE, "amount": money(currency), "method": "cheque", "reference": "1"}),
    (
        CashRequest,
        lambda c: {**PLACE, "amount": money("EUR"), "method": "cash", "register_id": "r", "tendered": money(c)},
    ),
]


@pytest.mark.parametrize("currency", GONE)
@pytest.mark.parametrize(("body", "of"), ENTERED, ids=[body.__name__ for body, _ in ENTERED])
def test_nothing_new_is_entered_in_it(body: type[BaseModel], of: Any, currency: str) -> None:
    body.model_validate(of("EUR"))
    with pytest.raises(ValidationError, match=f"{currency} was withdrawn on .*: use "):
        body.model_validate(of(currency))


@pytest.mark.parametrize("currency", GONE)
def test_what_was_stored_in_it_is_shown(currency: str) -> None:
    stored = {"clinic_id": "clinic-sofia", "version": 3}
    ClinicView.model_validate({"name": "Sofia", "currency": currency, "time_zone": "Europe/Sofia", **stored})
    PriceListView.model_validate({"currency": currency, "periods": [PERIOD], "price_list_id": "standard", **stored})
    DiscountPolicyView.model_validate({**policy(currency), **stored})
    SettingsView.model_validate({"refund_limits": [{"amount": money(currency)}], **stored})
    assert minor("118.20", currency, "entry 1") == 11_820


@pytest.mark.parametrize("currency", GONE)
def test_a_draft_in_it_is_not_finalized(currency: str) -> None:
    with pytest.raises(Conflict, match=f"{currency} was withdrawn on") as refused:
        finalize(replace(drafted(), currency=currency), clinic(), "B-1", Change(AT, MANAGER))
    assert refused.value.code == "currency-withdrawn"


def in_leva() -> Invoice:
    """As drafted in the last year of the lev: one line by the list, one at a price by hand, with a fixed discount."""
    leva = terms(item("D1", 20_000), item("D2", 10_000))
    draft = drafted(leva, procedures=[procedure("D1", 1), procedure("D2", 2)], materials=[])
    priced = set_price(draft, "procedure:p-2", HandPrice(Money(5_000, "EUR")), leva, Change(AT, MANAGER, "kin")).state
    discount = Discount("d-1", "Gift", "fixed", None, Money(1_000, "EUR"), None, "kin", MANAGER, AT)
    return _as_leva(replace(priced, discounts=(discount,)))


def _as_leva(draft: Invoice) -> Invoice:
    """The same amounts, in leva."""
    decoded: Invoice = msgspec.json.decode(snapshot(draft).replace(b'"EUR"', b'"BGN"'), type=Invoice)
    return decoded


def test_any_edit_of_a_draft_in_it_prices_it_anew_in_the_currency_of_the_lists() -> None:
    known = terms(item("D1", 10_226), item("D2", 5_113))
    after = revise(in_leva(), Edits("paid in euro", None), known, Change(AT, MANAGER)).state
    by_list, by_hand = after.lines
    assert (after.currency, by_list.net, after.discounts) == ("EUR", Money(10_226, "EUR"), ())
    assert (by_hand.unpriced, after.problems) == (True, ("unpriced",)), "what is five leva is not ours to say"
    whole = set_price(
        after, by_hand.line_id, HandPrice(Money(2_556, "EUR"), "E", "0", "Treatment"), known, Change(AT, MANAGER, "kin")
    ).state
    assert finalize(whole, clinic(), "B-1", Change(AT, MANAGER)).state.totals.net == Money(12_782, "EUR")


def test_a_draft_in_it_stays_as_it_is_while_the_lists_are_in_it_too() -> None:
    draft = in_leva()
    after = revise(
        draft, Edits("x", None), replace(terms(), fallback_currency="BGN", price_list=None, clinic=None), NOW
    )
    assert after.state.currency == "BGN"
    assert [line.unit_price for line in after.state.lines] == [line.unit_price for line in draft.lines]


def test_a_draft_of_a_clinic_that_nobody_configured_shows_a_currency_in_use() -> None:
    InvoicingSettings(**ISSUER)
    with pytest.raises(ValidationError, match="BGN was withdrawn"):
        InvoicingSettings(**ISSUER, fallback_currency="BGN")
