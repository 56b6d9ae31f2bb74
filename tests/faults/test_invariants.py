"""An invariant that notices nothing would hold for ever: each is shown a world that is wrong in its own way."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.topics import INVOICES, PAYMENTS, dead_letter
from tests.faults import invariants
from tests.faults.conftest import Stages
from tests.faults.plan import FAULTS
from tests.faults.topics import Written
from tests.faults.world import Json, World

pytestmark = pytest.mark.kafka
Tamper = Callable[[World], None]


@pytest.fixture(scope="module")
def world(stages: Stages) -> World:
    """An hour with some poison in it, after which all holds."""
    run = stages.run()
    run.strike(FAULTS["nothing breaks"], 1)
    return run.look()


def first(rows: dict[str, Json], **like: object) -> Json:
    """The first row with these values."""
    return next(row for row in rows.values() if all(row[name] == value for name, value in like.items()))


def rewrite(world: World, id_: str, **changes: object) -> None:
    """Changes the stored snapshot of an invoice."""
    row = world.rows["invoicing"]["invoices"][id_]
    row["snapshot"] = json.dumps({**json.loads(row["snapshot"]), **changes}).encode()


def a_session_without_invoice(world: World) -> None:
    del world.rows["invoicing"]["invoices"][next(iter(world.invoices))]


def two_invoices_of_a_session(world: World) -> None:
    row = next(iter(world.rows["invoicing"]["invoices"].values()))
    world.rows["invoicing"]["invoices"]["inv_again"] = {**row, "_id": "inv_again"}


def a_line_is_missing(world: World) -> None:
    id_, invoice = next((id_, i) for id_, i in world.invoices.items() if i["status"] == "draft")
    rewrite(world, id_, lines=invoice["lines"][1:])


def a_dead_letter_was_changed(world: World) -> None:
    swap(world, lambda r: r.topic == dead_letter("invoicing"), lambda r: replace(r, value=b"other"))


def the_beginning_in_a_dead_letter_was_changed(world: World) -> None:
    swap(world, lambda r: r.header("error-cut") == "value", lambda r: replace(r, value=b"other"))


def a_dead_letter_is_of_another_value(world: World) -> None:
    headers = {"error-value-sha256": b"0" * 64}
    swap(
        world,
        lambda r: r.header("error-cut") == "value",
        lambda r: replace(r, headers=tuple((name, headers.get(name, value)) for name, value in r.headers)),
    )


def a_dead_letter_lost_a_header(world: World) -> None:
    swap(world, lambda r: r.topic == dead_letter("invoicing"), lambda r: replace(r, headers=r.headers[1:]))


def a_dead_letter_is_missing(world: World) -> None:
    drop(world, lambda r: r.topic == dead_letter("invoicing"))


def a_copy_is_old(world: World) -> None:
    first(world.rows["documents"]["invoices"], status="paid")["version"] = 1


def a_number_is_missing(world: World) -> None:
    number_one(world, "000009")


def a_number_is_there_twice(world: World) -> None:
    number_one(world, "000002")


def number_one(world: World, sequence: str) -> None:
    id_, number = next(
        (id_, i["number"]) for id_, i in world.invoices.items() if (i["number"] or "").endswith("000001")
    )
    rewrite(world, id_, number=number[:-6] + sequence)


def a_balance_is_off(world: World) -> None:
    next(iter(world.rows["invoicing"]["accounts"].values()))["balances"][0]["balance"]["amount_minor"] += 1


def an_allocation_is_off(world: World) -> None:
    id_, invoice = next((id_, i) for id_, i in world.invoices.items() if i["allocations"])
    rewrite(world, id_, allocations=invoice["allocations"][1:])


def a_credit_note_is_gone(world: World) -> None:
    world.rows["invoicing"]["credit_notes"].popitem()


def a_credit_note_is_more_than_it_says(world: World) -> None:
    id_, invoice = next((id_, i) for id_, i in world.invoices.items() if i["credit_notes"])
    rewrite(world, id_, totals={**invoice["totals"], "credited": {"amount_minor": 1, "currency": "EUR"}})


def a_supplement_is_gone(world: World) -> None:
    id_ = next(id_ for id_, i in world.invoices.items() if i["supplement_to"])
    rewrite(world, world.invoices[id_]["supplement_to"], decisions=[])
    del world.rows["invoicing"]["invoices"][id_]


def what_was_given_up_is_forgotten(world: World) -> None:
    id_, invoice = next((id_, i) for id_, i in world.invoices.items() if i["status"] == "written_off")
    rewrite(world, id_, totals={**invoice["totals"], "written_off": None})


def an_event_was_never_published(world: World) -> None:
    drop(world, lambda r: r.topic == INVOICES.name and r.header("ce_type").endswith("finalized.v1"))


def a_payment_was_never_published(world: World) -> None:
    drop(world, lambda r: r.topic == PAYMENTS.name)


def an_id_has_other_bytes(world: World) -> None:
    record = next(r for r in world.written if r.topic == PAYMENTS.name)
    world.written = [*world.written, replace(record, offset=10**6, value=b"{}")]


def an_aggregate_is_on_two_partitions(world: World) -> None:
    record = next(r for r in world.written if r.topic == INVOICES.name)
    world.written = [*world.written, replace(record, partition=record.partition + 1, offset=10**6)]


def the_topic_ends_with_something_else(world: World) -> None:
    next(iter(world.rows["invoicing"]["invoices"].values()))["version"] += 1


def a_row_is_left_in_an_outbox(world: World) -> None:
    world.rows["payments"]["outbox"]["left"] = {}


def a_group_lags(world: World) -> None:
    world.lags = {"invoicing.clinical.sessions": 1}


def a_movement_is_missing(world: World) -> None:
    world.rows["cash-register"]["movements"].popitem()


def cash_is_in_twice(world: World) -> None:
    day = next(iter(world.rows["cash-register"]["days"].values()))
    movement = next(iter(world.rows["cash-register"]["movements"].values()))
    day["cash_in"]["amount_minor"] += movement["amount"]["amount_minor"]
    world.rows["cash-register"]["movements"]["again"] = movement


def a_pdf_is_missing(world: World) -> None:
    world.rows["documents"]["documents"].popitem()


def a_pdf_is_cut(world: World) -> None:
    file = next(iter(world.rows["documents"]["files"].values()))
    file["content"] = file["content"][:-1]


def a_card_was_charged_twice(world: World) -> None:
    world.charges = [*world.charges, *world.charges[-1:]]


def a_charge_is_unknown(world: World) -> None:
    world.charges = [*world.charges, {**world.charges[0], "id": "ch_other", "payment_intent": "pi_other"}]


def an_answered_number_is_another_one(world: World) -> None:
    world.numbers = dict.fromkeys(world.numbers, "clinic-2026-000042")


def an_answered_payment_is_gone(world: World) -> None:
    world.payments = [*world.payments, "pay_gone"]


def a_payment_was_made_twice(world: World) -> None:
    row = next(iter(world.rows["payments"]["payments"].values()))
    world.rows["payments"]["payments"]["pay_twice"] = {**row, "bank_transaction_id": None}


def a_movement_of_the_bank_is_missing(world: World) -> None:
    rows = world.rows["payments"]["bank_transactions"]
    del rows[first(rows, status="unmatched")["_id"]]


def a_transfer_is_there_twice(world: World) -> None:
    rows = world.rows["payments"]["bank_transactions"]
    rows["btx_twice"] = {**first(rows, status="unmatched"), "_id": "btx_twice"}


def a_transfer_paid_twice(world: World) -> None:
    rows = world.rows["payments"]["payments"]
    paid = next(row for row in rows.values() if row["bank_transaction_id"] and row["status"] == "settled")
    rows["pay_twice"] = {**paid, "_id": "pay_twice"}


def a_transfer_that_paid_is_in_the_queue(world: World) -> None:
    first(world.rows["payments"]["bank_transactions"], status="matched")["status"] = "unmatched"


def swap(world: World, which: Callable[[Written], bool], change: Callable[[Written], Written]) -> None:
    place = next(number for number, record in enumerate(world.written) if which(record))
    written = list(world.written)
    written[place] = change(written[place])
    world.written = written


def drop(world: World, which: Callable[[Written], bool]) -> None:
    world.written = [record for record in world.written if not which(record)]


NOTICED: dict[str, tuple[Tamper, ...]] = {
    "one_invoice_a_session": (
        a_session_without_invoice,
        two_invoices_of_a_session,
        a_line_is_missing,
        a_supplement_is_gone,
    ),
    "input_is_state_and_dead_letters": (
        a_dead_letter_was_changed,
        the_beginning_in_a_dead_letter_was_changed,
        a_dead_letter_is_of_another_value,
        a_dead_letter_lost_a_header,
        a_dead_letter_is_missing,
        a_copy_is_old,
    ),
    "numbers_have_no_gap_and_no_double": (a_number_is_missing, a_number_is_there_twice),
    "balances_are_totals_less_payments": (a_balance_is_off, an_allocation_is_off, what_was_given_up_is_forgotten),
    "credit_notes_are_what_is_credited": (a_credit_note_is_gone, a_credit_note_is_more_than_it_says),
    "every_change_was_published": (an_event_was_never_published, a_payment_was_never_published),
    "the_same_id_is_the_same_bytes": (an_id_has_other_bytes,),
    "order_is_kept": (an_aggregate_is_on_two_partitions, the_topic_ends_with_something_else),
    "nothing_is_left_over": (a_row_is_left_in_an_outbox, a_group_lags),
    "the_till_is_the_cash_payments": (a_movement_is_missing, cash_is_in_twice),
    "one_pdf_of_what_was_issued": (a_pdf_is_missing, a_pdf_is_cut),
    "one_charge_a_card_payment": (a_card_was_charged_twice, a_charge_is_unknown),
    "what_was_answered_is_on_the_books": (
        an_answered_number_is_another_one,
        an_answered_payment_is_gone,
        a_payment_was_made_twice,
    ),
    "the_bank_is_the_transfers": (
        a_movement_of_the_bank_is_missing,
        a_transfer_is_there_twice,
        a_transfer_paid_twice,
        a_transfer_that_paid_is_in_the_queue,
    ),
}


def test_every_invariant_is_shown_something_wrong() -> None:
    assert set(NOTICED) == {invariant.__name__ for invariant in invariants.INVARIANTS}


@pytest.mark.parametrize(
    ("invariant", "tamper"),
    [pytest.param(name, tamper, id=tamper.__name__) for name, ways in NOTICED.items() for tamper in ways],
)
def test_an_invariant_notices(invariant: str, tamper: Tamper, world: World) -> None:
    wrong = replace(world, rows=copy.deepcopy(world.rows))
    tamper(wrong)
    # What was worked out before the tampering is worked out again.
    assert invariant in invariants.broken(replace(wrong))
