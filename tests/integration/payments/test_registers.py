"""Cash beside what registers say of it, and what they brought to the bank beside its statements; and rounded cash."""

from datetime import UTC, datetime
from functools import partial
from operator import eq
from typing import Any
from uuid import uuid4

import pytest

from contracts.cash_register import CashRecorded, DayClosed
from tests.integration.payments.desk import AT, BY, Desk, Json, body_of, code_of, money
from tests.parts.patience import until
from tests.parts.statements import DATE, Moved, camt

pytestmark = pytest.mark.any_broker


def recorded(desk: Desk, version: int, amount: int, **fields: Any) -> CashRecorded:
    """What a register says of cash that moved."""
    movement = {
        "movement_id": f"mov-{uuid4().hex}",
        "amount": money(amount),
        "at": datetime.now(UTC),
        "by": BY,
        **fields,
    }
    day = desk.day(version=version, date=DATE, movement_count=version - 1)
    return CashRecorded.model_validate({**dict(day), "movement": movement})


def compared(desk: Desk) -> Json:
    asked = {"date": datetime.now(UTC).date().isoformat()}
    return body_of(desk.as_("auditor").get(f"/clinics/{desk.clinic}/reports/registers", **asked), 200)


def brought(desk: Desk) -> Json:
    asked = {"from": DATE, "to": "2026-11-30"}
    return body_of(desk.as_("auditor").get(f"/clinics/{desk.clinic}/reports/cash-deposits", **asked), 200)


def matches(desk: Desk) -> list[str | None]:
    """The credit of each deposit."""
    return [deposit["bank_transaction_id"] for deposit in brought(desk)["deposits"]]


def test_a_day_agrees_with_its_register_and_a_planted_difference_is_named(desk: Desk) -> None:
    desk.open_register()
    body_of(desk.post("/payments", desk.cash(5_000)), 201)
    paid: list[Json] = body_of(desk.get("/payments", method="cash"), 200)["items"]
    for version, payment in enumerate(paid, 2):
        fields = {"kind": "payment", "payment_id": payment["payment_id"], "at": payment["settled_at"]}
        desk.publish(recorded(desk, version, payment["amount"]["amount_minor"], **fields))
    report = until(lambda: compared(desk), lambda report: report["agrees"])
    assert report["registers"] == [{"register_id": "till-1", "ours": money(5_001), "theirs": money(5_001)}]
    body_of(desk.post("/payments", desk.cash(700)), 201)
    desk.publish(recorded(desk, 9, 900, kind="payment", payment_id="pay-of-nobody"))
    found = until(lambda: compared(desk)["differences"], lambda lines: len(lines) == 2)
    assert [(line["why"], line["ours"], line["theirs"]) for line in sorted(found, key=lambda line: line["why"])] == [
        ("not-in-payments", money(0), money(900)),
        ("not-in-the-register", money(700), money(0)),
    ]
    assert code_of(desk.get(f"/clinics/{desk.clinic}/reports/registers", date=DATE)) == "role-missing"


def test_what_was_brought_to_the_bank_is_found_on_the_statement_whichever_comes_first(desk: Desk) -> None:
    desk.publish(recorded(desk, 2, -50_000, kind="pay_out", category="bank_deposit"))
    until(lambda: brought(desk)["deposits"], lambda deposits: [d["status"] for d in deposits] == ["awaited"])
    moves = [Moved(50_000, text="BAREINZAHLUNG", iban=None), Moved(30_000, text="BAREINZAHLUNG AUTOMAT", iban=None)]
    body_of(desk.upload(camt(moves)), 201)
    aside, unknown = sorted(desk.transactions(), key=lambda t: -int(t["amount"]["amount_minor"]))
    assert (aside["status"], unknown["status"]) == ("set_aside", "unmatched")
    report = brought(desk)
    [deposit] = report["deposits"]
    assert (deposit["status"], deposit["bank_transaction_id"]) == ("matched", aside["transaction_id"])
    assert [credit["bank_transaction_id"] for credit in report["unknown"]] == [unknown["transaction_id"]]
    closed: Json = {"deposit": money(30_000), "closed_at": AT, "status": "closed", "version": 3, "date": DATE}
    desk.publish(DayClosed.model_validate(dict(desk.day(**closed))))
    until(lambda: brought(desk)["deposits"], lambda found: [d["status"] for d in found] == ["matched", "matched"])
    assert brought(desk)["unknown"] == []


def test_a_deposit_that_is_taken_back_gives_up_the_credit_that_it_was_matched_with(desk: Desk) -> None:
    """Typed twice: the credit is the other one's. Taken back as well, it is of none, and the comparison names it."""
    first, second = (recorded(desk, version, -50_000, kind="pay_out", category="bank_deposit") for version in (2, 3))
    desk.publish(first, second)
    until(lambda: brought(desk)["deposits"], lambda deposits: len(deposits) == 2)
    body_of(desk.upload(camt([Moved(50_000, text="BAREINZAHLUNG", iban=None)])), 201)
    [aside] = desk.transactions()
    for version, taken_back in enumerate((first, second), 4):
        entry = {"kind": "pay_in", "category": "bank_deposit", "counters": taken_back.movement.movement_id}
        desk.publish(recorded(desk, version, 50_000, **entry))
        matched = [aside["transaction_id"]] * (5 - version)
        until(lambda: matches(desk), partial(eq, matched))
    unknown = until(lambda: brought(desk)["unknown"], bool)
    assert [credit["bank_transaction_id"] for credit in unknown] == [aside["transaction_id"]]
    assert [transaction["status"] for transaction in desk.transactions()] == ["unmatched"]


def test_cash_is_rounded_where_the_clinic_says_so_and_the_amount_counts(desk: Desk) -> None:
    body_of(desk.manager.put(desk.settings_path, {"round_euro_cash": True}), 200)
    desk.publish(desk.day())
    asked = desk.cash(1_237, tendered=money(2_000))
    until(lambda: desk.post("/payments", asked), lambda answer: answer.status_code == 201)
    [paid] = body_of(desk.get("/payments"), 200)["items"]
    assert (paid["amount"], paid["rounding"], paid["change"]) == (money(1_237), money(-2), money(765))
    assert paid["settled"] == money(1_237)
    refunded = body_of(desk.manager.refund(paid["payment_id"], 203, register_id="till-1"), 201)
    assert (refunded["refunded"], refunded["refunds"][0]["rounding"]) == (money(203), money(2))
    today = datetime.now(UTC).date().isoformat()
    report = body_of(desk.get(f"/clinics/{desk.clinic}/reports/settlement", date=today), 200)
    [cash] = report["by_method"]
    names = ("received", "refunded", "rounded")
    assert [cash[name]["amount"]["amount_minor"] for name in names] == [1_235, -205, 4]
    assert cash["net"] == money(1_034)
    assert code_of(desk.post("/payments", desk.cash(2))) == "too-little-for-cash"
