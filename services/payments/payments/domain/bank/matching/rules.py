"""Which invoices is a transfer for? Rules in a fixed order, each with its reason and its score.

A name is no evidence here: it is not even asked for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from kernel.actor import system
from kernel.money import Money
from payments.domain.bank.matching.evidence import Evidence, OpenItem, Verdict
from payments.domain.bank.transaction import Decision, MatchRule, Share
from payments.domain.intake.payment import Payer

RULES = system("bank-matching")
"""Who matches where no person does."""
MOST_TOGETHER = 5
MOST_SEARCHED = 20
"""Open invoices of one patient among which sums are looked for; 21,699 sums."""
MOST_PROPOSALS = 5
SURE: tuple[MatchRule, ...] = ("reference", "number")
"""Rules whose matches teach who pays from an account."""
THE_PATIENT: tuple[Payer, None] = ("patient", None)
SCORES: dict[MatchRule, int] = {"reference": 100, "number": 90, "payer": 80, "sum": 70}


def decide(found: Evidence) -> Verdict:
    """Reference, invoice number, known payer with an exact amount, exact sum; else proposals.

    A sum is of invoices of one patient, for whom this account paid before, or whose number stands in the text.
    """
    proposals: list[Decision] = []
    named_by: dict[MatchRule, Sequence[OpenItem]] = {"reference": found.by_reference, "number": found.by_number}
    for rule, named in named_by.items():
        decisions = _named(rule, found, [i for i in named if _takes(i, found.amount)])
        if len(decisions) == 1 and decisions[0].score == SCORES[rule]:
            return Verdict(decisions[0])
        proposals += decisions
    payers, patients = (
        [i for i in some if _takes(i, found.amount) and i.open.amount_minor > 0]
        for some in (() if found.account.insurer else found.of_payer, found.of_patient)
    )
    sums = list(_exact(payers, found.amount))
    if not sums:
        sums = list(_sums(payers, found.amount, "a known payer")) or list(_naming_the_patient(patients, found.amount))
    if not proposals and len({s.shares[0].patient_id for s in sums}) == 1 and _one_way(sums):
        return Verdict(sums[0])
    proposals += sums
    proposals += _guesses(found, payers or patients)
    return Verdict(None, tuple(sorted(proposals, key=lambda p: -p.score)[:MOST_PROPOSALS]))


def _one_way(sums: Sequence[Decision]) -> bool:
    """Invoices of that amount (of several alike the oldest), or one sum and no other."""
    return len(sums) == 1 or all(len(s.shares) == 1 for s in sums)


def _takes(invoice: OpenItem, amount: Money) -> bool:
    return invoice.status not in ("draft", "void") and invoice.open.currency == amount.currency


Whose = tuple[Payer, str | None]
"""Who pays, and which insurer where an invoice has several."""


def _named(rule: MatchRule, found: Evidence, named: Sequence[OpenItem]) -> list[Decision]:
    """All goes to the invoices that the transfer names, oldest first; more than is open is the patient's credit.

    Not sure, with half the score, when it names invoices of several patients and is not exactly their sum, or when it
    can be the patient's as well as an insurer's, or one insurer's as well as the other's.
    """
    if not named:
        return []
    invoices = sorted(named, key=lambda i: i.age)
    payers = _payers(found, invoices)
    return [_decision(rule, found.amount, invoices, whose, alone=len(payers) == 1) for whose in payers]


def _payers(found: Evidence, invoices: Sequence[OpenItem]) -> list[Whose]:
    """Whose money it can be. The account shows it, or the amount; what a patient owes is never asked of a guess."""
    if all(i.insurer is None for i in invoices):
        return [("insurer" if found.account.insurer else "patient", None)]
    insurers: list[Whose] = [("insurer", payer_id) for payer_id in _insurers(found, invoices)]
    own = bool(found.account.patients & {i.patient_id for i in invoices})
    if found.account.insurer != own:
        return _of_this_amount(found, invoices, insurers) if found.account.insurer else [THE_PATIENT]
    paid, of_patient = found.amount.amount_minor, _owed(invoices, THE_PATIENT)
    exact = [whose for whose in (THE_PATIENT, *insurers) if _owed(invoices, whose) == paid]
    if len(exact) == 1:
        return exact
    if not exact and (paid < of_patient or _owed(invoices, ("insurer", None)) == 0):
        return [THE_PATIENT]
    return [THE_PATIENT, *insurers]


def _insurers(found: Evidence, invoices: Sequence[OpenItem]) -> Sequence[str | None]:
    """Which insurers it can be; None stands for the only one of each invoice."""
    several = list(dict.fromkeys(payer_id for invoice in invoices for payer_id in invoice.insurers))
    known = [payer_id for payer_id in several if payer_id in found.account.payer_ids]
    return known[:1] if len(known) == 1 else several or [None]


def _of_this_amount(found: Evidence, invoices: Sequence[OpenItem], insurers: list[Whose]) -> list[Whose]:
    exact = [whose for whose in insurers if _owed(invoices, whose) == found.amount.amount_minor]
    return exact if len(exact) == 1 else insurers


def _decision(rule: MatchRule, amount: Money, invoices: Sequence[OpenItem], whose: Whose, *, alone: bool) -> Decision:
    owed, paid = _owed(invoices, whose), amount.amount_minor
    how = "exactly" if paid == owed else ("part of it" if paid < owed else "and more: credit")
    part, payer_id = whose
    money = "" if part == "patient" else "; the insurer's money" if payer_id is None else f"; the money of {payer_id}"
    sure = alone and (paid == owed or len({i.patient_id for i in invoices}) == 1)
    score = SCORES[rule] if sure else SCORES[rule] // 2
    names = ", ".join(i.name for i in invoices)
    return Decision(rule, score, f"names {names}; pays {how}{money}", shared(amount, invoices, part, payer_id))


def _owed(invoices: Iterable[OpenItem], whose: Whose) -> int:
    return sum(i.owed(*whose) for i in invoices)


def shared(
    amount: Money, invoices: Sequence[OpenItem], part: Payer = "patient", payer_id: str | None = None
) -> tuple[Share, ...]:
    """The amount over the invoices in their order; what is left over goes to the last patient's account."""
    left = amount.amount_minor
    shares: list[Share] = []
    for invoice in invoices:
        taken = min(left, invoice.owed(part, payer_id))
        if taken > 0:
            money = Money(taken, amount.currency)
            shares.append(Share(invoice.patient_id, invoice.invoice_id, money, part=part, payer_id=payer_id))
            left -= taken
    if left > 0:
        rest = Money(left, amount.currency)
        shares.append(Share(invoices[-1].patient_id, None, rest, part=part, payer_id=payer_id))
    return tuple(shares)


def _exact(candidates: Sequence[OpenItem], amount: Money) -> Iterator[Decision]:
    """Known payer: invoices of exactly this amount, oldest first."""
    for invoice in sorted((i for i in candidates if i.open == amount), key=lambda i: i.age)[:MOST_PROPOSALS]:
        reason = f"a known payer, and exactly what is open on {invoice.name}"
        yield Decision("payer", SCORES["payer"], reason, shared(amount, [invoice]))


def _naming_the_patient(candidates: Sequence[OpenItem], amount: Money) -> Iterator[Decision]:
    """The patient's number in the text: one of their invoices, of those alike the oldest, else two to five together."""
    exact = sorted((i for i in candidates if i.open == amount), key=lambda i: i.age)
    for invoice in exact[:MOST_PROPOSALS]:
        reason = f"names patient {invoice.patient_id}, and exactly what is open on {invoice.name}"
        yield Decision("sum", SCORES["sum"], reason, shared(amount, [invoice]))
    if not exact:
        yield from _sums(candidates, amount, "names the patient")


def _sums(candidates: Sequence[OpenItem], amount: Money, evidence: str) -> Iterator[Decision]:
    """Two to five invoices of one patient that sum to it; no more than two ways, since two are not sure."""
    for invoices in _by_patient(candidates).values():
        oldest = sorted(invoices, key=lambda i: i.age)[:MOST_SEARCHED]
        for some in _ways(oldest, amount.amount_minor):
            reason = f"{evidence}, and the sum of {', '.join(i.name for i in some)}"
            yield Decision("sum", SCORES["sum"], reason, shared(amount, some))


def _ways(invoices: Sequence[OpenItem], wanted: int) -> list[list[OpenItem]]:
    open_ = [i.open.amount_minor for i in invoices]
    found: list[list[OpenItem]] = []
    for size in range(2, MOST_TOGETHER + 1):
        for places in combinations(range(len(open_)), size):
            if sum([open_[place] for place in places]) == wanted:
                found.append([invoices[place] for place in places])
                if len(found) == 2:
                    return found
    return found


def _guesses(found: Evidence, candidates: Sequence[OpenItem]) -> Iterator[Decision]:
    """What a person may want to look at."""
    for invoices in _by_patient(candidates).values():
        oldest = sorted(invoices, key=lambda i: i.age)
        yield Decision("payer", 40, "a known payer or patient; the amount fits nothing", shared(found.amount, oldest))
    known = {i.invoice_id for i in candidates}
    for invoice in sorted(found.by_amount, key=lambda i: i.age)[:MOST_PROPOSALS]:
        if invoice.invoice_id not in known and _takes(invoice, found.amount):
            whose: list[Whose] = [("insurer", payer_id) for payer_id in _insurers(found, [invoice])]
            if invoice.open == found.amount and not found.account.insurer:
                whose = [THE_PATIENT]
            for part, payer_id in whose:
                insured = part == "insurer" and invoice.insurer is not None
                what = "the insurer's part of" if insured else "what is open on"
                reason = f"exactly {what} {invoice.name}; nothing else speaks for it"
                if invoice.owed(part, payer_id) == found.amount.amount_minor:
                    yield Decision("amount", 30, reason, shared(found.amount, [invoice], part, payer_id))


def _by_patient(invoices: Iterable[OpenItem]) -> Mapping[str, list[OpenItem]]:
    grouped: dict[str, list[OpenItem]] = {}
    for invoice in invoices:
        grouped.setdefault(invoice.patient_id, []).append(invoice)
    return grouped
