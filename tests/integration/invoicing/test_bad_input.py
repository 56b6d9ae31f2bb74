"""Input that is wrong, and the clear outcome that each kind of it has."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contracts.envelope import Message
from tests.integration.invoicing.practice import Practice, body_of, money, refusal
from tests.parts.patience import until
from tests.parts.sessions import COMPOSITE, clinic, item, material, prices, procedure, taxed
from tests.parts.wire import sealed

pytestmark = pytest.mark.any_broker


def spoiled(practice: Practice, named: str, changes: dict[str, Any]) -> Message:
    """A session with fields that no SessionCompleted would have; None takes one away."""
    good = sealed(practice.session(named))
    body = {**json.loads(good.value or b""), **changes}
    present = {name: value for name, value in body.items() if value is not None}
    return replace(good, value=json.dumps(present).encode())


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"session_id": None}, "session_id: Field required"),
    "an empty id": ({"session_id": ""}, "session_id: String should have at least 1 character"),
    "a negative quantity": ({"materials": [material(quantity="-1")]}, "materials/0/quantity: "),
    "no quantity at all": ({"materials": [material(quantity="0")]}, "materials/0/quantity: "),
    "a procedure twice": ({"procedures": [procedure(), procedure()]}, "procedure p-1 is in the session twice"),
    "a material twice": ({"materials": [material(), material()]}, "material m-1 is in the session twice"),
    "nothing done": ({"procedures": [], "materials": []}, "at least one procedure or material"),
    "no patient": ({"patient": None}, "patient: Field required"),
    "a version that is none": ({"version": "1"}, "version: Input should be a valid integer"),
}


def test_a_session_that_cannot_be_read_is_a_dead_letter_that_says_why_and_its_neighbours_are_drafted(
    practice: Practice,
) -> None:
    messages = [spoiled(practice, f"{practice.clinic}-{n}", changes) for n, (changes, _) in enumerate(BAD.values())]
    practice.hears(practice.session("ses-before"), *messages, practice.session("ses-after"))
    practice.until_version(1, "ses-before")
    practice.until_version(1, "ses-after")
    assert len(practice.all_invoices()) == 2
    for n, (_, code) in enumerate(BAD.values()):
        headers = practice.rejected(f"{practice.clinic}-{n}")
        assert headers["error-code"] == b"event-invalid"
        assert code in (headers["error-message"] or b"").decode()
        assert headers["error-topic"] == b"clinical.sessions"


def test_a_thousand_lines_are_a_draft_and_an_invoice(practice: Practice) -> None:
    done = [procedure(nth=nth) for nth in range(500)]
    used = [material(nth=nth, quantity="1") for nth in range(500)]
    draft = practice.drafted(procedures=done, materials=used)
    assert len({line["line_id"] for line in draft["lines"]}) == 1_000
    assert draft["totals"]["net"] == money(500 * 12_500 + 500 * 1_200)
    final = body_of(practice.post(f"/invoices/{draft['invoice_id']}/finalize", 1))
    assert len(final["lines"]) == 1_000
    assert [event.body["totals"] for event in practice.events(2)] == [draft["totals"], final["totals"]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"materials": [material(quantity="999999999999")]}, b"amount-too-large"),
        ({"procedures": [procedure(nth=nth) for nth in range(2_000)]}, b"too-many-lines"),
    ],
)
def test_a_session_that_no_invoice_could_tell_is_a_dead_letter(
    new_practice: Callable[[], Practice], changes: dict[str, Any], code: bytes
) -> None:
    practice = new_practice().configured(item("D2391", 1), taxed(COMPOSITE, 10**12))
    practice.hears(practice.session(f"bad-{practice.clinic}", **changes), practice.session("ses-2", materials=[]))
    practice.until_version(1, "ses-2")
    assert practice.rejected(f"bad-{practice.clinic}")["error-code"] == code


def test_a_draft_of_a_clinic_that_nobody_configured_is_kept_marked_and_priced_once_it_is(
    new_practice: Callable[[], Practice],
) -> None:
    practice = new_practice()
    draft = practice.drafted()
    assert draft["problems"] == ["clinic-not-configured", "unpriced"]
    assert [(line["unpriced"], line["net"]) for line in draft["lines"]] == [(True, None), (True, None)]
    refused = practice.post(f"/invoices/{draft['invoice_id']}/finalize", 1)
    assert refusal(refused) == (409, "clinic-not-configured")
    assert refusal(practice.get(f"/clinics/{practice.clinic}")) == (404, "clinic-unknown")

    body_of(practice.put(f"/clinics/{practice.clinic}", clinic()))
    known = practice.until_version(2)
    assert (known["problems"], known["reason"]) == (["unpriced"], "terms of the clinic changed")
    assert refusal(practice.post(f"/invoices/{draft['invoice_id']}/finalize", 2)) == (409, "unpriced")

    body_of(practice.put(f"/clinics/{practice.clinic}/price-lists/standard", prices()))
    priced = practice.until_version(3)
    assert (priced["problems"], priced["totals"]["gross"]) == ([], money(13_214))
    body_of(practice.post(f"/invoices/{draft['invoice_id']}/finalize", 3))
    assert [event.type for event in practice.events(4)] == [
        "invoice-drafted",
        "invoice-revised",
        "invoice-revised",
        "invoice-finalized",
    ]


def test_a_line_without_a_price_keeps_the_draft_until_there_is_one(practice: Practice) -> None:
    draft = practice.drafted(procedures=[procedure(), procedure("D9999", 2)])
    assert [line["unpriced"] for line in draft["lines"]] == [False, True, False]
    assert draft["problems"] == ["unpriced"]
    listed = (item("D2391", 99_999), item("D9999", 100), taxed(COMPOSITE, 99_999))
    body_of(practice.put(f"/clinics/{practice.clinic}/price-lists/standard", prices(*listed)))
    priced = practice.until_version(2)
    assert [line["net"] for line in priced["lines"]] == [money(12_500), money(100), money(600)]
    assert [line["price"]["price_list_version"] for line in priced["lines"]] == [1, 2, 1]


def test_more_drafts_than_fit_a_page_are_priced_when_the_clinic_is_configured(
    new_practice: Callable[[], Practice],
) -> None:
    practice = new_practice()
    practice.hears(*(practice.session(f"ses-{n}", patient={"patient_id": f"pat-{n}"}) for n in range(230)))
    until(practice.all_invoices, lambda items: len(items) == 230)
    practice.configured()
    assert [entry["problems"] for entry in practice.all_invoices()] == [[]] * 230


def test_a_payment_in_an_unknown_currency_is_a_dead_letter(practice: Practice) -> None:
    practice.finalized()
    good, later = practice.payment(100), practice.payment(200)
    message = sealed(good)
    practice.hears(replace(message, value=(message.value or b"").replace(b'"EUR"', b'"XTS"')), later)
    headers = practice.rejected(good.payment_id)
    assert headers["error-code"] == b"event-invalid"
    assert b"is not a currency of ISO 4217" in (headers["error-message"] or b"")
    assert practice.until_version(3)["totals"]["paid"] == money(200)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (prices(currency="XTS"), "invalid-request", "/currency"),
        (prices(currency="euro"), "invalid-request", "/currency"),
        (prices(currency=None), "invalid-request", "/currency"),
        (prices(item("D1", -1)), "invalid-request", "/periods/0/items/0/unit_price_minor"),
        (prices(item("D1", 1, unit="g")), "invalid-request", "/periods/0/items/0"),
        (prices(item("D1", 1, surprise=1)), "invalid-request", "/periods/0/items/0/surprise"),
        (prices(item("D1", 1, tax_category="AE")), "invalid-request", "/periods/0/items/0/tax_category"),
        (prices(periods=[]), "invalid-request", "/periods"),
        (prices(item("D1", 1), item("D1", 2)), "price-list-twice", "/periods/0/items/1"),
        (prices(taxed("M1", 1, "0")), "tax-rate", "/periods/0/items/0/tax_rate"),
    ],
)
def test_a_price_list_that_does_not_fit_is_refused_and_names_the_field(
    shared_practice: Practice, body: dict[str, Any], code: str, field: str
) -> None:
    answer = shared_practice.put(f"/clinics/{shared_practice.clinic}/price-lists/other", body)
    assert refusal(answer) == (422, code)
    problem = answer.json()
    assert field in [problem.get("field"), *(error["field"] for error in problem.get("errors", []))]
    unknown = shared_practice.get(f"/clinics/{shared_practice.clinic}/price-lists/other")
    assert refusal(unknown) == (404, "price-list-unknown")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"currency": "XTS"}, "invalid-request"),
        ({"time_zone": "Europe/Atlantis"}, "invalid-request"),
        ({"name": ""}, "invalid-request"),
        ({"payment_terms_days": -1}, "invalid-request"),
        ({"number_format": "{yyyy}-{month}"}, "number-format"),
        ({"number_format": "=1+{yyyy}{seq}"}, "number-format"),
        ({"number_format": "{yyyy}-{seq}", "credit_note_format": "{yyyy}-1{seq}"}, "number-format"),
        ({"number_format": "{yyyy}-{seq}" + "x" * 100}, "invalid-request"),
        ({"surprise": 1}, "invalid-request"),
    ],
)
def test_a_profile_that_does_not_fit_is_refused(shared_practice: Practice, changes: dict[str, Any], code: str) -> None:
    before = body_of(shared_practice.get(f"/clinics/{shared_practice.clinic}"))
    assert refusal(shared_practice.put(f"/clinics/{shared_practice.clinic}", clinic(**changes))) == (422, code)
    assert body_of(shared_practice.get(f"/clinics/{shared_practice.clinic}")) == before


def test_prices_of_a_clinic_that_nobody_configured_are_refused(new_practice: Callable[[], Practice]) -> None:
    practice = new_practice()
    refused = practice.put(f"/clinics/{practice.clinic}/price-lists/standard", prices())
    assert refusal(refused) == (404, "clinic-unknown")
