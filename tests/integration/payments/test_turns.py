"""Transfers that are matched together find what each of them finds by itself, in the same order."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from payments.domain.bank.lifecycle import imported
from payments.domain.bank.transaction import Transaction
from payments.replicas import InvoiceReplica
from payments.store import INDEXES, Store
from payments.store.bank import queue
from payments.usecases.bank import match
from payments.usecases.bank.enter_transactions import enter_transactions
from payments.usecases.intake.ledger import PaymentLedger

from chassis.database.mongo import Mongo
from chassis.messaging.broker import Producer
from chassis.messaging.outbox import Outbox
from chassis.service import OWN_INDEXES
from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.money import Money

pytestmark = pytest.mark.any_broker

CLERK = Actor("usr-1", None, "front_desk")
DAY = date(2026, 11, 20)
OWED = (5_000, 5_000, 7_000, 12_000, 900, 6_100)
PATIENTS = ("PAT1", "PAT1", "PAT1", "PAT2", "PAT2", "PAT3")
SPLIT = 3
"""Of this invoice the insurer owes a half."""
Found = list[tuple[str, str | None, list[tuple[str, str | None, int, str]]]]


@dataclass(frozen=True)
class Sent:
    """A transfer: from one of three accounts, naming invoices, or a patient, in one way or the other."""

    minor: int
    payer: int
    referred: tuple[int, ...]
    numbered: tuple[int, ...]
    patient: int | None
    back_of: int | None


AMOUNTS = st.sampled_from([*OWED, 10_000, 12_000, 12_900, 17_000, 333])
NAMED = st.lists(st.integers(0, len(OWED) - 1), max_size=2, unique=True).map(tuple)
SENT = st.builds(
    Sent,
    AMOUNTS,
    st.integers(0, 2),
    NAMED,
    st.one_of(st.just(()), NAMED),
    st.one_of(st.none(), st.integers(0, 5)),
    st.one_of(st.none(), st.none(), st.none(), st.integers(0, 9)),
)


@pytest.fixture(scope="module")
def name() -> str:
    return f"test_{uuid4().hex[:12]}"


@settings(max_examples=25)
@example(sent=[Sent(5_000, 0, (0,), (), None, None), Sent(7_000, 0, (), (), None, None)], together=200)
@example(sent=[Sent(5_000, 0, (), (), None, 1), Sent(5_000, 0, (0,), (), None, None)], together=200)
@given(sent=st.lists(SENT, min_size=2, max_size=10), together=st.sampled_from([2, 3, 200]))
def test_transfers_that_are_matched_together_find_what_each_would_find_by_itself(
    mongo_uri: str, name: str, sent: list[Sent], together: int
) -> None:
    whole, single = asyncio.run(_both(mongo_uri, name, sent, together))
    assert whole == single


async def _both(uri: str, name: str, sent: Sequence[Sent], together: int) -> tuple[Found, Found]:
    mongo = Mongo(uri, name)
    await mongo.ensure_indexes({**OWN_INDEXES, **INDEXES})
    ledger = PaymentLedger(Store(mongo), Outbox(mongo, Producer("127.0.0.1:1", "test"), "/test"), timedelta(seconds=10))
    try:
        return await _found(ledger, sent, together), await _found(ledger, sent, 1)
    finally:
        await mongo.close()


async def _found(ledger: PaymentLedger, sent: Sequence[Sent], at_once: int) -> Found:
    """What became of each transfer, in a clinic of its own, so many of them at once."""
    clinic = f"clinic-{uuid4().hex[:8]}"
    copies = [_invoice(clinic, number) for number in range(len(OWED))]
    await ledger.transact(lambda unit: ledger.store.replicas.keep_invoices(unit, copies))
    transfers = [_transfer(clinic, number, transfer) for number, transfer in enumerate(sent)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "AT_ONCE", at_once)
        fresh = [imported(transfer, ledger.change(CLERK)) for transfer in transfers]
        await ledger.transact(lambda unit: enter_transactions(unit, ledger.store, fresh))
        while await match.work_off(ledger):
            pass
    after = [await ledger.store.bank.transactions.transaction(t.transaction_id) for t in transfers]
    return [(t.status, t.decision.rule if t.decision else None, _shares(t, clinic)) for t in after]


def _shares(transfer: Transaction, clinic: str) -> list[tuple[str, str | None, int, str]]:
    return [
        (s.patient_id, s.invoice_id and s.invoice_id.removeprefix(clinic), s.amount.amount_minor, s.part)
        for s in transfer.shares
    ]


def _invoice(clinic: str, number: int) -> InvoiceReplica:
    owed = {"amount_minor": OWED[number], "currency": "EUR"}
    half = {"amount_minor": OWED[number] // 2, "currency": "EUR"}
    return InvoiceReplica.model_validate(
        {
            "invoice_id": f"{clinic}-inv-{number}",
            "clinic_id": clinic,
            "patient_id": PATIENTS[number],
            "version": 2,
            "status": "finalized",
            "currency": "EUR",
            "totals": {"due": owed},
            "allocations": (),
            "number": f"2026000{number}",
            "payment_reference": f"RF{number}",
            "instalments": (),
            "due_on": None,
            "finalized_at": utc_now() - timedelta(days=9 - number),
            "insurance": {"insurer_part": half, "patient_part": half} if number == SPLIT else None,
        }
    )


def _transfer(clinic: str, number: int, sent: Sent) -> Transaction:
    reversal = sent.back_of is not None
    words = [f"2026000{n}" for n in sent.numbered] + ([] if sent.patient is None else [PATIENTS[sent.patient]])
    return Transaction(
        transaction_id=f"btx-{clinic}-{number}",
        clinic_id=clinic,
        statement_id="bst-1",
        account="DE1",
        version=1,
        status="new",
        booked_on=DAY,
        value_on=None,
        amount=Money(sent.minor, "EUR"),
        credit=not reversal,
        reversal=reversal,
        bank_reference=None,
        end_to_end_id=f"E2E{sent.back_of if reversal else number}",
        text="",
        counterparty_name=None,
        counterparty_iban=f"DE{sent.payer}",
        charges=None,
        references=() if reversal else tuple(f"RF{n}" for n in sent.referred),
        words=tuple(words),
    )
