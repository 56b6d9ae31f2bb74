"""Payments find their invoices: by name, else the oldest first; and what is left finds the next one."""

import asyncio
import random
from typing import Any

import pytest
from invoicing.domain.clinics.configuration import ClinicConfigured
from invoicing.domain.invoice.events import InvoiceDrafted, InvoiceFinalized
from invoicing.domain.invoice.invoice import Invoice
from invoicing.publishing import Cause, record
from invoicing.store.invoices import Invoices
from invoicing.usecases.invoice.finalize_invoice import finalize_invoice
from invoicing.usecases.receivables.hear_payments import PAYMENTS
from invoicing.usecases.receivables.settle_accounts import settle_accounts

from chassis.database.mongo import DriverError, is_duplicate
from chassis.messaging.outbox import Unit
from contracts.payments import Payment, PaymentDisputed, PaymentReceived
from kernel.change import Change
from tests.integration.invoicing.own_store import OwnStore
from tests.integration.invoicing.practice import GROSS_MINOR, Json, Practice, body_of, money, refunded
from tests.unit.invoicing.examples import AT, NOW, clinic, drafted, finalized


def paid(invoice: Json) -> dict[str, int]:
    return {a["payment_id"]: a["amount"]["amount_minor"] for a in invoice["allocations"]}


def test_money_without_a_name_pays_the_oldest_invoice_first_and_then_the_next(practice: Practice) -> None:
    practice.finalized("ses-1")
    practice.finalized("ses-2")
    unnamed = practice.payment(GROSS_MINOR + 100, None)
    practice.hears(unnamed)
    practice.until_balance(GROSS_MINOR - 100)
    first, second = practice.read("ses-1"), practice.read("ses-2")
    assert (first["status"], paid(first)) == ("paid", {unnamed.payment_id: GROSS_MINOR})
    assert (second["status"], paid(second)) == ("finalized", {unnamed.payment_id: 100})
    assert practice.events(3)[-1].type == "invoice-paid"
    assert practice.events(3, "ses-2")[-1].type == "invoice-payment-applied"


def test_what_is_too_much_for_one_invoice_pays_the_next_in_the_moment_it_is_final(practice: Practice) -> None:
    practice.finalized("ses-1")
    too_much = practice.payment(GROSS_MINOR + 5_000)
    practice.hears(too_much)
    assert practice.until_balance(-5_000)["balances"][0]["credit"] == money(5_000)
    next_ = practice.finalized("ses-2")
    assert (next_["version"], paid(next_)) == (3, {too_much.payment_id: 5_000})
    balance = practice.balance()["balances"][0]
    assert (balance["open"], balance["credit"]) == (money(GROSS_MINOR - 5_000), money(0))


def test_a_refund_of_credit_that_paid_another_invoice_opens_that_one(practice: Practice) -> None:
    practice.finalized("ses-1")
    payment = practice.payment(2 * GROSS_MINOR)
    practice.hears(payment)
    practice.until_balance(-GROSS_MINOR)
    assert practice.finalized("ses-2")["status"] == "paid"
    practice.hears(refunded(payment, 1_000))
    practice.until_balance(1_000)
    assert practice.read("ses-1")["status"] == "paid"
    opened = practice.read("ses-2")
    assert (opened["status"], opened["totals"]["due"], opened["paid_at"]) == ("finalized", money(1_000), None)


def test_only_settled_money_counts_and_a_lost_dispute_opens_the_invoice_again(practice: Practice) -> None:
    practice.finalized()
    nothing = money(0)
    card = practice.payment(GROSS_MINOR, method="card", status="pending", settled=nothing)
    practice.hears(card, practice.payment(1, None))
    practice.until_balance(GROSS_MINOR - 1)
    assert practice.read()["totals"]["paid"] == money(1)
    settled = {"version": 2, "status": "settled", "settled": card.amount}
    practice.hears(card.model_copy(update=settled))
    assert practice.until_version(4)["status"] == "paid"
    practice.until_balance(-1)
    disputed = PaymentDisputed.model_validate(
        {**card.model_dump(), "version": 3, "status": "disputed", "settled": nothing}
    )
    practice.hears(disputed)
    practice.until_balance(GROSS_MINOR - 1)
    lost = practice.read()
    assert (lost["status"], lost["totals"]["due"]) == ("finalized", money(GROSS_MINOR - 1))


def test_money_for_a_draft_waits_for_it_and_is_free_when_the_draft_is_void(practice: Practice) -> None:
    practice.finalized("ses-1")
    draft = practice.drafted("ses-2")
    practice.hears(practice.payment(5_000, "ses-2"))
    assert practice.until_balance(GROSS_MINOR - 5_000)["balances"][0]["credit"] == money(5_000)
    assert practice.read("ses-1")["totals"]["paid"] == money(0)
    body_of(practice.post(f"/invoices/{draft['invoice_id']}/void", 1, {"reason": "noted twice"}))
    assert practice.read("ses-1")["totals"]["paid"] == money(5_000)


def test_money_for_a_draft_is_free_when_its_session_is_voided(practice: Practice) -> None:
    practice.finalized("ses-1")
    practice.drafted("ses-2")
    practice.hears(practice.payment(5_000, "ses-2"))
    practice.until_balance(GROSS_MINOR - 5_000)
    practice.hears(practice.voided("ses-2"))
    assert practice.until_version(3, "ses-1")["totals"]["paid"] == money(5_000)


def test_money_for_another_patients_invoice_pays_the_own_oldest_once_that_is_known(practice: Practice) -> None:
    practice.finalized("ses-1")
    practice.drafted("ses-2", patient={"patient_id": "pat-78"})
    practice.hears(practice.payment(5_000, "ses-2"))
    practice.until_balance(GROSS_MINOR - 5_000)
    assert practice.read("ses-1")["totals"]["paid"] == money(0)
    body_of(practice.post(f"/invoices/{practice.invoice_id('ses-2')}/finalize", 1))
    assert practice.read("ses-1")["totals"]["paid"] == money(5_000)
    assert practice.read("ses-2")["totals"]["paid"] == money(0)


def test_a_new_version_of_a_payment_that_changes_nothing_is_no_news_of_the_account(practice: Practice) -> None:
    practice.finalized()
    payment = practice.payment(5_000)
    practice.hears(payment)
    practice.until_balance(GROSS_MINOR - 5_000)
    practice.hears(payment.model_copy(update={"version": 2, "reference": "RF18"}), practice.payment(1))
    account = practice.until_balance(GROSS_MINOR - 5_001)
    assert account["version"] == 3
    assert practice.read()["version"] == 4


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_payments_in_another_order_give_the_same_books(practice: Practice, seed: int) -> None:
    """Two patients with the same sessions; what is said about the second one is shuffled, and some of it said twice."""
    outcomes = []
    for patient in ("pat-1", "pat-2"):
        practice.patient = {"patient_id": patient}
        sessions = [f"{patient}-ses-{n}" for n in range(3)]
        for session_id in sessions:
            practice.finalized(session_id)
        payments: list[Payment] = []
        for n, (amount, place) in enumerate([(9_000, 2), (20_000, None), (500, 0), (30_000, 1)]):
            id_ = f"pay-{practice.clinic}-{patient}-{n}"
            payment = practice.payment(amount, None if place is None else sessions[place], payment_id=id_)
            payments += [payment, refunded(payment, 400)] if n % 2 else [payment]
        if patient == "pat-2":
            payments += payments[::2]
            random.Random(seed).shuffle(payments)
        practice.hears(*payments)
        account = practice.until_balance(3 * GROSS_MINOR - 58_700, patient)
        invoices = [practice.read(session_id) for session_id in sessions]
        outcomes.append((account["balances"], [(i["status"], i["totals"], list(paid(i).values())) for i in invoices]))
    assert outcomes[0] == outcomes[1]


async def test_transactions_on_one_account_at_once_lose_nothing(own: OwnStore) -> None:
    """Each sees only its own payment at first; that they write to the account makes them look again."""
    invoice = finalized()
    await own.save({}, InvoiceFinalized(invoice))
    change = Change(AT, PAYMENTS)

    async def pay(unit: Unit, n: int) -> None:
        await own.store.payments.keep_newer(unit, [_received(invoice, f"pay-{n}")])
        account = invoice.clinic_id, invoice.patient_id
        await settle_accounts(unit, own.store, {}, (), {account: Cause()}, change)

    await asyncio.gather(*(own.do(lambda unit, n=n: pay(unit, n)) for n in range(9)))  # type: ignore[misc]
    after = (await own.store.invoices.get(invoice.invoice_id)).invoice
    assert {a.payment_id for a in after.allocations} == {f"pay-{n}" for n in range(9)}
    [row] = await own.mongo.collection("accounts").find({}).to_list(None)
    assert (row["balances"][0]["paid"]["amount_minor"], row["version"]) == (9_000, 9)


async def test_an_invoice_that_is_taken_for_new_is_a_duplicate_also_where_its_account_is_settled(own: OwnStore) -> None:
    """As when a session is said again in the batch that voids another one of the patient."""
    invoice = finalized()
    await own.save({}, InvoiceFinalized(invoice))
    again = record([InvoiceDrafted(drafted())], Cause())
    causes = {(invoice.clinic_id, invoice.patient_id): Cause()}

    async def work(unit: Unit) -> None:
        await settle_accounts(unit, own.store, {}, again, causes, Change(AT, PAYMENTS))

    with pytest.raises(DriverError) as failed:
        await own.do(work)
    assert is_duplicate(failed.value)
    assert (await own.store.invoices.get(invoice.invoice_id)).invoice == invoice


class _CountedInvoices(Invoices):
    saves = 0

    async def save(self, *arguments: Any) -> None:
        self.saves += 1
        await super().save(*arguments)


async def test_an_invoice_that_the_credit_of_its_account_pays_at_once_is_written_once(own: OwnStore) -> None:
    draft = drafted()
    own.store.invoices = counted = _CountedInvoices(own.mongo)
    await own.do(lambda unit: own.store.clinics.save(unit, [ClinicConfigured(clinic())], NOW))
    await own.save({}, InvoiceDrafted(draft))
    await own.do(lambda unit: own.store.payments.keep_newer(unit, [_received(draft, "pay-1")]))
    stored, before = await own.store.invoices.get(draft.invoice_id), counted.saves
    after = await own.do(lambda unit: finalize_invoice(unit, own.store, stored, NOW))
    assert counted.saves == before + 1
    assert (await own.store.invoices.get(draft.invoice_id)).invoice == after
    assert [a.payment_id for a in after.allocations] == ["pay-1"]
    history = await own.store.revisions.of(draft.invoice_id, range(1, 9))
    assert [revision.type for revision, _ in history] == [
        "invoicing.invoice-drafted.v1",
        "invoicing.invoice-finalized.v1",
        "invoicing.invoice-payment-applied.v1",
    ]


def _received(invoice: Invoice, payment_id: str) -> PaymentReceived:
    """Ten euros for the account."""
    amount = {"amount_minor": 1_000, "currency": "EUR"}
    body = {
        "payment_id": payment_id,
        "clinic_id": invoice.clinic_id,
        "patient_id": invoice.patient_id,
        "version": 1,
        "invoice_id": None,
        "method": "card",
        "status": "settled",
        "currency": "EUR",
        "amount": amount,
        "settled": amount,
        "refunded": {**amount, "amount_minor": 0},
        "received_at": AT,
        "changed_at": AT,
        "changed_by": {"actor_id": "usr", "role": "front_desk"},
    }
    return PaymentReceived.model_validate(body)
