"""A payout against the payments that it is made of."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from payments.domain.cards.stripe_snapshot import SeenRefund
from payments.domain.intake.payment import Dispute, Payment
from payments.domain.payouts.payout import (
    Difference,
    Payout,
    PayoutMovement,
    PayoutMovementKind,
    SeenMovement,
    SeenPayout,
    check,
)

from kernel.money import Money, total
from tests.unit.payments.examples import AT, card_payment, eur, heard, snapshot

PAID, FEE = eur(10000), eur(175)
REFUNDED, DISPUTED, DISPUTE_FEE = eur(2500), eur(4000), eur(1500)


def paid_payment(number: int, clinic_id: str = "clinic-berlin") -> Payment:
    """Settled, part refunded, and disputed; all that Stripe says of it is known."""
    new = replace(card_payment(), payment_id=f"pay-{number}", clinic_id=clinic_id)
    seen = snapshot(
        intent_id=f"pi_{number}",
        payment_id=new.payment_id,
        status="succeeded",
        succeeded_at=AT,
        fee=FEE,
        refunds=(SeenRefund(f"re_{number}", None, REFUNDED, "settled", AT),),
        disputes=(Dispute(f"du_{number}", DISPUTED, "open"),),
    )
    return heard(new, seen).state


def line(
    kind: PayoutMovementKind, number: int, amount: Money, fee: Money | None = None, source: str = "ch"
) -> SeenMovement:
    fee = eur(0) if fee is None else fee
    return SeenMovement(
        f"txn_{source}_{number}", kind, amount, fee, amount - fee, f"{source}_{number}", f"pi_{number}", f"pay-{number}"
    )


def lines_of(number: int) -> list[SeenMovement]:
    return [
        line("charge", number, PAID, FEE),
        line("refund", number, -REFUNDED, source="re"),
        line("dispute", number, -DISPUTED, DISPUTE_FEE, source="du"),
    ]


STRIPES_OWN = SeenMovement("txn_fee", "other", eur(-99), eur(0), eur(-99), None, None, None)


def payout(*movements: SeenMovement, **changes: object) -> SeenPayout:
    amount = total((movement.net for movement in movements), "EUR")
    return replace(SeenPayout("po_1", "paid", amount, AT, date(2026, 11, 21), "yes", movements), **changes)  # type: ignore[arg-type]


def checked(seen: SeenPayout, *payments: Payment) -> tuple[Payout, tuple[PayoutMovement, ...]]:
    return check(seen, {str(p.card_payment_intent_id): p for p in payments}, AT)


def test_charges_less_fees_refunds_and_disputes_are_the_payout() -> None:
    found, movements = checked(payout(*lines_of(1)), paid_payment(1))
    assert (found.state, found.differences) == ("matched", ())
    [part] = found.parts
    assert (part.charges, part.refunds, part.disputes, part.fees) == (PAID, REFUNDED, DISPUTED, FEE + DISPUTE_FEE)
    assert part.net == found.amount == PAID - REFUNDED - DISPUTED - FEE - DISPUTE_FEE
    assert {(m.payment_id, m.clinic_id) for m in movements} == {("pay-1", "clinic-berlin")}


@given(st.lists(st.sampled_from(["clinic-a", "clinic-b", "clinic-c"]), min_size=1, max_size=6), st.booleans())
def test_the_parts_of_the_clinics_add_up_to_the_payout(clinics: list[str], own_fee: bool) -> None:
    payments = [paid_payment(number, clinic_id) for number, clinic_id in enumerate(clinics)]
    movements = [line for number in range(len(payments)) for line in lines_of(number)]
    found, _ = checked(payout(*movements, *([STRIPES_OWN] if own_fee else [])), *payments)
    assert found.state == "matched"
    assert total((part.net for part in found.parts), "EUR") == found.amount
    for part in found.parts:
        left = part.charges - part.refunds - part.disputes + part.other - part.fees
        assert part.net == left
    assert found.clinic_ids == sorted(set(clinics))


@given(st.integers(0, 2), st.integers(-500, 500), st.booleans())
def test_an_amount_that_is_off_is_found_and_named(which: int, off: int, in_sum: bool) -> None:
    assume(off)
    movements = lines_of(1)
    wrong = movements[which]
    movements[which] = replace(wrong, amount=wrong.amount + eur(off), net=wrong.net + eur(off))
    seen = payout(*movements) if in_sum else replace(payout(*lines_of(1)), movements=tuple(movements))
    found, _ = checked(seen, paid_payment(1))
    assert found.state == "differs"
    [named] = [d for d in found.differences if d.code == "amount-differs"]
    assert (named.payment_id, named.movement_id) == ("pay-1", wrong.movement_id)
    assert (named.expected, named.found) == (wrong.amount, wrong.amount + eur(off))
    assert in_sum == (not any(d.code == "sum-differs" for d in found.differences))


@given(st.permutations(lines_of(1) + lines_of(2)))
def test_the_order_of_the_lines_does_not_matter(movements: list[SeenMovement]) -> None:
    payments = paid_payment(1), paid_payment(2, "clinic-b")
    assert checked(payout(*movements), *payments)[0] == checked(payout(*lines_of(1), *lines_of(2)), *payments)[0]


@pytest.mark.parametrize(
    ("known", "movement", "code"),
    [
        (card_payment(), line("charge", 1, PAID, FEE), "payment-not-settled"),
        (paid_payment(1), line("charge", 1, PAID, eur(176)), "fee-differs"),
        (paid_payment(1), line("refund", 9, -REFUNDED, source="re"), "refund-unknown"),
        (paid_payment(1), line("dispute", 9, -DISPUTED, source="du"), "dispute-unknown"),
    ],
)
def test_what_our_books_do_not_know_is_a_difference(known: Payment, movement: SeenMovement, code: str) -> None:
    known = replace(known, card_payment_intent_id="pi_1")
    found, _ = checked(payout(replace(movement, intent_id="pi_1")), known)
    assert [(d.code, d.clinic_id) for d in found.differences] == [(code, "clinic-berlin")]


def test_a_payment_in_our_name_that_is_not_in_our_books_is_a_difference_and_another_systems_is_none() -> None:
    assert [d.code for d in checked(payout(line("charge", 7, PAID, FEE)))[0].differences] == ["payment-unknown"]
    foreign = replace(line("charge", 7, PAID, FEE), payment_id=None)
    found, [movement] = checked(payout(foreign))
    assert (found.state, movement.clinic_id) == ("matched", None)


def test_money_that_comes_back_is_held_against_what_went() -> None:
    back = [line("refund", 1, REFUNDED, source="re"), line("dispute", 1, DISPUTED, source="du")]
    assert checked(payout(*back), paid_payment(1))[0].state == "matched"


def test_amounts_that_stripe_changed_into_another_currency_are_not_compared() -> None:
    yen = replace(line("charge", 1, Money(1600, "JPY"), Money(25, "JPY")))
    seen = replace(payout(), amount=yen.net, movements=(yen,))
    assert checked(seen, paid_payment(1))[0].state == "matched"


def test_a_payout_that_stripe_does_not_itemize_is_shown_to_a_person_and_one_not_itemized_yet_waits() -> None:
    assert checked(payout(itemized="never", movements=()))[0].differences == (Difference("not-itemized"),)
    assert checked(payout(itemized="later", movements=()))[0].state == "unchecked"


@pytest.mark.parametrize(("paid_out_minor", "differs"), [(19_600, False), (19_700, False), (19_500, True)])
def test_forints_are_paid_out_whole_and_what_is_left_stays_in_the_balance(paid_out_minor: int, differs: bool) -> None:
    charged = line("charge", 1, Money(20_000, "HUF"), Money(325, "HUF"))
    found, _ = checked(replace(payout(), movements=(charged,), amount=Money(paid_out_minor, "HUF")))
    assert [d.code for d in found.differences if d.code == "sum-differs"] == ["sum-differs"] * differs
