"""Who owes what, over HTTP and topics: each payer's part, the clinic's view of its insurers, and books from before."""

import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from invoicing.domain.insurance.split import WantedSplit, split_by_hand
from invoicing.domain.invoice.credit_note import LineCredit, credit, credit_note
from invoicing.domain.invoice.events import InvoiceFinalized, InvoicePaid
from invoicing.domain.invoice.invoice import Allocation, Invoice
from invoicing.domain.invoice.lifecycle import finalize
from invoicing.domain.receivables.account import account_id_of, balance
from invoicing.domain.receivables.allocation import allocate_account
from invoicing.publishing import Cause, record
from invoicing.usecases.catching_up.tell_payers_apart import tell_payers_apart

from chassis.messaging.outbox import Unit
from contracts.invoicing import Invoice as InvoiceEvent
from contracts.payments import PaymentReceived
from kernel.clock import utc_now
from kernel.money import Money
from tests.integration.invoicing.own_store import OwnStore
from tests.integration.invoicing.practice import Json, Practice, body_of, money, refunded, refusal
from tests.parts.sessions import CROWN, FILLING, item, procedure
from tests.unit.invoicing.examples import NOW, clinic, drafted, terms
from tests.unit.invoicing.test_payers import AOK, THE_AOK, two_lines

COVERAGE = {"payer_id": "aok", "payer_name": "AOK"}
PLAN = {"payer_id": "aok", "lines": [{"codes": [FILLING], "share": {"kind": "percent", "rate": "100"}}]}
BOTH = [procedure(), procedure(CROWN, 2)]


@pytest.fixture
def insured(practice: Practice) -> Practice:
    """A clinic where the insurer pays all of a filling (60.00), and the patient their crown (40.00)."""
    practice.configured(item(FILLING, 6_000), item(CROWN, 4_000), insurance=[PLAN])
    practice.patient = {"patient_id": "pat-77", "coverage": COVERAGE}
    return practice


def final(practice: Practice, session_id: str = "ses-1", **changes: Any) -> Json:
    return practice.finalized(session_id, **{"procedures": BOTH, "materials": [], **changes})


def given(practice: Practice, path: str, body: Json, session_id: str = "ses-1") -> Any:
    """A POST of the invoice as it is now, with a key of its own."""
    invoice = practice.read(session_id)
    headers = {
        **practice._authorization(invoice["version"]),
        "Idempotency-Key": uuid4().hex,
    }
    return practice.http.post(f"/invoices/{invoice['invoice_id']}/{path}", json=body, headers=headers)


def owed(payers: list[Json], *names: str) -> dict[str | None, tuple[int, ...]]:
    return {payer["payer_id"]: tuple(payer[name]["amount_minor"] for name in names) for payer in payers}


def test_the_patient_is_asked_for_theirs_when_the_insurers_line_is_credited(insured: Practice) -> None:
    invoice = final(insured)
    paid = insured.payment(6_000, part="insurer")
    insured.hears(paid)
    insured.until_balance(4_000)
    line = {"line_id": invoice["lines"][0]["line_id"]}
    note = body_of(given(insured, "credit-notes", {"reason": "never done", "lines": [line]}), 201)
    assert note["payers"] == [{"part": "insurer", "payer_id": "aok", "amount": money(6_000)}]
    after = insured.read()
    assert (after["status"], after["totals"]["due"], after["allocations"]) == ("finalized", money(4_000), [])
    names = ("amount", "paid", "credited", "written_off", "open")
    assert owed(after["payers"], *names) == {"aok": (6_000, 0, 6_000, 0, 0), None: (4_000, 0, 0, 0, 4_000)}
    account = insured.until_balance(-2_000)
    assert owed(account["balances"][0]["payers"], "open", "credit") == {None: (4_000, 0), "aok": (0, 6_000)}
    assert [(c["payment_id"], c["payer_id"], c["amount"]) for c in account["credits"]] == [
        (paid.payment_id, "aok", money(6_000))
    ]
    [open_] = account["open_invoices"]
    assert owed(open_["payers"], "open", "overdue") == {None: (4_000, 0)}
    assert insured.account_events(account["version"])[-1].body == account
    assert insured.drafted("ses-2")["previous_balances"][0]["payers"] == account["balances"][0]["payers"]
    insured.hears(refunded(paid, 6_000))
    settled = insured.until_balance(4_000)
    assert (settled["credits"], settled["balances"][0]["credit"]) == ([], money(0))


def test_a_clinic_sees_what_each_insurer_owes_with_its_invoices(insured: Practice) -> None:
    first = final(insured)
    final(insured, "ses-2", patient={"patient_id": "pat-78", "coverage": {"payer_id": "dkv"}})
    insured.hears(insured.payment(6_500, part="insurer"))
    insured.until_balance(3_500)
    insured.configured(item(FILLING, 6_000), item(CROWN, 4_000), insurance=[PLAN, {**PLAN, "payer_id": "dkv"}])
    third = final(insured, "ses-3", patient={"patient_id": "pat-79", "coverage": {"payer_id": "dkv"}})
    path = f"/clinics/{insured.clinic}/reports/insurers"
    report = body_of(insured.as_("auditor").get(path))
    totals = {row["payer_id"]: (row["invoices"], row["open"], row["credit"]) for row in report["totals"]}
    assert totals == {"aok": (0, money(0), money(500)), "dkv": (1, money(6_000), money(0))}
    by_patient = {row["patient_id"]: row for row in report["items"]}
    assert by_patient.keys() == {"pat-77", "pat-79"}
    assert [i["invoice_id"] for i in by_patient["pat-79"]["invoices"]] == [third["invoice_id"]]
    assert [c["invoice_id"] for c in by_patient["pat-77"]["credits"]] == [first["invoice_id"]]
    page = body_of(insured.get(path, payer_id="dkv", limit=1, as_of="2099-01-01"))
    assert ([row["patient_id"] for row in page["items"]], page["next_cursor"]) == (["pat-79"], None)
    assert [(row["payer_id"], row["overdue"]) for row in page["totals"]] == [("dkv", money(6_000))]
    aged = body_of(insured.get(f"/clinics/{insured.clinic}/reports/receivables"))["totals"][0]
    assert owed(aged["payers"], "total") == {None: (4_000 + 10_000 + 4_000,), "dkv": (6_000,)}
    assert insured.as_("auditor", "clinic-elsewhere").get(path).status_code == 404


def test_one_payers_part_is_written_off(insured: Practice) -> None:
    final(insured)
    unknown = given(insured, "write-off", {"reason": "gone", "part": "insurer", "payer_id": "dkv"})
    assert (refusal(unknown), unknown.json()["field"]) == ((422, "payer-unknown"), "/payer_id")
    after = body_of(given(insured, "write-off", {"reason": "gone", "part": "insurer"}))
    assert (after["status"], after["totals"]["due"]) == ("finalized", money(4_000))
    assert refusal(given(insured, "write-off", {"reason": "gone", "part": "insurer"})) == (409, "nothing-due")
    insured.hears(insured.payment(4_000))
    insured.until_balance(0)
    assert insured.read()["status"] == "written_off"


def test_what_costs_nothing_is_no_charge(practice: Practice) -> None:
    practice.configured(item(FILLING, 0))
    invoice = practice.finalized(procedures=[procedure()], materials=[])
    assert (invoice["status"], invoice["paid_at"], invoice["paid_by"]) == ("no_charge", None, None)
    assert [event.type for event in practice.events(invoice["version"])] == ["invoice-drafted", "invoice-finalized"]
    assert [i["invoice_id"] for i in practice.all_invoices(status="no_charge")] == [invoice["invoice_id"]]
    assert practice.all_invoices(status="paid") == []
    archived = body_of(practice.post(f"/invoices/{invoice['invoice_id']}/archive", invoice["version"]))
    assert (archived["status"], archived["paid_at"]) == ("archived", None)


def before_payers(invoice: Invoice, **allocations: Any) -> Invoice:
    """As an invoice was kept before payers were told apart."""
    notes = tuple(replace(note, payers=()) for note in invoice.credit_notes)
    allocated = tuple(replace(allocation, payer_id=None) for allocation in invoice.allocations)
    return replace(invoice, payers=(), credit_notes=notes, allocations=allocated, **allocations)


async def test_an_account_from_before_payers_were_told_apart_is_settled_again(own: OwnStore) -> None:
    """The insurer's line was credited, and their money had settled the patient's part: the invoice was `paid`."""
    first = two_lines()
    event = PaymentReceived.model_validate(
        {
            **{"payment_id": "pay-1", "clinic_id": first.clinic_id, "patient_id": first.patient_id},
            **{"invoice_id": first.invoice_id, "version": 1, "method": "bank_transfer", "status": "settled"},
            **{"currency": "EUR", "amount": money(6_000), "refunded": money(0), "settled": money(6_000)},
            **{"received_at": NOW.at, "changed_at": NOW.at, "part": "insurer"},
            "changed_by": {"actor_id": "usr-1", "role": "front_desk"},
        }
    )
    note = credit_note(first, [], [LineCredit(first.lines[0].line_id)], "CN-1", date(2026, 11, 23), NOW)
    outcome = credit(first, note, NOW)
    wrong = replace(
        outcome.state,
        status="paid",
        paid_at=NOW.at,
        allocations=(_allocation(4_000),),
        totals=replace(outcome.state.totals, paid=Money(4_000, "EUR"), due=Money(0, "EUR")),
    )
    old = before_payers(wrong)
    await own.save({}, InvoiceFinalized(replace(before_payers(first), version=old.version - 1)), InvoicePaid(old))

    async def keep(unit: Unit) -> None:
        await own.store.payments.keep_newer(unit, [event])
        issued = replace(outcome.issued, credit_note=replace(note, payers=()))
        await own.store.credit_notes.save(unit, record([issued], Cause()))
        account = balance(first.clinic_id, first.patient_id, 1, [old], [], NOW, NOW.at.date())
        account = replace(account, balances=tuple(replace(b, payers=()) for b in account.balances))
        await own.store.accounts.save(unit, [account])

    await own.do(keep)
    work = tell_payers_apart(own.store, own.outbox, utc_now)
    assert await work()
    assert not await work()
    after = (await own.store.invoices.get(first.invoice_id)).invoice
    assert (after.status, after.totals.due, after.paid_at) == ("finalized", Money(4_000, "EUR"), None)
    assert after.credit_notes[0].payers == note.payers
    account = await own.store.accounts.get(_account_id(after))
    assert account is not None
    assert {(p.part, p.payer_id): p.credit.amount_minor for p in account.balances[0].payers}[THE_AOK] == 6_000
    told = len(await own.published())
    assert not await tell_payers_apart(own.store, own.outbox, utc_now)()
    assert len(await own.published()) == told, "it is done once"


def _allocation(minor: int) -> Allocation:
    return Allocation("pay-1", Money(minor, "EUR"), "bank_transfer", NOW.at, "insurer")


def _account_id(invoice: Invoice) -> str:
    return account_id_of(invoice.clinic_id, invoice.patient_id)


NEW = {"payers", "secondary", "secondary_part"}


def _without_new(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {name: _without_new(value) for name, value in thing.items() if name not in NEW}
    return [_without_new(one) for one in thing] if isinstance(thing, list) else thing


async def test_an_invoice_that_was_stored_before_reads_with_the_right_values(own: OwnStore) -> None:
    final_ = finalize(two_lines_draft(), clinic(), "B-1", NOW).state
    await own.save({}, InvoiceFinalized(final_))
    rows = own.mongo.collection("invoices")
    row = await rows.find_one({"_id": final_.invoice_id})
    assert row is not None
    old = json.loads(row["snapshot"])
    kept = json.dumps(_without_new(old)).encode()
    await rows.update_one({"_id": final_.invoice_id}, {"$set": {"snapshot": kept}})
    known = (await own.store.invoices.get(final_.invoice_id)).invoice
    assert InvoiceEvent.model_validate_json(kept).payers == ()
    [settled] = allocate_account([known], [], NOW).state
    assert settled.payers == final_.payers


def two_lines_draft() -> Invoice:
    draft = drafted(terms(item(FILLING, 6_000)), procedures=[procedure()], materials=[], **AOK)
    return split_by_hand(draft, WantedSplit(Money(1_000, "EUR")), NOW).state
