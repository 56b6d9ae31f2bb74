"""The books for somebody outside, as the service gives them: who gets them, what is in them, and that they agree."""

import csv
import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import httpx2
import pytest
from cash_register.api.schemas.closings import CashBookView
from typer.testing import CliRunner

from cli import app
from tests.integration.cash_register.invoices_and_clinics import in_berlin, paid_in_cash
from tests.integration.cash_register.test_registers import refusal
from tests.integration.cash_register.till import TODAY, TOMORROW, Json, Till, eur, refunded
from tests.parts.patience import until
from tests.parts.wire import publish, sealed

DAYS = {"from": TODAY, "to": TOMORROW}
BERLIN = ZoneInfo("Europe/Berlin")


def exports(till: Till, name: str, **params: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {till.issuer.mint(till.role, *(till.token_for or (till.clinic,)))}"}
    query = {**DAYS, "register_id": till.register, **params}
    return till.http.get(f"/clinics/{till.clinic}/exports/{name}", params=query, headers=headers)


def rows(answer: httpx2.Response, file: str) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    with ZipFile(io.BytesIO(answer.content)) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(file).decode(), newline=""), delimiter=";"))


def test_two_days_are_exported_with_their_invoices_as_zip_json_and_csv(till: Till) -> None:
    till = replace(till, clinic=f"clinic-{uuid4().hex[:8]}")
    inspector = till.as_("auditor")
    till.open(TODAY, opening=10_000)
    payment = till.payment(5_000, receipt_number="B-1")
    invoice = paid_in_cash(till.clinic, payment.payment_id, 5_000)
    publish(till.kafka, sealed(invoice))
    card = till.payment(11_900, method="card_terminal", register_id=None, receipt_number="B-2")
    till.publish(payment, refunded(payment, 1_000), card)
    till.until_booked(2)

    def is_told(totals: Json) -> bool:
        """Whether the invoice and the card are known."""
        unknown = [line["gross"] for line in totals["taken_under_vat"] if line["vat_key"] == 7]
        return unknown == [eur(11_900)]

    until(lambda: inspector.read(f"/days/{TODAY}/x-report")["totals"], is_told)
    till.close(eur(13_990), reason="ten cents short", deposit=eur(3_000))
    totals = till.read(f"/days/{TODAY}/z-report")["totals"]
    assert totals["by_method"] == [
        {"method": "cash", "count": 2, "taken": eur(5_000), "given_back": eur(1_000)},
        {"method": "card_terminal", "count": 1, "taken": eur(11_900), "given_back": eur(0)},
    ]
    assert sum(line["gross"]["amount_minor"] for line in totals["taken_under_vat"]) == 15_900
    till.open(TOMORROW, opening=10_990)
    till.move("pay_out", eur(990), TOMORROW, category="private_withdrawal")
    till.move("pay_in", eur(119), TOMORROW, category="tip", vat_rate="19")
    publish(till.kafka, sealed(paid_in_cash(till.clinic, card.payment_id, 11_900)))
    until(lambda: inspector.read(f"/days/{TOMORROW}/x-report")["totals"]["taken_under_vat"])
    till.close(eur(10_119), TOMORROW)
    tips = till.read(f"/days/{TOMORROW}/z-report")["totals"]["tips_by_vat_rate"]
    assert tips == [{"vat_rate": "19", "count": 1, "cash_in": eur(119), "cash_out": eur(0)}]
    publish(till.kafka, sealed(in_berlin(till.clinic)))

    def heard_all(answer: httpx2.Response) -> bool:
        """Whether the clinic is known, which tells the time zone."""
        paid_at = datetime.fromisoformat(rows(answer, "transactions.csv")[1]["BON_START"])
        assert paid_at == payment.received_at.replace(microsecond=0)
        return paid_at.utcoffset() == payment.received_at.astimezone(BERLIN).utcoffset()

    answer = until(lambda: exports(inspector, "dsfinv-k"), heard_all)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="dsfinv-k-{TODAY}-{TOMORROW}.zip"'
    assert [row["Z_NR"] for row in rows(answer, "cashpointclosing.csv")] == ["1", "2"]
    assert [row["ZAHLART_BETRAG_WAEH"] for row in rows(answer, "cash_per_currency.csv")] == ["109,90", "101,19"]
    assert [row["GV_TYP"] for row in rows(answer, "lines.csv")] == [
        *("Anfangsbestand", "Forderungsaufloesung", "Forderungsaufloesung", "Anzahlungseinstellung"),
        *("DifferenzSollIst", "Geldtransit"),
        *("Anfangsbestand", "Privatentnahme", "TrinkgeldAG", "Anzahlungsaufloesung", "Forderungsaufloesung"),
    ]
    assert [(row["ZAHLART_TYP"], row["Z_ZAHLART_BETRAG"]) for row in rows(answer, "payment.csv")] == [
        *(("Bar", "109,90"), ("Unbar", "119,00"), ("Bar", "101,19"), ("Keine", "0,00")),
    ]
    assert {row["ABRECHNUNGSKREIS"] for row in rows(answer, "allocation_groups.csv")} == {invoice.number}
    assert rows(answer, "transactions.csv")[1]["KUNDE_ID"] == payment.patient_id
    assert "B-1" in {row["REF_BON_ID"] for row in rows(answer, "references.csv")}

    book = CashBookView.model_validate_json(exports(inspector, "cash-book").content)
    assert [closing.cash.amount_minor for closing in book.closings] == [10_990, 10_119]
    assert [closing.number for closing in book.closings] == [
        till.read(f"/days/{date}/z-report")["number"] for date in (TODAY, TOMORROW)
    ]
    sheet = exports(inspector, "cash-book", format="csv")
    lines = list(csv.DictReader(io.StringIO(sheet.text, newline="")))
    assert sum(round(float(line["gross"]) * 100) for line in lines if line["method"] == "cash") == 21_109


def test_the_command_line_saves_what_the_service_sends(
    till: Till, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.open(TODAY)
    till.close(eur(10_000))
    monkeypatch.setenv("CHAIRSIDE_TOKEN", till.issuer.mint("auditor", till.clinic))
    where = ("--url", str(till.http.base_url), "--out", str(tmp_path / "books.zip"))
    days = ("--from", TODAY, "--to", TODAY, "--register", till.register)
    saved = CliRunner().invoke(app, ["export", "dsfinv-k", till.clinic, *days, *where])
    assert saved.exit_code == 0, saved.output
    sent = exports(till.as_("auditor"), "dsfinv-k", to=TODAY)
    with ZipFile(tmp_path / "books.zip") as mine, ZipFile(io.BytesIO(sent.content)) as theirs:
        assert {name: mine.read(name) for name in mine.namelist()} == {n: theirs.read(n) for n in theirs.namelist()}


def test_a_closing_has_the_number_of_its_z_report_whatever_its_date_is(till: Till) -> None:
    for date in (TOMORROW, TODAY):
        till.open(date, opening=10_000)
        till.close(eur(10_000), date)
    book = CashBookView.model_validate_json(exports(till.as_("auditor"), "cash-book").content)
    assert [(one.date.isoformat(), one.number) for one in book.closings] == [(TODAY, 2), (TOMORROW, 1)]


def test_a_day_that_is_open_or_cancelled_is_not_in_it(till: Till) -> None:
    till.open(TODAY)
    till.cancel(TODAY)
    till.open(TOMORROW)
    assert rows(exports(till.as_("billing_manager"), "dsfinv-k"), "transactions.csv") == []


@pytest.mark.parametrize("name", ["dsfinv-k", "cash-book"])
def test_only_billing_managers_and_auditors_of_the_clinic_get_it(till: Till, name: str) -> None:
    assert exports(till, name).status_code == 403
    assert exports(till.as_("auditor", "clinic-other"), name).status_code == 404
    assert [exports(till.as_(role), name).status_code for role in ("billing_manager", "auditor")] == [200, 200]


def test_days_that_are_none_or_too_many_are_refused(till: Till) -> None:
    inspector = till.as_("auditor")
    for days in ({"from": TOMORROW, "to": TODAY}, {"from": "2025-01-01", "to": "2026-06-01"}):
        for name in ("dsfinv-k", "cash-book"):
            problem = exports(inspector, name, **days)
            assert refusal(problem) == (422, "period")
            assert problem.json()["field"] == "to"
    for wrong in ({"from": "yesterday"}, {"to": "2026-02-30"}, {"until": TODAY}):
        problem = exports(inspector, "dsfinv-k", **wrong)
        assert (problem.status_code, [error["field"] for error in problem.json()["errors"]]) == (422, [*wrong])


def test_a_currency_that_the_tables_have_no_room_for_is_refused_before_anything_is_sent(till: Till) -> None:
    inspector = till.as_("auditor")
    till.open(currency="KWD")
    till.close({"amount_minor": 10_000, "currency": "KWD"})
    answer = exports(inspector, "dsfinv-k")
    assert (answer.status_code, answer.json()["code"]) == (422, "currency-not-exported")
    book = CashBookView.model_validate_json(exports(inspector, "cash-book").content)
    assert book.closings[0].cash.amount_minor == 10_000
