"""What a session says after its invoice is final: proposed once, confirmed or rejected, and the books come right."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.completeness.fates import LoggedItem, LoggedSession, SessionVersion, fates
from invoicing.domain.corrections.comparison import CONFIRMED, BilledSession
from invoicing.domain.corrections.proposals import (
    decide,
    lines_to_credit,
    pending_proposal,
    propose,
    reject,
    supplement,
)
from invoicing.domain.drafts.editing import revise
from invoicing.domain.drafts.edits import Edits, LineChange, Removal
from invoicing.domain.drafts.manual_prices import HandPrice, set_price, waive
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit, credit, credit_note
from invoicing.domain.invoice.invoice import Invoice, Proposal
from invoicing.domain.invoice.lifecycle import finalize, void
from invoicing.domain.invoice.totals import asked_minor
from invoicing.domain.receivables.account import balance
from invoicing.domain.receivables.allocation import COUNTING, allocate_account
from invoicing.domain.receivables.payment import ReceivedPayment

from kernel.change import Change
from kernel.errors import BusinessError, IllegalTransition, NotFound
from kernel.money import Money, times
from tests.parts.sessions import CDT, item, procedure
from tests.unit.invoicing.examples import AT, MANAGER, NOW, SYSTEM, clinic, drafted, payment, terms

COSTS = {1: 10_000, 2: 5_000, 3: 700}
PRICES = terms(*(item(f"D{n}", minor) for n, minor in COSTS.items()))
DAY = date(2026, 12, 1)
Done = dict[int, str]
"""How often each procedure was done."""


def session_says(version: int, done: Done, patient_id: str = "pat-77") -> Invoice:
    procedures = [procedure(f"D{n}", n, quantity=quantity) for n, quantity in sorted(done.items())]
    return drafted(PRICES, version=version, procedures=procedures, materials=[], patient={"patient_id": patient_id})


def worth(done: Done | None) -> int:
    return sum(times(COSTS[n], quantity) for n, quantity in (done or {}).items())


@dataclass
class Ledger:
    """One session, its invoice, and whatever became of it."""

    root: Invoice
    supplements: dict[str, Invoice] = field(default_factory=dict)
    notes: dict[str, list[CreditNote]] = field(default_factory=dict)
    ticks: int = 0

    @classmethod
    def of(cls, done: Done) -> "Ledger":
        return cls(finalize(session_says(1, done), clinic(), "B-1", Change(AT, MANAGER)).state)

    @property
    def all(self) -> list[Invoice]:
        return [self.root, *self.supplements.values()]

    @property
    def family(self) -> BilledSession:
        return BilledSession(self.root, tuple(self.supplements.values()), self.notes)

    @property
    def pending(self) -> list[tuple[Invoice, Proposal]]:
        return [(invoice, proposal) for invoice in self.all for proposal in invoice.proposals]

    @property
    def billed(self) -> int:
        counting = [i.totals for i in self.all if i.status in COUNTING]
        return sum(asked_minor(t) - t.credited.amount_minor for t in counting)

    def change(self, reason: str = "because", by: object = MANAGER) -> Change:
        self.ticks += 1
        return Change(AT + timedelta(minutes=self.ticks), by, reason)  # type: ignore[arg-type]

    def put(self, *invoices: Invoice) -> None:
        for invoice in invoices:
            if invoice.invoice_id == self.root.invoice_id:
                self.root = invoice
            else:
                self.supplements[invoice.invoice_id] = invoice

    def hear(self, version: int, done: Done | None, patient_id: str = "pat-77") -> None:
        if version > (self.root.session_version or 0):
            fresh = None if done is None else (session_says(version, done, patient_id), PRICES)
            self.put(*propose(self.family, fresh, version, self.change(by=SYSTEM)).state)

    def confirm(self, invoice: Invoice, proposal: Proposal) -> None:
        if proposal.kind == "supplement":
            self.put(*supplement(invoice, proposal, PRICES, self.change()).state)
        elif asks := lines_to_credit(invoice, proposal, self.notes.get(invoice.invoice_id, [])):
            change = self.change()
            made = credit_note(invoice, self.notes.get(invoice.invoice_id, []), asks, "CN", DAY, change)
            self._credit(decide(invoice, proposal, CONFIRMED, change, made.credit_note_id), asks)

    def give(self, invoice: Invoice, line_id: str) -> None:
        """A credit note of a person's own accord."""
        self._credit(invoice, [LineCredit(line_id)])

    def _credit(self, invoice: Invoice, asks: Sequence[LineCredit]) -> None:
        change, before = self.change(), self.notes.setdefault(invoice.invoice_id, [])
        note = credit_note(invoice, before, asks, f"CN-{self.ticks}", DAY, change)
        before.append(note)
        self.put(credit(invoice, note, change).state)

    def finish(self) -> None:
        """Everything pending is confirmed, and every draft finalized."""
        while self.pending:
            self.confirm(*self.pending[0])
        for known in self.all:
            if known.status == "draft":
                self.put(finalize(known, clinic(), f"B-{self.ticks}", self.change()).state)


def kinds(ledger: Ledger) -> list[tuple[str, int]]:
    return [(proposal.kind, proposal.amount.amount_minor) for _, proposal in ledger.pending]


def test_what_is_more_is_proposed_as_a_supplement_and_changes_nothing_of_the_invoice() -> None:
    ledger = Ledger.of({1: "1"})
    before = ledger.root
    ledger.hear(2, {1: "3", 2: "1"})
    [(_, proposal)] = ledger.pending
    assert [(line.code, line.quantity, line.net) for line in proposal.lines] == [
        ("D1", "2", Money(20_000, "EUR")),
        ("D2", "1", Money(5_000, "EUR")),
    ]
    assert (proposal.kind, proposal.amount, proposal.session_version) == ("supplement", Money(25_000, "EUR"), 2)
    assert (ledger.root.problems, ledger.root.version) == (("session-corrected",), before.version + 1)
    assert (ledger.root.lines, ledger.root.totals, ledger.root.buyer) == (before.lines, before.totals, before.buyer)


def test_a_supplement_that_is_confirmed_is_a_draft_of_the_difference_only() -> None:
    ledger = Ledger.of({1: "1"})
    ledger.hear(2, {1: "1", 2: "2"})
    ledger.confirm(*ledger.pending[0])
    [draft] = ledger.supplements.values()
    assert (draft.status, draft.number, draft.supplement_to, draft.version) == (
        "draft",
        None,
        ledger.root.invoice_id,
        1,
    )
    assert [(line.code, line.net) for line in draft.lines] == [("D2", Money(10_000, "EUR"))]
    assert (ledger.root.problems, ledger.root.proposals) == ((), ())
    [decision] = ledger.root.decisions
    assert (decision.outcome, decision.by, decision.made) == ("confirmed", MANAGER, draft.invoice_id)
    ledger.finish()
    assert ledger.billed == 20_000


def test_what_is_less_is_proposed_as_a_credit_note() -> None:
    ledger = Ledger.of({1: "3", 2: "1"})
    ledger.hear(2, {1: "1"})
    assert kinds(ledger) == [("credit", 25_000)]
    ledger.finish()
    [note] = ledger.notes[ledger.root.invoice_id]
    assert [(line.code, line.quantity) for line in note.lines] == [("D1", "2"), ("D2", "1")]
    assert (ledger.billed, ledger.root.problems) == (10_000, ())


def test_another_code_is_taken_back_and_billed_anew() -> None:
    ledger = Ledger.of({1: "1"})
    changed = drafted(PRICES, version=2, procedures=[procedure("D2", 1)], materials=[])
    ledger.put(*propose(ledger.family, (changed, PRICES), 2, ledger.change()).state)
    assert kinds(ledger) == [("supplement", 5_000), ("credit", 10_000)]
    ledger.finish()
    assert ledger.billed == 5_000


def test_another_patient_is_billed_and_the_first_one_is_not() -> None:
    ledger = Ledger.of({1: "1"})
    ledger.hear(2, {1: "1"}, "pat-78")
    assert kinds(ledger) == [("supplement", 10_000), ("credit", 10_000)]
    ledger.finish()
    [more] = ledger.supplements.values()
    assert (more.patient_id, more.buyer.patient_id, ledger.root.status) == ("pat-78", "pat-78", "credited")


def test_a_price_that_changed_since_is_no_difference() -> None:
    ledger = Ledger.of({1: "1"})
    dearer = terms(item("D1", 99_000))
    fresh = drafted(dearer, version=2, procedures=[procedure("D1", 1, quantity="2", tooth="48")], materials=[])
    ledger.put(*propose(ledger.family, (fresh, dearer), 2, ledger.change()).state)
    assert kinds(ledger) == [("supplement", 10_000)], "one more at the price of the first"


def test_a_void_session_takes_everything_back_of_each_invoice() -> None:
    ledger = Ledger.of({1: "1"})
    ledger.hear(2, {1: "1", 2: "1"})
    ledger.finish()
    ledger.hear(3, None)
    assert kinds(ledger) == [("credit", 10_000), ("credit", 5_000)]
    assert [known.problems for known in ledger.all] == [("session-voided",)] * 2
    ledger.finish()
    assert (ledger.billed, [known.status for known in ledger.all]) == (0, ["credited"] * 2)


def test_a_supplement_that_is_a_draft_follows_the_session() -> None:
    ledger = Ledger.of({1: "1"})
    ledger.hear(2, {1: "1", 2: "1"})
    ledger.confirm(*ledger.pending[0])
    ledger.hear(3, {1: "1", 2: "1", 3: "2"})
    [draft] = ledger.supplements.values()
    assert ([line.code for line in draft.lines], kinds(ledger)) == (["D2", "D3"], [])
    ledger.hear(4, {1: "1"})
    [draft] = ledger.supplements.values()
    assert (draft.status, draft.voided_by) == ("void", SYSTEM)
    ledger.hear(5, {1: "1", 2: "1"})
    assert kinds(ledger) == [("supplement", 5_000)]


def test_what_people_decided_on_the_draft_is_not_proposed_again() -> None:
    draft = waive(session_says(1, {1: "1", 2: "1", 3: "1"}), "procedure:p-1", PRICES, NOW).state
    draft = revise(draft, Edits(None, None, remove=[Removal("procedure:p-2", "free")]), PRICES, NOW).state
    draft = revise(draft, Edits(None, None, change=[LineChange("procedure:p-3", {"quantity": "2"})]), PRICES, NOW).state
    ledger = Ledger(finalize(draft, clinic(), "B-1", NOW).state)
    ledger.hear(2, {1: "2", 2: "2", 3: "3"})
    assert kinds(ledger) == []


def test_more_of_what_has_a_hand_price_costs_the_hand_price() -> None:
    draft = set_price(session_says(1, {1: "1"}), "procedure:p-1", HandPrice(Money(8_000, "EUR")), PRICES, NOW).state
    ledger = Ledger(finalize(draft, clinic(), "B-1", NOW).state)
    ledger.hear(2, {1: "2"})
    assert kinds(ledger) == [("supplement", 8_000)]


def test_what_was_rejected_is_asked_again_only_when_the_session_says_something_else() -> None:
    ledger = Ledger.of({1: "1", 2: "1"})
    ledger.hear(2, {1: "2"})
    for _, proposal in ledger.pending:
        ledger.put(reject(ledger.root, proposal.proposal_id, ledger.change("no")).state)
    assert (ledger.pending, ledger.root.problems) == ([], ())
    assert [(d.outcome, d.reason) for d in ledger.root.decisions] == [("rejected", "no")] * 2
    ledger.hear(3, {1: "2"})
    assert ledger.pending == []
    ledger.hear(4, {1: "3", 2: "1"})
    assert kinds(ledger) == [("supplement", 20_000)], "what is still billed is not billed again"


def test_what_a_person_credited_or_voided_is_not_billed_again() -> None:
    ledger = Ledger.of({1: "1", 2: "1"})
    ledger.give(ledger.root, "procedure:p-2")
    ledger.hear(2, {1: "1", 2: "1", 3: "1"})
    assert kinds(ledger) == [("supplement", 700)]
    ledger.confirm(*ledger.pending[0])
    [draft] = ledger.supplements.values()
    ledger.put(void(draft, ledger.change("goodwill")).state)
    ledger.hear(3, {1: "1", 2: "1", 3: "1"})
    assert ledger.pending == []
    ledger.hear(4, {1: "1"})
    assert ledger.pending == [], "nothing is left to take back"


def voided(done: Done) -> Ledger:
    ledger = Ledger(session_says(1, done))
    ledger.put(void(ledger.root, ledger.change("wrong patient")).state)
    return ledger


def test_a_correction_of_what_a_person_voided_is_proposed_whole_and_billed_when_confirmed() -> None:
    ledger = voided({1: "1", 2: "1"})
    ledger.hear(2, {1: "1", 2: "2"})
    assert kinds(ledger) == [("supplement", 20_000)], "nothing of it is billed elsewhere"
    ledger.confirm(*ledger.pending[0])
    [draft] = ledger.supplements.values()
    assert (draft.status, draft.supplement_to, ledger.root.status) == ("draft", ledger.root.invoice_id, "void")
    ledger.hear(3, {1: "1", 2: "1"})
    assert ledger.supplements[draft.invoice_id].totals.net.amount_minor == 15_000, "they agreed to bill it since"
    ledger.finish()
    ledger.hear(4, {1: "1", 2: "1", 3: "1"})
    assert kinds(ledger) == [("supplement", 700)]
    ledger.hear(5, None)
    assert kinds(ledger) == [("credit", 15_000)]


def test_what_a_person_refused_of_a_void_session_is_asked_again_only_as_something_else() -> None:
    ledger = voided({1: "1", 2: "1"})
    ledger.hear(2, {1: "1", 2: "1"})
    assert kinds(ledger) == []
    ledger.hear(3, {1: "1"})
    assert kinds(ledger) == [("supplement", 10_000)]
    ledger.put(reject(*_one(ledger), ledger.change("a gift")).state)
    ledger.hear(4, {1: "1"})
    assert kinds(ledger) == []
    ledger.hear(5, {1: "2"})
    ledger.confirm(*ledger.pending[0])
    [draft] = ledger.supplements.values()
    ledger.put(void(draft, ledger.change()).state)
    ledger.hear(6, {1: "2"})
    assert kinds(ledger) == []
    ledger.hear(7, {1: "3"})
    assert kinds(ledger) == [("supplement", 30_000)]


def _one(ledger: Ledger) -> tuple[Invoice, str]:
    [(invoice, proposal)] = ledger.pending
    return invoice, proposal.proposal_id


def test_what_replaces_a_void_invoice_is_of_who_the_session_names_now() -> None:
    ledger = voided({1: "1"})
    fresh = drafted(
        PRICES,
        version=2,
        procedures=[procedure("D1", 1, quantity="2")],
        materials=[],
        patient={"patient_id": "pat-77", "name": "Ada New"},
        provider={"provider_id": "doc-9"},
    )
    ledger.put(*propose(ledger.family, (fresh, PRICES), 2, ledger.change()).state)
    ledger.confirm(*ledger.pending[0])
    [draft] = ledger.supplements.values()
    assert (draft.buyer, draft.provider) == (fresh.buyer, fresh.provider)


def test_a_confirmed_credit_is_never_more_than_what_is_left() -> None:
    ledger = Ledger.of({1: "1", 2: "1"})
    ledger.hear(2, {1: "1"})
    ledger.put(credit_half(ledger))
    ledger.confirm(*ledger.pending[0])
    assert ledger.root.totals.credited == Money(5_000, "EUR")


def credit_half(ledger: Ledger) -> Invoice:
    note = credit_note(ledger.root, [], [LineCredit("procedure:p-2", None, 2_000)], "CN-1", DAY, ledger.change())
    ledger.notes[ledger.root.invoice_id] = [note]
    return credit(ledger.root, note, ledger.change()).state


def test_a_proposal_that_is_decided_or_replaced_is_not_there() -> None:
    ledger = Ledger.of({1: "1"})
    ledger.hear(2, {1: "2"})
    [(_, old)] = ledger.pending
    ledger.hear(3, {1: "3"})
    with pytest.raises(NotFound):
        pending_proposal(ledger.root, old.proposal_id)
    with pytest.raises(IllegalTransition):
        propose(BilledSession(session_says(1, {1: "1"})), None, 2, NOW)


ITEMS = {n: LoggedItem("procedure", f"p-{n}", f"D{n}", CDT, "1") for n in COSTS}


def heard(*versions: Sequence[int] | None) -> LoggedSession:
    heard_versions = [
        SessionVersion(nth, ns is None, tuple(ITEMS[n] for n in ns or ())) for nth, ns in enumerate(versions, 1)
    ]
    return LoggedSession("inv", "clinic-berlin", "pat-77", "ses-1", "2026-11-20", AT, tuple(heard_versions))


def test_what_awaits_a_decision_is_proposed_and_then_what_was_decided() -> None:
    ledger = Ledger.of({1: "1", 2: "1"})
    ledger.hear(2, {1: "1", 3: "1"})
    session = heard((1, 2), (1, 3))
    assert [fate.state for fate in fates(session, ledger.all)] == ["billed", "billed", "proposed"]
    rejected = replace(ledger, supplements={}, notes={})
    for _, proposal in ledger.pending:
        rejected.put(reject(rejected.root, proposal.proposal_id, ledger.change("goodwill")).state)
    found = fates(session, rejected.all)
    assert [(fate.state, fate.reason, fate.by) for fate in found] == [
        ("billed", None, None),
        ("billed", "goodwill", MANAGER),
        ("rejected", "goodwill", MANAGER),
    ]
    ledger.finish()
    found = fates(session, ledger.all)
    assert [(fate.state, fate.by) for fate in found] == [("billed", None), ("removed", MANAGER), ("billed", None)]
    assert {fate.differs for fate in found} == {()}
    ledger.hear(3, None)
    ledger.finish()
    assert {fate.state for fate in fates(heard((1, 2), (1, 3), None), ledger.all)} == {"session-voided"}


def test_an_item_that_is_billed_in_two_parts_differs_in_nothing() -> None:
    ledger = Ledger.of({1: "1"})
    ledger.hear(2, {1: "2"})
    found = LoggedItem("procedure", "p-1", "D1", CDT, "2")
    session = replace(heard((1,)), versions=(SessionVersion(2, False, (found,)),))
    assert fates(session, ledger.all)[0].state == "proposed"
    ledger.finish()
    assert (fates(session, ledger.all)[0].state, fates(session, ledger.all)[0].differs) == ("billed", ())


DONE = st.dictionaries(st.sampled_from([1, 2, 3]), st.sampled_from(["1", "2", "3", "0.5"]), min_size=1)
WORDS = st.lists(st.one_of(st.none(), DONE), min_size=1, max_size=5)


@given(DONE, WORDS, st.data())
def test_when_all_is_confirmed_what_is_billed_is_what_the_session_says(
    first: Done, words: list[Done | None], data: st.DataObject
) -> None:
    ledger = Ledger.of(first)
    for version, done in enumerate(words, 2):
        ledger.hear(version, done)
        _is_sound(ledger)
        for _ in range(data.draw(st.integers(0, len(ledger.pending)))):
            ledger.confirm(*data.draw(st.sampled_from(ledger.pending)))
        for known in ledger.all:
            if known.status == "draft" and data.draw(st.booleans()):
                ledger.put(finalize(known, clinic(), f"B-{ledger.ticks}", ledger.change()).state)
    ledger.finish()
    # What was finalized while a credit was pending, or credited meanwhile, is told by the next word.
    ledger.hear(len(words) + 2, words[-1])
    ledger.finish()
    assert ledger.billed == worth(words[-1])
    ledger.hear(len(words) + 3, words[-1])
    assert (ledger.pending, {known.problems for known in ledger.all}) == ([], {()})


@given(DONE, WORDS, st.data())
def test_only_the_newest_word_is_proposed_in_whatever_order_and_however_often(
    first: Done, words: list[Done | None], data: st.DataObject
) -> None:
    later = list(enumerate(words, 2))
    again = data.draw(st.lists(st.sampled_from(later), max_size=3))
    ledger, straight = Ledger.of(first), Ledger.of(first)
    for version, done in data.draw(st.permutations([*later, *again])):
        ledger.hear(version, done)
    straight.hear(*later[-1])
    assert [(p.kind, p.lines, p.amount) for _, p in ledger.pending] == [
        (p.kind, p.lines, p.amount) for _, p in straight.pending
    ]
    assert ledger.root.problems == straight.root.problems


@given(DONE, WORDS, st.data())
def test_whatever_people_decide_the_account_adds_up_and_nothing_is_credited_twice(
    first: Done, words: list[Done | None], data: st.DataObject
) -> None:
    ledger = Ledger.of(first)
    payments: list[ReceivedPayment] = []
    for version, done in zip(range(10, 10_000, 10), words, strict=False):
        ledger.hear(version, done)
        for _ in range(data.draw(st.integers(0, 3))):
            _something(ledger, payments, data)
            _is_sound(ledger)
            _settle(ledger, payments)
            account = balance("clinic-berlin", "pat-77", 1, ledger.all, payments, NOW, DAY)
            for owed in account.balances:
                assert owed.billed - owed.credited - owed.paid == owed.balance == owed.open - owed.credit
        ledger.hear(version + 1, done)
        before = [proposal for _, proposal in ledger.pending]
        ledger.hear(version + 2, done)
        assert [proposal for _, proposal in ledger.pending] == before


def _something(ledger: Ledger, payments: list[ReceivedPayment], data: st.DataObject) -> None:
    what = data.draw(st.sampled_from(["confirm", "reject", "finalize", "pay", "give"]))
    if what in ("confirm", "reject") and ledger.pending:
        invoice, proposal = data.draw(st.sampled_from(ledger.pending))
        if what == "confirm":
            ledger.confirm(invoice, proposal)
        else:
            ledger.put(reject(invoice, proposal.proposal_id, ledger.change("no")).state)
    elif what == "finalize":
        for known in ledger.all:
            if known.status == "draft":
                ledger.put(finalize(known, clinic(), f"B-{ledger.ticks}", ledger.change()).state)
    elif what == "pay":
        payments.append(payment(ledger.root, data.draw(st.integers(1, 20_000)), f"pay-{len(payments)}"))
    elif what == "give":
        try:
            ledger.give(ledger.root, data.draw(st.sampled_from(ledger.root.lines)).line_id)
        except BusinessError as refused:
            if refused.code not in ("more-than-left", "illegal-transition"):
                raise


def _settle(ledger: Ledger, payments: Sequence[ReceivedPayment]) -> None:
    counting = [known for known in ledger.all if known.status in COUNTING]
    ledger.put(*allocate_account(counting, payments, ledger.change()).state)


def _is_sound(ledger: Ledger) -> None:
    for known in ledger.all:
        kinds_of = [proposal.kind for proposal in known.proposals]
        assert len(kinds_of) == len({*kinds_of}), "one of each kind at most"
        assert 0 <= known.totals.credited.amount_minor <= asked_minor(known.totals)
        assert bool(known.proposals) == bool({"session-corrected", "session-voided"} & {*known.problems})
    assert sum(known.status == "draft" for known in ledger.all) <= 1
