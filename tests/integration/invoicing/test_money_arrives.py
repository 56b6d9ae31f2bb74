"""Payments and invoices meet in any order, and the account is always what both of them say."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.invoicing import AccountBalanceChanged
from tests.integration.invoicing.practice import GROSS_MINOR, Practice, body_of, money, refunded, refusal
from tests.parts.wire import sealed


def test_a_payment_that_was_there_before_its_invoice_counts_on_finalizing(practice: Practice) -> None:
    draft = practice.drafted()
    practice.hears(practice.payment(GROSS_MINOR))
    account = practice.until_balance(-GROSS_MINOR)
    assert account["balances"][0]["credit"] == money(GROSS_MINOR)
    final = body_of(practice.post(f"/invoices/{draft['invoice_id']}/finalize", 1))
    assert (final["status"], final["version"], final["totals"]["due"]) == ("paid", 3, money(0))
    assert [event.type for event in practice.events(3)] == ["invoice-drafted", "invoice-finalized", "invoice-paid"]
    practice.until_balance(0)


def test_a_payment_that_was_there_before_its_session_counts_as_well(practice: Practice) -> None:
    practice.hears(practice.payment(5_000))
    practice.until_balance(-5_000)
    assert practice.finalized()["totals"]["paid"] == money(5_000)
    practice.until_balance(GROSS_MINOR - 5_000)


def test_a_payment_that_is_told_twice_counts_once(practice: Practice) -> None:
    practice.finalized()
    payment = practice.payment(5_000)
    practice.hears(payment, payment)
    practice.hears(payment, practice.payment(1_000))
    practice.until_balance(GROSS_MINOR - 6_000)
    assert practice.read()["totals"]["paid"] == money(6_000)


def test_a_refund_reopens_what_was_paid_and_archived(practice: Practice) -> None:
    final = practice.finalized()
    payment = practice.payment(GROSS_MINOR)
    practice.hears(payment)
    practice.until_version(3)
    body_of(practice.post(f"/invoices/{final['invoice_id']}/archive", 3))
    practice.hears(refunded(payment, 714))
    after = practice.until_version(5)
    assert (after["status"], after["totals"]["due"], after["archived_at"]) == ("finalized", money(714), None)
    assert practice.events(5)[-1].type == "invoice-payment-applied"
    practice.hears(practice.payment(714))
    assert practice.until_version(6)["status"] == "paid"
    practice.until_balance(0)


def test_a_refund_that_is_heard_of_before_its_payment_gives_the_same_books(practice: Practice) -> None:
    practice.finalized()
    payment = practice.payment(GROSS_MINOR)
    practice.hears(refunded(payment, 714), payment, practice.payment(1))
    account = practice.until_balance(713)
    assert account["balances"][0]["paid"] == money(GROSS_MINOR - 713)
    assert practice.read()["totals"]["due"] == money(713)


def test_more_than_is_due_is_the_accounts_credit(practice: Practice) -> None:
    practice.finalized()
    practice.hears(practice.payment(GROSS_MINOR + 1_000))
    account = practice.until_balance(-1_000)
    assert practice.read()["totals"]["paid"] == money(GROSS_MINOR)
    assert (account["balances"][0]["credit"], account["open_invoices"]) == (money(1_000), [])


def test_a_payment_that_names_another_patients_invoice_counts_on_its_own_account_only(practice: Practice) -> None:
    practice.finalized()
    practice.hears(practice.payment(5_000, patient_id="pat-78"))
    practice.until_balance(-5_000, "pat-78")
    assert practice.read()["totals"]["paid"] == money(0)
    assert practice.balance()["balances"][0]["balance"] == money(GROSS_MINOR)


def test_a_payment_that_names_an_invoice_of_another_clinic_counts_on_its_own_account_only(
    new_practice: Callable[[], Practice],
) -> None:
    mine, other = new_practice().configured(), new_practice().configured()
    mine.finalized()
    other.hears(other.payment(5_000, invoice_id=mine.invoice_id()))
    other.until_balance(-5_000)
    assert mine.read()["totals"]["paid"] == money(0)


def test_a_payment_in_another_currency_counts_on_the_account_in_its_own(practice: Practice) -> None:
    practice.finalized()
    practice.hears(practice.payment(5_000, currency="JPY"), practice.payment(1_000))
    practice.until_version(3)
    balances = {b["balance"]["currency"]: b["balance"]["amount_minor"] for b in practice.balance()["balances"]}
    assert balances == {"EUR": GROSS_MINOR - 1_000, "JPY": -5_000}


def test_a_payment_that_moves_to_another_invoice_leaves_the_first_open(practice: Practice) -> None:
    first, second = practice.finalized("ses-1"), practice.finalized("ses-2")
    payment = practice.payment(GROSS_MINOR)
    practice.hears(payment)
    assert practice.until_version(3)["status"] == "paid"
    practice.hears(payment.model_copy(update={"version": 2, "invoice_id": second["invoice_id"]}))
    assert practice.until_version(3, "ses-2")["status"] == "paid"
    assert practice.read(first["session_id"])["totals"]["due"] == money(GROSS_MINOR)
    practice.until_balance(GROSS_MINOR)


def test_every_balance_is_told_with_the_open_invoices(practice: Practice) -> None:
    final = practice.finalized()
    practice.hears(practice.payment(5_000))
    practice.until_balance(GROSS_MINOR - 5_000)
    changes = practice.account_events(2)
    assert [(message.type, message.body["version"]) for message in changes] == [
        ("account-balance-changed", 1),
        ("account-balance-changed", 2),
    ]
    assert changes[-1].body == practice.balance()
    event = AccountBalanceChanged.model_validate(changes[-1].body)
    [open_] = event.open_invoices
    assert (open_.invoice_id, open_.number, open_.due.amount_minor) == (
        final["invoice_id"],
        final["number"],
        GROSS_MINOR - 5_000,
    )


def test_an_account_that_nobody_heard_of_is_none(practice: Practice) -> None:
    refused = practice.get(f"/clinics/{practice.clinic}/patients/pat-unheard-of/balance")
    assert refusal(refused) == (404, "patient-unknown")


def test_voiding_a_finalized_invoice_takes_it_off_the_account_unless_something_is_paid(practice: Practice) -> None:
    paid, void = practice.finalized("ses-1"), practice.finalized("ses-2")
    practice.hears(practice.payment(1))
    practice.until_version(3)
    refused = practice.post(f"/invoices/{paid['invoice_id']}/void", 3, {"reason": "mistake"})
    assert refusal(refused) == (409, "invoice-has-payments")
    after = body_of(practice.post(f"/invoices/{void['invoice_id']}/void", 2, {"reason": "mistake"}))
    assert (after["status"], after["number"], after["reason"]) == ("void", void["number"], "mistake")
    practice.until_balance(GROSS_MINOR - 1)


@pytest.mark.parametrize("changes", [{"patient_id": "pat-78"}, {"clinic_id": "clinic-elsewhere"}])
def test_a_known_payment_never_changes_clinic_or_patient(practice: Practice, changes: dict[str, str]) -> None:
    practice.finalized()
    payment = practice.payment(5_000)
    practice.hears(payment)
    practice.until_balance(GROSS_MINOR - 5_000)
    practice.hears(payment.model_copy(update={"version": 2, **changes}), practice.payment(1_000))
    assert practice.rejected(payment.payment_id)["error-code"] == b"owner-changed"
    practice.until_balance(GROSS_MINOR - 6_000)
    assert practice.read()["totals"]["paid"] == money(6_000)


@pytest.mark.parametrize("changes", [{"patient_id": "pat-78"}, {"clinic_id": "clinic-elsewhere"}])
def test_also_not_within_one_batch(practice: Practice, changes: dict[str, str]) -> None:
    """Both lie on one partition, so that one is first."""
    practice.finalized()
    payment = practice.payment(5_000)
    moved = sealed(payment.model_copy(update={"version": 2, **changes}))
    practice.hears(payment, replace(moved, key=payment.key.encode()))
    assert practice.rejected(payment.payment_id)["error-code"] == b"owner-changed"
    practice.until_balance(GROSS_MINOR - 5_000)
