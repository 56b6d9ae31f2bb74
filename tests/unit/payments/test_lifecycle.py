"""The states of a payment: the table in code, the diagram of the page, and the agreement on the wire are one."""

import re
from pathlib import Path
from typing import get_args

import pytest
from payments.domain.cards.stripe_snapshot import StripeSnapshot
from payments.domain.intake.lifecycle import TRANSITIONS, PaymentCommand, demand, may
from payments.domain.intake.payment import PaymentStatus, RefundStatus

from contracts import payments as wire
from kernel.errors import IllegalTransition
from tests.unit.payments.examples import STRIPE, card_payment, heard, published, settled_card_payment, snapshot

PAGE = Path(__file__).parents[3] / "docs" / "services" / "payments.md"
FROM_NOTHING = {
    "cash": "settled",
    "transfer": "settled",
    "cheque": "settled",
    "terminal": "settled",
    "card": "pending",
}


def test_the_page_draws_the_table() -> None:
    lines = re.findall(r"^ +(\S+) --> (\w+): (.+)$", PAGE.read_text(), re.MULTILINE)
    drawn = {(before, command): after for before, after, all_ in lines for command in all_.split(", ")}
    assert len(drawn) == sum(len(all_.split(", ")) for *_, all_ in lines), "something is drawn twice"
    table: dict[tuple[str, str], str] = {("[*]", way): after for way, after in FROM_NOTHING.items()}
    table |= {(before, command.replace("_", " ")): after for (before, command), after in TRANSITIONS.items()}
    assert drawn == table


def test_the_table_knows_every_state_and_every_command_of_the_wire() -> None:
    assert (
        {*FROM_NOTHING.values(), *TRANSITIONS.values()}
        == set(get_args(PaymentStatus))
        == set(get_args(wire.PaymentStatus))
    )
    assert {command for _, command in TRANSITIONS} == set(get_args(PaymentCommand))
    assert set(get_args(RefundStatus)) == set(get_args(wire.Refund.model_fields["status"].annotation))


@pytest.mark.parametrize("command", get_args(PaymentCommand))
def test_what_is_not_in_the_table_cannot_happen(command: PaymentCommand) -> None:
    payment = card_payment()
    if may(payment.status, command):
        assert demand(payment, command) == TRANSITIONS[payment.status, command]
    else:
        with pytest.raises(IllegalTransition):
            demand(payment, command)


def test_every_version_of_a_change_is_there_though_only_some_are_published() -> None:
    """Heard of and settled in one look at Stripe: two versions, one of them published."""
    seen: StripeSnapshot = snapshot(status="succeeded", succeeded_at=card_payment().received_at)
    outcome = heard(card_payment(), seen)
    assert [event.payment.version for event in outcome.events] == [2, 3]
    assert [event.payment for event in published(outcome)] == [outcome.state]
    assert outcome.events[0].payment.status == "pending"
    assert heard(settled_card_payment(), seen).events == ()
    assert outcome.state.changed_by == STRIPE
