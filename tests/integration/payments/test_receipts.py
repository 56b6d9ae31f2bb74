"""Receipts have numbers of their own for each clinic, without a gap, though many desks ask and processes die."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from dev.parts.service import ServicePart
from dev.parts.tokens import TokenIssuer
from tests.integration.payments.conftest import Settings
from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.integration.payments.stripe_side import StripeSide
from tests.parts.patience import PATIENCE_S, until
from tests.parts.statements import Moved, camt
from tests.parts.topics import hear_from_now_on

PAYMENTS, DESKS = 40, 8
KILLS = ("mid-transaction:2", "before-commit:3", "after-commit:2", "before-commit:1")
KILLED = -9


@pytest.fixture
def mortals(settings: Settings, tmp_path: Path) -> Iterator[list[ServicePart]]:
    """Two processes of one service with a database of its own; each dies where its file says."""
    name = uuid4().hex[:12]
    own = {**settings, "SERVICE": f"payments-{name}", "MONGO_DATABASE": f"test_{name}"}
    hear_from_now_on(settings["KAFKA"], "payments", own["SERVICE"])
    parts = [
        ServicePart(
            "payments", tmp_path / ordinal, {**own, "ORDINAL": ordinal, "FAILPOINT": f"@{tmp_path / ordinal}.failpoint"}
        )
        for ordinal in ("0", "1")
    ]
    try:
        for part in parts:
            part.start()
        yield parts
    finally:
        for part in parts:
            part.stop()


def insists(desks: list[Desk], number: int) -> str:
    """The receipt of one payment, asked for with the same key at one process after the other until one answers."""
    key = f"payment-{number}"
    body = desks[0].cash(100 + number) if number % 2 else desks[0].transfer(100 + number)
    turns: Iterator[Desk] = cycle(desks[number % 2 :] + desks[: number % 2])

    def once() -> httpx2.Response | str:
        try:
            return next(turns).post("/payments", body, key)
        except httpx2.TransportError as error:
            return repr(error)

    answer = until(once, lambda seen: not isinstance(seen, str) and seen.status_code < 500, 4 * PATIENCE_S)
    assert isinstance(answer, httpx2.Response)
    receipt: str = body_of(answer, 201)["receipt_number"]
    return receipt


def kill_meanwhile(parts: Sequence[ServicePart], asked: Sequence[Future[str]]) -> int:
    """`kill -9` of one after the other, at points of their transactions; who is dead is started again."""
    struck = 0
    for part, point in zip(cycle(parts), KILLS, strict=False):
        Path(part.child.env["CHAIRSIDE_FAILPOINT"][1:]).write_text(point)
        until(
            lambda: part.child.exit_code is not None or all(answer.done() for answer in asked),  # noqa: B023
            patience_s=2 * PATIENCE_S,
        )
        if part.child.exit_code is None:
            break
        assert part.child.exit_code == KILLED
        struck += 1
        part.start()
    return struck


def test_no_receipt_is_missing_and_none_is_there_twice_whoever_dies(
    mortals: list[ServicePart], kafka: str, issuer: TokenIssuer, stripe_side: StripeSide
) -> None:
    clients = [httpx2.Client(base_url=part.url, timeout=60, trust_env=False, verify=False) for part in mortals]
    first = Desk(clients[0], kafka, issuer, stripe_side, f"clinic-{uuid4().hex[:8]}")
    desks = [first, replace(first, http=clients[1])]
    first.open_register()
    taken = len(first.get("/payments").json()["items"])
    with ThreadPoolExecutor(DESKS) as pool:
        asked = [pool.submit(insists, desks, number) for number in range(PAYMENTS)]
        struck = kill_meanwhile(mortals, asked)
        receipts = sorted(answer.result() for answer in asked)
    assert struck, "nobody died while the numbers were drawn"
    assert receipts == [f"R-{first.clinic}-{n:06d}" for n in range(taken + 1, taken + PAYMENTS + 1)]
    kept = first.get("/payments", limit=200).json()["items"]
    assert sorted(payment["receipt_number"] for payment in kept)[taken:] == receipts
    assert body_of(first.get(f"/clinics/{first.clinic}/revisions/verification"), 200)["intact"]
    for client in clients:
        client.close()


def test_all_ways_to_pay_draw_from_one_series_and_who_is_refused_takes_no_number(desk: Desk) -> None:
    desk.open_register()
    taken = len(desk.get("/payments").json()["items"])
    for refused in (desk.cash(5_000, tendered=money(1)), desk.transfer(-1), desk.cash(1, register_id="till-9")):
        assert code_of(desk.post("/payments", refused)) != ""
    cash = body_of(desk.post("/payments", desk.cash()), 201)
    card = desk.paid_by_card()
    body_of(desk.upload(camt([Moved(4_000)])), 201)
    [transaction] = desk.transactions()
    share = {"patient_id": "pat-77", "amount": money(4_000)}
    matched = body_of(desk.post(f"/bank-transactions/{transaction['transaction_id']}/match", {"shares": [share]}), 200)
    transfer = desk.read(matched["decision"]["shares"][0]["payment_id"])
    drawn = [payment["receipt_number"] for payment in (cash, card, transfer)]
    assert drawn == [f"R-{desk.clinic}-{n:06d}" for n in range(taken + 1, taken + 4)]
    given_back(desk, cash, card, transfer)
    ours = [each for payment in desk.get("/payments").json()["items"] for each in (payment, *payment["refunds"])]
    numbers = sorted(each["receipt_number"] for each in ours)
    assert numbers == [f"R-{desk.clinic}-{n:06d}" for n in range(1, taken + 7)]


def given_back(desk: Desk, cash: Json, card: Json, transfer: Json) -> None:
    """Each of them in part, after one that is refused; the last needs a second person."""
    assert code_of(desk.manager.refund(cash["payment_id"], 1)) == "register-required"
    body_of(desk.manager.refund(cash["payment_id"], 100, register_id="till-1"), 201)
    body_of(desk.manager.refund(card["payment_id"], 100), 201)
    desk.until_status(card["payment_id"], "partly_refunded")
    desk.refund_limit(10)
    [waits] = body_of(desk.manager.refund(transfer["payment_id"], 100), 202)["refunds"]
    assert waits["receipt_number"] is None
    path = f"/payments/{transfer['payment_id']}/refunds/{waits['refund_id']}/approve"
    body_of(desk.second_manager.post(path, {"reason": "agreed"}), 200)


def test_a_card_that_was_declined_has_no_receipt_and_leaves_no_gap(desk: Desk) -> None:
    started = desk.charge()
    desk.stripe.enter_card(started["client_secret"], "pm_card_chargeDeclined")
    declined = desk.until_status(started["payment"]["payment_id"], "failed")
    assert declined["receipt_number"] is None
    taken = body_of(desk.post("/payments", desk.transfer()), 201)
    assert taken["receipt_number"] == f"R-{desk.clinic}-000001"
