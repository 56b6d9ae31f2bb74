"""Which invoices is a transfer for? Rules in a fixed order, each with its reason and its score.

A name is no evidence here: it is not even asked for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from chassis.kernel.money import Money
from payments.domain.bank.transaction import Decision, Share, Transaction

MOST_TOGETHER = 5
MOST_SEARCHED = 20
"""Open invoices of one patient among which sums are looked for; 21,699 sums."""
MOST_PROPOSALS = 5
REFERENCE, NUMBER, PAYER, SUM, AMOUNT = "reference", "number", "payer", "sum", "amount"
SCORES = {REFERENCE: 100, NUMBER: 90, PAYER: 80, SUM: 70}


@dataclass(frozen=True, slots=True)
class Open:
    """An invoice and what is open on it now, in minor units; nothing, when it is paid."""

    invoice_id: str
    patient_id: str
    number: str | None
    status: str
    finalized_at: datetime | None
    open: Money

    @property
    def age(self) -> tuple[bool, datetime | None, str]:
        """Oldest first."""
        return (self.finalized_at is None, self.finalized_at, self.invoice_id)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one transfer: the invoices it names, and the open ones of those who pay from this account."""

    amount: Money
    by_reference: Sequence[Open] = ()
    by_number: Sequence[Open] = ()
    of_payer: Sequence[Open] = ()
    by_amount: Sequence[Open] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision, or what a person may choose from, best first."""

    decision: Decision | None
    proposals: tuple[Decision, ...] = ()


def decide(found: Evidence) -> Verdict:
    """Reference, invoice number, known payer with an exact amount, known payer with an exact sum; else proposals."""
    proposals: list[Decision] = []
    for rule, named in ((REFERENCE, found.by_reference), (NUMBER, found.by_number)):
        decision, sure = _named(rule, found.amount, [i for i in named if _takes(i, found.amount)])
        if decision and sure:
            return Verdict(decision)
        if decision:
            proposals.append(decision)
    candidates = [i for i in found.of_payer if _takes(i, found.amount) and i.open.amount_minor > 0]
    sums = list(_sums(candidates, found.amount))
    if not proposals and len({s.shares[0].patient_id for s in sums}) == 1 and _one_way(sums):
        return Verdict(sums[0])
    proposals += sums
    proposals += _guesses(found, candidates)
    ranked = sorted(proposals, key=lambda p: -p.score)
    return Verdict(None, tuple(ranked[:MOST_PROPOSALS]))


def _one_way(sums: Sequence[Decision]) -> bool:
    """One invoice of that amount (of several alike the oldest), or one sum and no other."""
    return len(sums) == 1 or (sums[0].rule == PAYER and all(s.rule == PAYER for s in sums))


def _takes(invoice: Open, amount: Money) -> bool:
    return invoice.status not in ("draft", "void") and invoice.open.currency == amount.currency


def _named(rule: str, amount: Money, named: Sequence[Open]) -> tuple[Decision | None, bool]:
    """All goes to the invoices that the transfer names, oldest first; more than is open is the patient's credit.

    Not sure when it names invoices of several patients and is not exactly their sum.
    """
    if not named:
        return None, False
    invoices = sorted(named, key=lambda i: i.age)
    exact = sum(i.open.amount_minor for i in invoices) == amount.amount_minor
    one_patient = len({i.patient_id for i in invoices}) == 1
    how = "exactly" if exact else ("part of it" if amount.amount_minor < _open(invoices) else "and more: credit")
    numbers = ", ".join(i.number or i.invoice_id for i in invoices)
    sure = exact or one_patient
    score = SCORES[rule] if sure else SCORES[rule] // 2
    return Decision(rule, score, f"names {numbers}; pays {how}", shared(amount, invoices)), sure


def _open(invoices: Iterable[Open]) -> int:
    return sum(i.open.amount_minor for i in invoices)


def shared(amount: Money, invoices: Sequence[Open]) -> tuple[Share, ...]:
    """The amount over the invoices in their order; what is left over goes to the last patient's account."""
    left = amount.amount_minor
    shares: list[Share] = []
    for invoice in invoices:
        part = min(left, invoice.open.amount_minor)
        if part > 0:
            shares.append(Share(invoice.patient_id, invoice.invoice_id, Money(part, amount.currency)))
            left -= part
    if left > 0:
        shares.append(Share(invoices[-1].patient_id, None, Money(left, amount.currency)))
    return tuple(shares)


def _sums(candidates: Sequence[Open], amount: Money) -> Iterator[Decision]:
    """Known payer: invoices of exactly this amount, else two to five of one patient that sum to it."""
    exact = sorted((i for i in candidates if i.open == amount), key=lambda i: i.age)
    for invoice in exact[:MOST_PROPOSALS]:
        reason = f"a known payer, and exactly what is open on {invoice.number or invoice.invoice_id}"
        yield Decision(PAYER, SCORES[PAYER], reason, shared(amount, [invoice]))
    if exact:
        return
    for invoices in _by_patient(candidates).values():
        oldest = sorted(invoices, key=lambda i: i.age)[:MOST_SEARCHED]
        found = 0
        for size in range(2, MOST_TOGETHER + 1):
            for some in combinations(oldest, size):
                if _open(some) == amount.amount_minor:
                    numbers = ", ".join(i.number or i.invoice_id for i in some)
                    yield Decision(SUM, SCORES[SUM], f"a known payer, and the sum of {numbers}", shared(amount, some))
                    found += 1
                    if found == 2:
                        break
            if found == 2:
                break


def _guesses(found: Evidence, candidates: Sequence[Open]) -> Iterator[Decision]:
    """What a person may want to look at."""
    for invoices in _by_patient(candidates).values():
        oldest = sorted(invoices, key=lambda i: i.age)
        yield Decision(PAYER, 40, "a known payer; the amount fits nothing", shared(found.amount, oldest))
    known = {i.invoice_id for i in candidates}
    for invoice in sorted(found.by_amount, key=lambda i: i.age)[:MOST_PROPOSALS]:
        if invoice.invoice_id not in known and _takes(invoice, found.amount):
            reason = f"exactly what is open on {invoice.number or invoice.invoice_id}; nothing else speaks for it"
            yield Decision(AMOUNT, 30, reason, shared(found.amount, [invoice]))


def taken_back(reversal: Transaction, matched: Sequence[Transaction]) -> Transaction | None:
    """The one transfer of this amount and account that a reversal takes back; None when that is not certain.

    It says so by its references, or there is only one that it can be.
    """
    earlier = [t for t in matched if t.credit and t.booked_on <= reversal.booked_on and t.amount == reversal.amount]
    named = [t for t in earlier if _same_names(t, reversal)]
    known = [t for t in earlier if t.counterparty_iban is not None]
    sure = named or known
    return sure[0] if len(sure) == 1 else None


def _same_names(original: Transaction, reversal: Transaction) -> bool:
    same_id = original.end_to_end_id is not None and original.end_to_end_id == reversal.end_to_end_id
    return same_id or bool(set(original.references) & set(reversal.references))


def _by_patient(invoices: Iterable[Open]) -> Mapping[str, list[Open]]:
    grouped: dict[str, list[Open]] = {}
    for invoice in invoices:
        grouped.setdefault(invoice.patient_id, []).append(invoice)
    return grouped
