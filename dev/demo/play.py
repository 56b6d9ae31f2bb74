"""The morning, chapter by chapter. What is shown is what the services answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from chassis.messaging.broker import Producer
from cli.publishing import message_of
from contracts.envelope import Event
from dev.audit.papers import invoice_pdf
from dev.calls import Caller, Deadline, Json, minor, shown
from dev.demo.paying import DECLINED, MASTERCARD, NO_MONEY, VISA, Counter
from dev.demo.people import CLINIC, CLINIC_PROFILE
from dev.demo.sessions import Morning, corrected_late, session_prefix
from dev.demo.stage import Stage
from dev.demo.till import Till
from dev.demo.treatments import price_list
from dev.run_async import run_async
from dev.system import System

ARCHIVED = 3
MISCOUNTED_MINOR = 150
LEAST_BY_CARD_MINOR = 50
"""Stripe takes no less than 0.50 EUR: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts"""
Way = Callable[["Play", Json], None]


@dataclass
class Play:
    """`paid_minor` is what each invoice should have of each payment that was taken for it, once it has heard.

    What else it has is credit of earlier mornings, which an invoice takes by itself as soon as it is final.
    """

    system: System
    stage: Stage
    morning: Morning
    desk: Caller
    manager: Caller
    till: Till
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    paid_minor: dict[str, dict[str, int]] = field(default_factory=dict)
    cash: list[Json] = field(default_factory=list)
    cash_moved: set[tuple[str, str]] = field(default_factory=set)
    cards: list[str] = field(default_factory=list)

    @property
    def counter(self) -> Counter:
        return Counter(self.desk, self.till.register_id, self.morning.on, self.system.parts.stripe.url)

    def all(self) -> None:
        """Raises Refused and NeverHappened."""
        self.configure()
        self.stage.chapter("The till is opened", 1)
        self.stage.tell(self.till.open(self.desk, self.morning.on))
        self.complete()
        self.correct()
        invoices = self.finalize()
        self.take_payments(invoices)
        self.give_back()
        self.await_books()
        self.mail(invoices)
        self.archive()
        supplement = self.correct_late(invoices[0])
        self.credit(invoices[2])
        self.close_till()
        self.print([*invoices, supplement])

    def configure(self) -> None:
        self.stage.chapter("The clinic puts its profile and its prices", 2)
        clinic = self.manager.put("invoicing", f"/clinics/{CLINIC}", CLINIC_PROFILE)
        self.stage.tell(f"{clinic['name']}, version {clinic['version']} of its profile")
        path = f"/clinics/{CLINIC}/price-lists/{CLINIC_PROFILE['price_list_id']}"
        prices = self.manager.put("invoicing", path, price_list(f"{self.morning.on.year}-01-01"))
        items = sum(len(period["items"]) for period in prices["periods"])
        self.stage.tell(f"{items} prices in {prices['currency']}, version {prices['version']}")

    def complete(self) -> None:
        self.stage.chapter("Sessions end, and become drafts", len(self.morning.completed))
        self._publish(self.morning.completed)
        told: set[str] = set()
        deadline = Deadline("a draft for each session")
        while len(told) < len(self.morning.completed):
            for session_id, draft in self._ours().items():
                if session_id not in told:
                    told.add(session_id)
                    self.stage.tell(f"{session_id}  {draft['buyer']['name']}: draft of {_total(draft)}")
            deadline.wait()

    def correct(self) -> None:
        changes = (*self.morning.corrected, *self.morning.voided)
        self.stage.chapter("Sessions are corrected and voided", len(changes))
        before = self._ours()
        self._publish(changes)
        after = self._until(
            "what was corrected and voided",
            lambda ours: all(ours[id_]["session_version"] == v for id_, v in self.morning.last_versions.items()),
        )
        for event in changes:
            old, new = before[event.session_id], after[event.session_id]
            what = "void" if new["status"] == "void" else f"{_total(old)} → {_total(new)}"
            self.stage.tell(f"{event.session_id}  {new['buyer']['name']}: {what}")

    def finalize(self) -> list[Json]:
        drafts = [invoice for _, invoice in sorted(self._ours().items()) if invoice["status"] == "draft"]
        self.stage.chapter("Invoices are finalized", len(drafts))
        finalized = []
        for draft in drafts:
            if draft["problems"]:
                self.stage.tell(f"{draft['session_id']} stays a draft: {', '.join(draft['problems'])}")
                continue
            path = f"/invoices/{draft['invoice_id']}/finalize"
            invoice = self.manager.post("invoicing", path, version=draft["version"])
            self.stage.tell(f"{invoice['number']}  {invoice['buyer']['name']}: {_total(invoice)}")
            finalized.append(invoice)
        return finalized

    def take_payments(self, invoices: Sequence[Json]) -> None:
        self.stage.chapter("Patients pay", len(invoices))
        for nth, invoice in enumerate(invoices):
            self.paid_minor[invoice["invoice_id"]] = {}
            way = WAYS[nth] if nth < len(WAYS) else LATER_WAYS[(nth - len(WAYS)) % len(LATER_WAYS)]
            asked = self.desk.get("invoicing", f"/invoices/{invoice['invoice_id']}")
            if minor(asked["totals"]["due"]):
                way(self, asked)
            else:
                self.stage.tell(f"{asked['number']}  nothing to pay: credit of the patient covers it")
        for payment_id in self.cards:
            deadline = Deadline(f"Stripe's word on {payment_id}")
            while (status := self.desk.get("payments", f"/payments/{payment_id}")["status"]) != "settled":
                deadline.wait(status)

    def pay_cash(self, invoice: Json) -> None:
        self._cash(invoice, minor(invoice["totals"]["due"]))

    def pay_by_transfer(self, invoice: Json) -> None:
        payment = self.counter.transfer(invoice, minor(invoice["totals"]["due"]))
        self._took(invoice, payment, "by bank transfer")

    def pay_by_card(self, invoice: Json) -> None:
        self._card(invoice, minor(invoice["totals"]["due"]), (VISA,))

    def pay_with_the_second_card(self, invoice: Json) -> None:
        self._card(invoice, minor(invoice["totals"]["due"]), (NO_MONEY, MASTERCARD))

    def pay_with_the_third_card(self, invoice: Json) -> None:
        self._card(invoice, minor(invoice["totals"]["due"]), (DECLINED, NO_MONEY, VISA))

    def pay_a_part(self, invoice: Json) -> None:
        self._cash(invoice, max(minor(invoice["totals"]["due"]) * 2 // 5, 1))

    def pay_in_two_ways(self, invoice: Json) -> None:
        due_minor = minor(invoice["totals"]["due"])
        by_card_minor = due_minor // 2
        if by_card_minor >= LEAST_BY_CARD_MINOR:
            self._card(invoice, by_card_minor, (VISA,), step=False)
            due_minor -= by_card_minor
        self._cash(invoice, due_minor)

    def pay_another_day(self, invoice: Json) -> None:
        self.stage.tell(f"{invoice['number']}  {shown(invoice['totals']['due'])} stay open until {invoice['due_on']}")

    def give_back(self) -> None:
        self.stage.chapter("Money goes back", 1)
        payment = max(self.cash, key=lambda payment: minor(payment["amount"]), default=None)
        refund_minor = minor(payment["amount"]) // 4 if payment else 0
        if payment is None or not refund_minor:
            self.stage.tell("nobody paid enough in cash to get some of it back")
            return
        after = self.counter.refund(self.manager, payment, refund_minor, "one material was not used")
        self.paid_minor[payment["invoice_id"]][payment["payment_id"]] -= refund_minor
        self.cash_moved.add(("refund", payment["payment_id"]))
        self.stage.tell(f"{payment['receipt_number']}  {shown(after['refunded'])} back in cash")

    def await_books(self) -> None:
        """Until invoicing has heard of every payment and refund."""
        self.stage.chapter("Payments reach the invoices", len(self.paid_minor))
        ours = self._until("every payment on its invoice", lambda ours: not self._unheard(ours))
        for invoice in ours.values():
            if invoice["number"]:
                open_ = f", {shown(invoice['totals']['due'])} open" if minor(invoice["totals"]["due"]) else ""
                self.stage.tell(f"{invoice['number']}  {invoice['status']}{open_}")

    def mail(self, invoices: Sequence[Json]) -> None:
        self.stage.chapter("An invoice is mailed", 1)
        invoice = next(invoice for invoice in invoices if invoice["buyer"]["email"])
        path = f"/invoices/{invoice['invoice_id']}"
        delivery = self.desk.post("documents", f"{path}/send", until_not=("not-found", "invoice-not-finalized"))
        deadline = Deadline("the delivery of a mail")
        while (status := self._delivery(delivery)["status"]) == "queued":
            deadline.wait(status)
        self.stage.tell(f"{invoice['number']}  {status}")

    def archive(self) -> None:
        paid = [invoice for _, invoice in sorted(self._ours().items()) if invoice["status"] == "paid"][:ARCHIVED]
        self.stage.chapter("Paid invoices are archived", len(paid))
        for invoice in paid:
            path = f"/invoices/{invoice['invoice_id']}/archive"
            archived = self.manager.post("invoicing", path, version=invoice["version"])
            self.stage.tell(f"{archived['number']}  {archived['status']}")

    def correct_late(self, invoice: Json) -> Json:
        """Nothing of the invoice changes: what is more is proposed, confirmed, and finalized for itself."""
        self.stage.chapter("A session is corrected after its invoice was handed out", 1)
        path, session_id = f"/invoices/{invoice['invoice_id']}", invoice["session_id"]
        self._publish([corrected_late(self.morning, session_id)])
        seen = self._until("a proposal", lambda ours: bool(ours[session_id]["proposals"]))[session_id]
        [proposal] = seen["proposals"]
        decided = f"{path}/proposals/{proposal['proposal_id']}/confirm"
        draft = self.manager.post("invoicing", decided, version=seen["version"])
        finalize = f"/invoices/{draft['invoice_id']}/finalize"
        supplement = self.manager.post("invoicing", finalize, version=draft["version"])
        self.stage.tell(f"{supplement['number']}  {_total(supplement)} more than {invoice['number']}")
        return supplement

    def credit(self, invoice: Json) -> None:
        self.stage.chapter("A credit note is issued", 1)
        path = f"/invoices/{invoice['invoice_id']}"
        now = self.manager.get("invoicing", path)
        body = {"reason": "guarantee", "lines": [{"line_id": now["lines"][0]["line_id"]}]}
        note = self.manager.post("invoicing", f"{path}/credit-notes", body, version=now["version"])
        self.stage.tell(f"{note['number']}  {shown(note['amount'])} of {invoice['number']} taken back")

    def close_till(self) -> None:
        self.stage.chapter("The till is counted, closed and approved", 2)
        self.till.await_cash(self.manager, self.cash_moved)
        self.stage.tell(self.till.close(self.desk, self.manager, MISCOUNTED_MINOR, "gave too much change"))
        self.stage.tell(self.till.approve(self.manager))

    def print(self, invoices: Sequence[Json]) -> None:
        self.stage.chapter("PDFs are fetched", len(invoices))
        for invoice in invoices:
            file = pdf_file(self.system.folder, invoice["number"])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(invoice_pdf(self.desk, invoice["invoice_id"]))
            self.stage.tell(f"{file.name}  {file.stat().st_size // 1024} KiB")

    def _cash(self, invoice: Json, amount_minor: int) -> None:
        payment = self.counter.cash(invoice, amount_minor)
        self.cash.append(payment)
        self.cash_moved.add(("payment", payment["payment_id"]))
        self._took(invoice, payment, f"in cash, {shown(payment['tendered'])} given, {shown(payment['change'])} back")

    def _card(self, invoice: Json, amount_minor: int, cards: Sequence[str], *, step: bool = True) -> None:
        if amount_minor < LEAST_BY_CARD_MINOR:
            self._cash(invoice, amount_minor)
            return
        payment, declines = self.counter.card(invoice, amount_minor, cards)
        self.cards.append(payment["payment_id"])
        for said in declines:
            self.stage.tell(f"{invoice['number']}  card declined: {said}", step=False)
        self._took(invoice, payment, "by card", step=step)

    def _took(self, invoice: Json, payment: Json, how: str, *, step: bool = True) -> None:
        self.paid_minor[invoice["invoice_id"]][payment["payment_id"]] = minor(payment["amount"])
        self.stage.tell(f"{invoice['number']}  {shown(payment['amount'])} {how}", step=step)

    def _unheard(self, ours: dict[str, Json]) -> list[str]:
        has = {invoice["invoice_id"]: used_minor(invoice) for invoice in ours.values()}
        return [id_ for id_, paid in self.paid_minor.items() if not paid.items() <= has.get(id_, {}).items()]

    def _delivery(self, delivery: Json) -> Json:
        found = self.desk.pages("documents", "/deliveries", invoice_id=delivery["invoice_id"])
        return next(one for one in found if one["delivery_id"] == delivery["delivery_id"])

    def _ours(self) -> dict[str, Json]:
        """This morning's invoices by session id; older ones come after them in the list, and are not read."""
        ours = {}
        for invoice in self.desk.pages("invoicing", "/invoices", clinic_id=CLINIC):
            if datetime.fromisoformat(invoice["drafted_at"]) < self.began:
                break
            mine = (invoice["session_id"] or "").startswith(session_prefix(self.morning.run))
            if mine and invoice["supplement_to"] is None:
                ours[invoice["session_id"]] = invoice
        return ours

    def _until(self, what: str, good: Callable[[dict[str, Json]], bool]) -> dict[str, Json]:
        deadline = Deadline(what)
        while not good(ours := self._ours()):
            deadline.wait()
        return ours

    def _publish(self, events: Sequence[Event]) -> None:
        run_async(_published(self.system.parts.kafka.bootstrap, events))


WAYS: tuple[Way, ...] = (
    Play.pay_cash,
    Play.pay_with_the_second_card,
    Play.pay_by_transfer,
    Play.pay_a_part,
    Play.pay_in_two_ways,
    Play.pay_cash,
)
"""Of the first invoices, so that even the shortest morning has each; then LATER_WAYS again and again."""
LATER_WAYS: tuple[Way, ...] = (
    Play.pay_by_card,
    Play.pay_cash,
    Play.pay_by_transfer,
    Play.pay_another_day,
    Play.pay_with_the_third_card,
    Play.pay_a_part,
    Play.pay_cash,
    Play.pay_by_transfer,
    Play.pay_in_two_ways,
)


def used_minor(invoice: Json) -> dict[str, int]:
    """How much of each payment the invoice has, by payment id."""
    return {used["payment_id"]: minor(used["amount"]) for used in invoice["allocations"]}


def pdf_file(folder: Path, number: str) -> Path:
    return folder / "demo" / f"{number.replace('/', '-')}.pdf"


def _total(invoice: Json) -> str:
    return shown(invoice["totals"]["gross"])


async def _published(bootstrap: str, events: Sequence[Event]) -> None:
    producer = Producer(bootstrap, "clinical-system")
    await producer.start()
    try:
        await producer.publish([message_of(event, event.model_dump_json().encode()) for event in events])
    finally:
        await producer.stop()
