"""Each event that Stripe tells, over the wire by itself: what follows for the payment, and what is told of it.

The service hears of nothing else: no webhook comes by itself, and it asks about nothing of its own accord. Each event
comes alone, twice, before and after those around it, and again when more has happened.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from tests.integration.payments.conftest import Build, Settings
from tests.integration.payments.desk import Desk, Json, money
from tests.integration.payments.webhooks import deliver, event, send, worked_off
from tests.parts.patience import until

DATABASE = f"test_{uuid4().hex[:12]}"


@dataclass
class Scene:
    """One payment of 50.00, and what the patient, their bank and the dashboard do with it."""

    desk: Desk
    payment_id: str
    secret: str | None
    url: str | None

    @property
    def intent_id(self) -> str:
        [intent] = self.desk.stripe.intents_of(self.payment_id)
        return str(intent["id"])

    def do(self, step: str) -> None:
        STEPS[step](self)

    def events(self) -> list[Json]:
        """All of this payment so far, oldest first."""
        found = (
            {event["id"]: event for event in self.desk.stripe.all_events_of(self.intent_id)} if self._has_intent else {}
        )
        for page in self.desk.stripe.pages_of(self.payment_id):
            found |= {event["id"]: event for event in self.desk.stripe.events_of(page["id"])}
        return sorted(found.values(), key=lambda event: event["created"])

    def read(self) -> Json:
        return self.desk.read(self.payment_id)

    def published_versions(self) -> list[int]:
        revisions = self.desk.get(f"/payments/{self.payment_id}/revisions", limit=200).json()["items"]
        return [revision["version"] for revision in revisions if revision["type"] != "payments.payment-noted"]

    def enter(self, card: str) -> None:
        assert self.secret is not None
        self.desk.stripe.enter_card(self.secret, card)

    def pay_link(self) -> None:
        assert self.url is not None
        self.desk.stripe.pay_on_page(self.url)

    def pay_later(self) -> None:
        self.desk.stripe.faults(settle_later=True)
        self.enter("pm_card_visa")
        self.desk.stripe.faults(settle_later=False)

    def expire_link(self) -> None:
        [page] = self.desk.stripe.pages_of(self.payment_id)
        self.desk.stripe.expire_page(page["id"])

    def settle_refund(self, outcome: str) -> None:
        [refund] = self.desk.stripe.refunds_of(self.intent_id)
        self.desk.stripe.settle_refund(refund["id"], outcome)

    def _only_dispute(self) -> str:
        [dispute] = self.desk.stripe.disputes_of(self.intent_id)
        return str(dispute["id"])

    def escalate(self) -> None:
        self.desk.stripe.escalate_dispute(self._only_dispute())

    def win(self) -> None:
        self.desk.stripe.close_dispute(self._only_dispute(), "won")

    @property
    def _has_intent(self) -> bool:
        return bool(self.desk.stripe.intents_of(self.payment_id))


STEPS: Mapping[str, Callable[[Scene], object]] = {
    "pay": lambda scene: scene.enter("pm_card_pendingRefund"),
    "pay by a card that is refunded at once": lambda scene: scene.enter("pm_card_visa"),
    "pay by a card that asks": lambda scene: scene.enter("pm_card_threeDSecure2Required"),
    "answer the bank": lambda scene: scene.desk.stripe.authenticate(scene.intent_id),
    "be declined": lambda scene: scene.enter("pm_card_visa_chargeDeclined"),
    "pay by a slow bank": Scene.pay_later,
    "the slow bank pays": lambda scene: scene.desk.stripe.settle(scene.intent_id),
    "cancel": lambda scene: scene.desk.stripe.cancel(scene.intent_id),
    "refund 15.00": lambda scene: scene.desk.stripe.refund(scene.intent_id, 1_500),
    "refund 35.00": lambda scene: scene.desk.stripe.refund(scene.intent_id, 3_500),
    "the refund arrives": lambda scene: scene.settle_refund("succeeded"),
    "the refund fails": lambda scene: scene.settle_refund("failed"),
    "dispute": lambda scene: scene.desk.stripe.dispute(scene.intent_id),
    "inquire": lambda scene: scene.desk.stripe.dispute(scene.intent_id, inquiry=True),
    "escalate": Scene.escalate,
    "win": Scene.win,
    "pay the link": Scene.pay_link,
    "the link expires": Scene.expire_link,
}


@dataclass(frozen=True)
class State:
    """How the payment stands, what of it counts, and what was published of it by then."""

    status: str
    settled: int
    published: tuple[str, ...] = ()
    next_step: str | None = None
    refunds: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()

    def is_of(self, payment: Json) -> bool:
        found = State(
            payment["status"],
            payment["settled"]["amount_minor"],
            self.published,
            payment["next_step"],
            tuple(refund["status"] for refund in payment["refunds"]),
            tuple(dispute["status"] for dispute in payment["disputes"]),
        )
        return found == self


@dataclass(frozen=True)
class Row:
    """After `steps` the event alone leads to `state`; `later` more happens, which leads to `end`."""

    type: str
    steps: tuple[str, ...]
    state: State
    later: tuple[str, ...] = ()
    end: State | None = None
    by_link: bool = False


RECEIVED = ("payment-received",)
REFUNDED, DISPUTED = (*RECEIVED, "payment-refunded"), (*RECEIVED, "payment-disputed")
SETTLED = State("settled", 5_000, RECEIVED)
ROWS = [
    Row(
        "payment_intent.requires_action",
        ("pay by a card that asks",),
        State("pending", 0, (), "authenticate"),
        ("answer the bank",),
        SETTLED,
    ),
    Row(
        "payment_intent.processing",
        ("pay by a slow bank",),
        State("pending", 0, (), "wait_for_bank"),
        ("the slow bank pays",),
        SETTLED,
    ),
    Row(
        "payment_intent.succeeded",
        ("pay by a card that is refunded at once",),
        SETTLED,
        ("refund 15.00",),
        State("partly_refunded", 3_500, REFUNDED, refunds=("settled",)),
    ),
    Row(
        "payment_intent.payment_failed",
        ("be declined",),
        State("failed", 0, ("payment-failed",), "enter_card"),
        ("pay",),
        State("settled", 5_000, ("payment-failed", "payment-received")),
    ),
    Row("payment_intent.canceled", ("cancel",), State("canceled", 0, ("payment-failed",))),
    Row(
        "charge.refunded",
        ("pay by a card that is refunded at once", "refund 15.00"),
        State("partly_refunded", 3_500, REFUNDED, refunds=("settled",)),
        ("refund 35.00",),
        State("refunded", 0, (*REFUNDED, "payment-refunded"), refunds=("settled", "settled")),
    ),
    Row(
        "refund.updated",
        ("pay", "refund 15.00", "the refund arrives"),
        State("partly_refunded", 3_500, REFUNDED, refunds=("settled",)),
        ("the refund fails",),
        State("settled", 5_000, (*REFUNDED, "payment-refunded"), refunds=("failed",)),
    ),
    Row("refund.failed", ("pay", "refund 15.00", "the refund fails"), replace(SETTLED, refunds=("failed",))),
    Row(
        "charge.dispute.created",
        ("pay", "dispute"),
        State("disputed", 0, DISPUTED, disputes=("open",)),
        ("win",),
        State("settled", 5_000, (*DISPUTED, "payment-disputed"), disputes=("won",)),
    ),
    Row(
        "charge.dispute.updated",
        ("pay", "inquire", "escalate"),
        State("disputed", 0, DISPUTED, disputes=("open",)),
        ("win",),
        State("settled", 5_000, (*DISPUTED, "payment-disputed"), disputes=("won",)),
    ),
    Row("charge.dispute.closed", ("pay", "dispute", "win"), replace(SETTLED, disputes=("won",))),
    Row("checkout.session.completed", ("pay the link",), SETTLED, by_link=True),
    Row("checkout.session.expired", ("the link expires",), State("canceled", 0, ("payment-failed",)), by_link=True),
]


@pytest.fixture(scope="module")
def silent(build: Build) -> Desk:
    """Nothing comes by itself."""
    desk = build(CARD_ASK_AFTER_S="3600", MONGO_DATABASE=DATABASE)
    desk.stripe.faults(webhooks="off")
    return desk


@pytest.fixture(scope="module")
def kept(settings: Settings) -> Iterator[Any]:
    """What the service keeps of webhooks."""
    with MongoClient[dict[str, Any]](settings["MONGO_URI"]) as client:
        yield client[DATABASE]["webhooks"]


@pytest.fixture
def own(silent: Desk) -> Desk:
    """The desk of a clinic that nobody used before."""
    return silent.of(f"clinic-{uuid4().hex[:8]}")


def begun(desk: Desk, row: Row) -> Scene:
    started = desk.send_link(5_000) if row.by_link else desk.charge(5_000)
    url = started["checkout"]["url"] if row.by_link else None
    return Scene(desk, started["payment"]["payment_id"], started["client_secret"], url)


def arrived(scene: Scene, state: State) -> Json:
    return until(scene.read, state.is_of)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.type)
def test_an_event_has_its_effect_once_whatever_comes_around_it(own: Desk, kept: Any, row: Row) -> None:
    scene = begun(own, row)
    for step in row.steps:
        scene.do(step)
    before = scene.events()
    *_, this = [event for event in before if event["type"] == row.type]
    neighbours = [event for event in before if event != this]

    deliver(own, this, this)
    seen = arrived(scene, row.state)
    deliver(own, *reversed(neighbours), this, *neighbours)
    rows = worked_off(kept, before)
    assert len(rows) == len(before)
    assert scene.read() == seen, "all that was to be known was known by one event"
    assert {webhook["payment_id"] for webhook in rows if webhook["_id"] == this["id"]} == {scene.payment_id}

    for step in row.later:
        scene.do(step)
    following = [event for event in scene.events() if event not in before]
    deliver(own, *reversed(following), this)
    end = arrived(scene, row.end or row.state)
    worked_off(kept, following)
    assert scene.read() == end
    events = own.published(scene.payment_id, max(scene.published_versions()))
    assert tuple(kind for kind, _ in events) == (row.end or row.state).published
    assert (events[-1][1]["status"], events[-1][1]["settled"]) == (end["status"], end["settled"])


def test_a_payout_that_was_paid_is_checked_once_its_event_came(own: Desk, kept: Any) -> None:
    payment = own.charge(5_000)
    scene = Scene(own, payment["payment"]["payment_id"], payment["client_secret"], None)
    scene.do("pay")
    deliver(own, *scene.events())
    until(scene.read, lambda payment: payment["fee"] is not None)
    payout = own.stripe.pay_out(outcome="in_transit")
    assert own.get(f"/payouts/{payout['id']}").status_code == 404
    own.stripe.settle_payout(payout["id"])
    events = own.stripe.events_of(payout["id"])
    [paid] = [event for event in events if event["type"] == "payout.paid"]
    deliver(own, paid, paid)
    worked_off(kept, [paid])
    seen = own.get(f"/payouts/{payout['id']}").json()
    [part] = seen["parts"]
    assert (seen["status"], seen["state"], seen["differences"]) == ("paid", "matched", [])
    assert (part["charges"], part["fees"], part["net"], part["count"]) == (money(5_000), money(100), money(4_900), 1)
    deliver(own, *reversed(events), paid)
    worked_off(kept, events)
    again = own.get(f"/payouts/{payout['id']}").json()
    assert {**again, "checked_at": None} == {**seen, "checked_at": None}


def test_an_event_of_another_kind_is_kept_and_ignored(own: Desk, kept: Any) -> None:
    scene = begun(own, ROWS[2])
    before = scene.read()
    scene.do("pay")
    [charged] = [event for event in scene.events() if event["type"] == "charge.succeeded"]
    invented = event("payment_intent.blessed", {"object": "payment_intent", "id": scene.intent_id})
    for body in (json.dumps(charged).encode(), invented):
        assert [send(own, body).json() for _ in range(2)] == [{"received": True}] * 2
        row = kept.find_one({"_id": json.loads(body)["id"]})
        assert (row["status"], row["body"], row["about"]) == ("ignored", body, None)
    assert scene.read() == before
