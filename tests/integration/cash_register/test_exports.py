"""The books for somebody outside, as the service gives them: who gets them, what is in them, and that they agree."""

import csv
import io
from zipfile import ZipFile

import httpx
import pytest
from cash_register.api.schemas.closings import CashBookView

from tests.integration.cash_register.till import MONDAY, TUESDAY, Till, eur, refunded
from tests.integration.cash_register.told import in_berlin, paid_in_cash
from tests.parts.patience import until
from tests.parts.wire import publish, sealed

DAYS = {"from": MONDAY, "to": TUESDAY}


def exports(till: Till, name: str, **params: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {till.issuer.mint(till.role, *(till.token_for or (till.clinic,)))}"}
    query = {**DAYS, "register_id": till.register, **params}
    return till.http.get(f"/clinics/{till.clinic}/exports/{name}", params=query, headers=headers)


def rows(answer: httpx.Response, file: str) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    with ZipFile(io.BytesIO(answer.content)) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(file).decode(), newline=""), delimiter=";"))


def heard_all(answer: httpx.Response) -> bool:
    """Whether invoice and clinic are known: 9 o'clock is 10 o'clock in Berlin."""
    paid = rows(answer, "transactions.csv")[1]
    return bool(rows(answer, "allocation_groups.csv")) and paid["BON_START"] == "2026-11-23T10:00:00+01:00"


def test_two_days_are_exported_with_their_invoices_as_zip_json_and_csv(till: Till) -> None:
    inspector = till.as_("auditor")
    publish(till.kafka, sealed(in_berlin(till.clinic)))
    till.open(MONDAY, opening=10_000)
    payment = till.payment(5_000)
    invoice = paid_in_cash(till.clinic, payment.payment_id, 5_000)
    publish(till.kafka, sealed(invoice))
    till.publish(payment, refunded(payment, 1_000))
    till.until_booked(2)
    till.close(eur(13_990), reason="ten cents short")
    till.open(TUESDAY, opening=13_990)
    till.move("pay_out", eur(3_990), TUESDAY)
    till.close(eur(10_000), TUESDAY)

    answer = until(lambda: exports(inspector, "dsfinv-k"), heard_all)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="dsfinv-k-{MONDAY}-{TUESDAY}.zip"'
    assert [row["Z_NR"] for row in rows(answer, "cashpointclosing.csv")] == ["1", "2"]
    assert [row["ZAHLART_BETRAG_WAEH"] for row in rows(answer, "cash_per_currency.csv")] == ["139,90", "100,00"]
    assert [row["GV_TYP"] for row in rows(answer, "lines.csv")] == [
        *("Anfangsbestand", "Forderungsaufloesung", "Forderungsaufloesung", "DifferenzSollIst"),
        *("Anfangsbestand", "Auszahlung"),
    ]
    assert {row["ABRECHNUNGSKREIS"] for row in rows(answer, "allocation_groups.csv")} == {invoice.number}
    assert rows(answer, "transactions.csv")[1]["KUNDE_ID"] == payment.patient_id

    book = CashBookView.model_validate_json(exports(inspector, "cash-book").content)
    assert [closing.cash.amount_minor for closing in book.closings] == [13_990, 10_000]
    sheet = exports(inspector, "cash-book", format="csv")
    lines = list(csv.DictReader(io.StringIO(sheet.text, newline="")))
    assert sum(round(float(line["gross"]) * 100) for line in lines) == 23_990


def test_a_closing_keeps_its_number_when_an_earlier_date_is_closed_after_it(till: Till) -> None:
    for date in (TUESDAY, MONDAY):
        till.open(date, opening=10_000)
        till.close(eur(10_000), date)
    closings = rows(exports(till.as_("auditor"), "dsfinv-k"), "cashpointclosing.csv")
    assert [(row["Z_NR"], row["Z_BUCHUNGSTAG"]) for row in closings] == [("2", MONDAY), ("1", TUESDAY)]


def test_a_day_that_is_open_is_not_in_it(till: Till) -> None:
    till.open(MONDAY)
    assert rows(exports(till.as_("billing_manager"), "dsfinv-k"), "transactions.csv") == []


@pytest.mark.parametrize("name", ["dsfinv-k", "cash-book"])
def test_only_billing_managers_and_auditors_of_the_clinic_get_it(till: Till, name: str) -> None:
    assert exports(till, name).status_code == 403
    assert exports(till.as_("auditor", "clinic-other"), name).status_code == 404
    assert [exports(till.as_(role), name).status_code for role in ("billing_manager", "auditor")] == [200, 200]


def test_days_that_are_none_or_too_many_are_refused(till: Till) -> None:
    inspector = till.as_("auditor")
    for days in ({"from": TUESDAY, "to": MONDAY}, {"from": "2025-01-01", "to": "2026-06-01"}):
        answer = exports(inspector, "dsfinv-k", **days)
        assert (answer.status_code, answer.json()["code"]) == (422, "period")


def test_a_currency_that_the_tables_have_no_room_for_is_refused_before_anything_is_sent(till: Till) -> None:
    inspector = till.as_("auditor")
    till.open(MONDAY, currency="KWD")
    till.close({"amount_minor": 10_000, "currency": "KWD"})
    answer = exports(inspector, "dsfinv-k")
    assert (answer.status_code, answer.json()["code"]) == (422, "currency-not-exported")
    book = CashBookView.model_validate_json(exports(inspector, "cash-book").content)
    assert book.closings[0].cash.amount_minor == 10_000
