"""Card payments that are not decided, beside other money for the same invoice: both are never paid."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from payments.domain.cards.rivals import admit, beside, give_way, no_longer_open, rivals_of
from payments.domain.intake.intake import (
    ChargeCard,
    TakeCash,
    TakeTerminal,
    intend_card,
    take_by_reference,
    take_cash,
    take_transfer,
)
from payments.domain.intake.lifecycle import PaymentEvent
from payments.domain.intake.open_items import InsuranceSplit, Invoice, Totals, all_due, check_payable, open_now
from payments.domain.intake.payment import Checkout, OnFile, Payment, PaymentStatus

from kernel.errors import BusinessError
from kernel.money import Money
from tests.unit.payments.examples import (
    AT,
    BY_DESK,
    RECEIPT,
    cash_command,
    eur,
    heard,
    invoice,
    snapshot,
    transfer_command,
)

PAGE = Checkout("Payment", "https://clinic.example/thanks", None)
OWED_50 = invoice(totals=Totals(eur(5_000)))


def link(payment_id: str = "pay-link", amount_minor: int = 5_000, **changes: Any) -> Payment:
    """A link that was sent, and that nobody has paid."""
    command = ChargeCard(
        clinic_id="clinic-berlin",
        patient_id="pat-77",
        invoice_id="inv-1",
        amount=eur(amount_minor),
        allow_credit=False,
        checkout=PAGE,
    )
    return replace(intend_card(command, payment_id, BY_DESK).state, **changes)


def at_the_desk(payment_id: str = "pay-desk", amount_minor: int = 5_000, **changes: Any) -> Payment:
    return replace(link(payment_id, amount_minor), checkout=None, **changes)


def cash(amount_minor: int) -> Payment:
    return take_cash(cash_command(amount=eur(amount_minor)), "pay-cash", RECEIPT, BY_DESK).state


def transfer(amount_minor: int) -> Payment:
    return take_transfer(transfer_command(amount=eur(amount_minor)), "pay-bank", RECEIPT, BY_DESK).state


ASKING = link("pay-asking", next_step="wait_for_bank")
DECLINED = link("pay-declined", status="failed", card_payment_intent_id="pi_1")
ON_FILE = OnFile("crd-1", "cus_1", "pm_1")


@pytest.mark.parametrize("new", [link("pay-new"), at_the_desk()])
@pytest.mark.parametrize("old", [link(), at_the_desk("pay-old"), DECLINED, link(amount_minor=2_000)])
def test_a_new_card_payment_takes_the_place_of_one_that_nobody_has_paid(new: Payment, old: Payment) -> None:
    assert rivals_of(new, OWED_50, [old]) == [old]
    assert rivals_of(new, invoice(), [old]) == [old], "also where both would fit: a new link stands for the old one"


@pytest.mark.parametrize("old", [cash(5_000), link(status="canceled"), link(status="settled", settled_at=AT)])
def test_what_is_decided_does_not_give_way(old: Payment) -> None:
    assert rivals_of(link("pay-new", 1), invoice(), [old]) == []


def test_other_money_leaves_a_link_alone_that_it_fits_beside() -> None:
    waiting = link(amount_minor=3_000)
    assert rivals_of(cash(2_000), OWED_50, [waiting]) == []
    assert rivals_of(cash(2_001), OWED_50, [waiting]) == [waiting]
    assert rivals_of(transfer(5_000), OWED_50, [waiting]) == [waiting]


def test_an_instalment_that_is_charged_by_itself_leaves_a_link_alone_that_it_fits_beside() -> None:
    planned = at_the_desk("pay-plan", 2_000, on_file=ON_FILE)
    assert rivals_of(planned, OWED_50, [link(amount_minor=3_000)]) == []
    asked = replace(planned, on_file=replace(ON_FILE, agreed="by_phone"))
    assert rivals_of(asked, OWED_50, [link(amount_minor=3_000)]) == [link(amount_minor=3_000)]


def test_each_payer_has_links_of_their_own() -> None:
    split = replace(OWED_50, insurance=InsuranceSplit(eur(2_500), eur(2_500)))
    insurers = link("pay-insurer", 2_500, part="insurer")
    assert rivals_of(link("pay-new", 2_500), split, [insurers]) == []


def test_what_a_bank_is_asked_for_is_no_longer_open() -> None:
    assert open_now(OWED_50, [ASKING]) == eur(0)
    assert open_now(OWED_50, [link()]) == eur(5_000)
    for command in (cash_command(amount=eur(1)), ChargeCard(**vars_of(cash_command(amount=eur(1))))):
        with pytest.raises(BusinessError) as refused:
            check_payable(command, OWED_50, [ASKING])
        assert refused.value.code == "more-than-due"
        assert refused.value.message == (
            "50.00 EUR of invoice inv-1 is open, and the card's bank is being asked for 50.00 EUR of it"
        )
        check_payable(replace(command, allow_credit=True), OWED_50, [ASKING])


def vars_of(command: TakeCash) -> dict[str, Any]:
    names = ("clinic_id", "patient_id", "invoice_id", "amount", "allow_credit", "part")
    return {name: getattr(command, name) for name in names}


def test_money_that_has_moved_is_taken_beside_a_card_and_the_desk_sees_it() -> None:
    common = vars_of(cash_command(amount=eur(5_000)))
    on_terminal = TakeTerminal(**common, reference="slip 17")
    for command in (transfer_command(amount=eur(5_000)), on_terminal):
        check_payable(command, OWED_50, [ASKING])
    taken = take_by_reference(on_terminal, "pay-slip", RECEIPT, BY_DESK)
    assert rivals_of(taken.state, OWED_50, [ASKING]) == [ASKING]
    shown = beside(taken, [ASKING])
    assert shown.state.beside == ("pay-asking",)
    assert shown.events == (PaymentEvent("received", shown.state, BY_DESK),)


def test_all_that_is_due_is_what_is_open_now() -> None:
    assert all_due(OWED_50, [cash(2_000)]) == eur(3_000)
    split = replace(OWED_50, insurance=InsuranceSplit(eur(3_200), eur(1_800)))
    assert (all_due(split, []), all_due(split, [], "insurer")) == (eur(1_800), eur(3_200))
    with pytest.raises(BusinessError) as refused:
        all_due(split, [cash(1_800)])
    assert (refused.value.code, refused.value.status) == ("nothing-due", 409)
    assert refused.value.message == "0.00 EUR of invoice inv-1 is open of the patient's part"


def test_who_gives_way_is_to_be_ended_and_says_for_whom() -> None:
    after = give_way(link(), "pay-new", BY_DESK).state
    assert after.cancellation is not None
    assert (after.cancellation.code, after.replaced_by, after.status) == ("replaced", "pay-new", "pending")
    ended = heard(after, snapshot(payment_id="pay-link", status="canceled")).state
    assert ended.failure is not None
    assert (ended.status, ended.failure.code) == ("canceled", "replaced")


def test_a_card_on_file_that_is_being_charged_is_not_ended() -> None:
    charging = at_the_desk("pay-plan", on_file=ON_FILE)
    assert give_way(charging, "pay-new", BY_DESK).state == charging


NEW = link("pay-new", beside=("pay-link",))


@pytest.mark.parametrize("old", [link(status="canceled"), DECLINED, cash(1)])
def test_it_is_admitted_once_the_old_one_cannot_be_paid(old: Payment) -> None:
    assert admit(NEW, OWED_50, [NEW, old], BY_DESK).state == NEW


def test_the_old_one_that_was_faster_wins() -> None:
    paid = link(status="settled", settled_at=AT)
    refused = admit(NEW, OWED_50, [NEW, paid], BY_DESK)
    assert refused.state.failure is not None
    assert (refused.state.status, refused.state.failure.code) == ("canceled", "paid-otherwise")
    assert [event.kind for event in refused.events] == ["failed"]


def test_so_does_one_whose_bank_is_being_asked() -> None:
    refused = admit(NEW, OWED_50, [NEW, replace(link(), next_step="wait_for_bank")], BY_DESK).state
    assert refused.failure is not None
    assert (refused.status, refused.failure.code) == ("canceled", "under-way")


def test_what_still_fits_beside_the_one_that_was_faster_is_admitted() -> None:
    new = replace(NEW, amount=eur(2_000))
    paid = link(amount_minor=3_000, status="settled", settled_at=AT)
    assert admit(new, OWED_50, [new, paid], BY_DESK).state == new


@given(st.lists(st.tuples(st.integers(1, 9_000), st.booleans(), st.booleans()), max_size=8), st.integers(1, 10_000))
def test_whoever_is_paid_no_more_is_taken_than_is_open(steps: list[tuple[int, bool, bool]], due_minor: int) -> None:
    """New card payments and cash in any order; some cards pay before they are ended."""
    owed: Invoice = invoice(totals=Totals(eur(due_minor)))
    payments: dict[str, Payment] = {}
    for number, (amount_minor, by_card, pays) in enumerate(steps):
        command = cash_command(amount=eur(amount_minor))
        try:
            check_payable(command, owed, list(payments.values()))
        except BusinessError:
            continue
        money = link(amount_minor=amount_minor) if by_card else cash(amount_minor)
        fresh = replace(money, payment_id=f"pay-{number}")
        rivals = rivals_of(fresh, owed, list(payments.values()))
        for rival in rivals:
            ended: PaymentStatus = "settled" if pays else "canceled"
            payments[rival.payment_id] = replace(rival, status=ended, settled_at=AT if pays else None)
        fresh = replace(fresh, beside=tuple(rival.payment_id for rival in rivals))
        if by_card:
            fresh = admit(fresh, owed, list(payments.values()), BY_DESK).state
        elif rivals and pays:
            continue  # what a card pays in the moment before its link ends is credit on the account
        payments[fresh.payment_id] = fresh
        possible = sum(p.amount.amount_minor for p in payments.values() if p.status in ("settled", "pending"))
        assert possible <= due_minor


def test_money_of_another_currency_is_beside_the_question() -> None:
    dollars = replace(cash(5_000), amount=Money(5_000, "USD"))
    assert rivals_of(dollars, OWED_50, [link()]) == []


def test_a_link_that_asks_for_more_than_is_open_by_now_is_to_end() -> None:
    waiting = link(amount_minor=3_000)
    assert no_longer_open(OWED_50, [waiting, cash(2_000)]) == []
    assert no_longer_open(OWED_50, [waiting, cash(2_001)]) == [waiting]
    assert no_longer_open(replace(OWED_50, status="credited"), [waiting]) == [waiting]
    assert no_longer_open(replace(OWED_50, status="void"), [waiting, ASKING]) == [waiting]
    canceling = give_way(waiting, "pay-new", BY_DESK).state
    assert no_longer_open(replace(OWED_50, status="void"), [canceling]) == []


def test_each_payers_links_are_held_against_their_own_part() -> None:
    split = replace(OWED_50, insurance=InsuranceSplit(eur(2_000), eur(3_000)))
    patients, insurers = link("pay-patient", 3_000), link("pay-insurer", 3_000, part="insurer")
    assert no_longer_open(split, [patients, insurers]) == [insurers]
