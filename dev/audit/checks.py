"""The checks that say whether the books balance. Each names what is wrong; ids and numbers only."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contracts.invoicing import Invoice
from contracts.payments import Payment
from dev.audit.ledger import Ledger
from dev.audit.papers import attached_pdf, faults_of_pdf
from dev.audit.sums import add, summed, views, written
from dev.audit.tills import Till
from kernel.money import Money

Finding = Iterator[str]


@dataclass(frozen=True)
class Check:
    """One rule; it holds when nothing is wrong."""

    rule: str
    wrong: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.wrong


def check(ledger: Ledger) -> tuple[Check, ...]:
    """All rules."""
    return tuple(Check(rule, tuple(find(ledger))) for rule, find in RULES.items())


def _balance(ledger: Ledger) -> Finding:
    for name, view in views(ledger).items():
        if view.left:
            yield f"by {name}: billed {written(view.billed)}, paid {written(view.paid)}, open {written(view.open)}"


def _agreement(ledger: Ledger) -> Finding:
    seen = views(ledger)
    for what in ("billed", "paid", "open"):
        sums = {name: getattr(view, what) for name, view in seen.items()}
        if any(amount != sums["invoices"] for amount in sums.values()):
            yield f"{what}: " + ", ".join(f"{written(amount)} by {name}" for name, amount in sums.items())


def _accounts(ledger: Ledger) -> Finding:
    """Account by account, so that two errors cannot hide each other."""
    invoices: dict[tuple[str, str], list[Invoice]] = defaultdict(list)
    payments: dict[tuple[str, str], list[Payment]] = defaultdict(list)
    for invoice in ledger.billed:
        invoices[invoice.clinic_id, invoice.patient_id].append(invoice)
    for payment in ledger.payments:
        payments[payment.clinic_id, payment.patient_id].append(payment)
    for key, account in ledger.accounts.items():
        own = summed(_asked(i) for i in invoices[key]), summed(p.settled for p in payments[key])
        balanced = summed(b.billed for b in account.balances), summed(b.paid for b in account.balances)
        if own != balanced:
            yield f"account {'/'.join(key)}: billed and paid {_pair(balanced)}, but by its documents {_pair(own)}"


def _asked(invoice: Invoice) -> Money:
    rounding = invoice.totals.rounding
    return invoice.totals.gross if rounding is None else invoice.totals.gross + rounding


def _allocations(ledger: Ledger) -> Finding:
    used: Counter[str] = Counter()
    for invoice in ledger.billed:
        paid = summed([invoice.totals.paid])
        settled = invoice.totals.due.amount_minor == 0
        if summed(a.amount for a in invoice.allocations) != paid:
            yield f"{invoice.number}: its allocations are not the {written(paid)} that it shows as paid"
        if settled != (invoice.status != "finalized"):
            yield f"{invoice.number}: is {invoice.status}, with {written(summed([invoice.totals.due]))} open"
        for allocation in invoice.allocations:
            used[allocation.payment_id] += allocation.amount.amount_minor
    yield from _uses(ledger, used)


def _uses(ledger: Ledger, used: Counter[str]) -> Finding:
    """Nothing is used that did not come, and nothing is left while the invoice that it names is open."""
    open_ = {i.invoice_id: i.number for i in ledger.billed if i.totals.due.amount_minor and i.insurance is None}
    came = {payment.payment_id: payment.settled.amount_minor for payment in ledger.payments}
    for payment_id, amount in used.items():
        if amount > came.get(payment_id, 0):
            yield f"{payment_id}: {amount} of it count, but {came.get(payment_id, 0)} came"
    for payment in ledger.payments:
        if payment.invoice_id in open_ and used[payment.payment_id] < came[payment.payment_id]:
            yield f"{payment.payment_id}: is not used up, though {open_[payment.invoice_id]} is open"


def _one_invoice_a_session(ledger: Ledger) -> Finding:
    """And maybe supplements to it."""
    own = (invoice for invoice in ledger.invoices if invoice.session_id and not invoice.supplement_to)
    drawn = Counter((invoice.clinic_id, invoice.session_id or "") for invoice in own)
    for clinic_id, session_id in sorted(ledger.sessions - drawn.keys()):
        yield f"{clinic_id}, session {session_id}: no invoice"
    for (clinic_id, session_id), count in drawn.items():
        if count > 1:
            yield f"{clinic_id}, session {session_id}: {count} invoices"


def _numbers(ledger: Ledger) -> Finding:
    drawn: dict[tuple[str, str], list[int]] = defaultdict(list)
    for invoice in ledger.invoices:
        if invoice.number is None or invoice.issued_on is None:
            continue
        format_ = ledger.number_formats.get(invoice.clinic_id, "{clinic}-{yyyy}-{seq:06d}")
        found = _number(format_, invoice.clinic_id).fullmatch(invoice.number)
        if found is None:
            yield f"{invoice.number}: is not of the form {format_}"
        else:
            drawn[invoice.clinic_id, found["year"]].append(int(found["seq"]))
    for (clinic_id, year), numbers in drawn.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            missing = sorted(set(range(1, max(numbers) + 1)) - set(numbers))
            twice = sorted(number for number, count in Counter(numbers).items() if count > 1)
            yield f"{clinic_id} {year}: missing {missing}, twice {twice}"


def _number(format_: str, clinic_id: str) -> re.Pattern[str]:
    parts = re.split(r"(\{.*?\})", format_)
    known = {"{clinic}": re.escape(clinic_id), "{yyyy}": r"(?P<year>\d{4})"}
    return re.compile("".join(known.get(p, r"(?P<seq>\d+)" if p.startswith("{") else re.escape(p)) for p in parts))


def _pdfs(ledger: Ledger) -> Finding:
    for invoice in ledger.billed:
        pdf = ledger.pdfs[invoice.invoice_id]
        if isinstance(pdf, str):
            yield f"{invoice.number}: {pdf}"
        else:
            yield from faults_of_pdf(pdf, invoice.number or "", invoice.totals.gross)


def _tills(ledger: Ledger) -> Finding:
    for till in ledger.tills:
        for day, movements in till.days:
            moved = add((summed([day.opening]), 1), (summed(m.amount for m in movements), 1))
            expected = summed([day.expected])
            if moved != expected:
                yield f"{till.register_id} on {day.date}: expects {written(expected)}, but has {written(moved)}"
        booked = Counter((m.payment_id, m.amount) for m in till.movements if m.kind in ("payment", "refund"))
        paid = Counter(_cash_of(till, ledger))
        for payment_id, amount in paid - booked:
            yield f"{till.register_id}: {written(summed([amount]))} of {payment_id} are not in the till"
        for payment_id, amount in booked - paid:
            yield f"{till.register_id}: {written(summed([amount]))} of {payment_id} are in the till for no payment"


def _cash_of(till: Till, ledger: Ledger) -> Iterator[tuple[str | None, Money]]:
    for payment in ledger.payments:
        if payment.clinic_id != till.clinic_id:
            continue
        if payment.method == "cash" and payment.register_id == till.register_id:
            yield payment.payment_id, _cash(payment.amount, payment.rounding)
        for refund in payment.refunds:
            if refund.register_id == till.register_id and refund.status == "settled":
                yield payment.payment_id, -_cash(refund.amount, refund.rounding)


def _cash(amount: Money, rounding: Money | None) -> Money:
    """What moved in coins and notes."""
    return amount if rounding is None else amount + rounding


def _letters(ledger: Ledger) -> Finding:
    for service, count in ledger.letters.items():
        if count:
            yield f"{count} open: chairside dead-letters list {service}"


def _calm(ledger: Ledger) -> Finding:
    for service, seen in ledger.vitals.items():
        if not seen.calm:
            yield f"{service}: outbox {seen.outbox}, lag {max(seen.lag, seen.lag_at_broker)}"


def _mails(ledger: Ledger) -> Finding:
    numbers = {invoice.invoice_id: invoice for invoice in ledger.invoices}
    arrived = {(mail["Message-ID"] or "").strip("<>").partition("@")[0]: mail for mail in ledger.mails}
    for delivery in ledger.deliveries:
        id_, invoice = delivery["delivery_id"], numbers.get(delivery["invoice_id"])
        if delivery["status"] != "sent":
            yield f"{id_}: {delivery['status']}, {delivery['failure']}"
        elif id_ not in arrived:
            yield f"{id_}: sent, but it did not arrive"
        elif (pdf := attached_pdf(arrived[id_])) is None:
            yield f"{id_}: arrived without a PDF"
        elif invoice is None:
            yield f"{id_}: is of no invoice"
        else:
            yield from faults_of_pdf(pdf, invoice.number or "", invoice.totals.gross)


def _pair(sums: tuple[object, ...]) -> str:
    return " and ".join(written(one) for one in sums if isinstance(one, dict))


RULES: dict[str, Callable[[Ledger], Finding]] = {
    "what was billed is what was paid and what is open": _balance,
    "invoices, account balances and payments say the same": _agreement,
    "each account is the sum of its invoices and payments": _accounts,
    "each invoice shows as paid what came for it": _allocations,
    "each session has one invoice": _one_invoice_a_session,
    "invoice numbers have no gap and none is there twice": _numbers,
    "each finalized invoice has a PDF with its number and total": _pdfs,
    "each till is its float, cash payments and cash refunds": _tills,
    "nothing is in a dead letter": _letters,
    "nothing is on its way: outboxes empty, no lag": _calm,
    "each mail arrived with its PDF": _mails,
}
