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
from invoicing.domain.drafts.editing import Edits, LineChange, Removal, revise
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


def said(version: int, done: Done, patient_id: str = "pat-77") -> Invoice:
    procedures = [procedure(f"D{n}", n, quantity=quantity) for n, quantity in sorted(done.items())]
    return drafted(PRICES, version=version, procedures=procedures, materials=[], patient={"patient_id": patient_id})


def worth(done: Done | None) -> int:
    return sum(times(COSTS[n], quantity) for n, quantity in (done or {}).items())


@dataclass
class Books:
    """One session, its invoice, and whatever became of it."""

    root: Invoice
    supplements: dict[str, Invoice] = field(default_factory=dict)
    notes: dict[str, list[CreditNote]] = field(default_factory=dict)
    ticks: int = 0

    @classmethod
    def of(cls, done: Done) -> "Books":
        return cls(finalize(said(1, done), clinic(), "B-1", Change(AT, MANAGER)).state)

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
            fresh = None if done is None else (said(version, done, patient_id), PRICES)
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


def kinds(books: Books) -> list[tuple[str, int]]:
    return [(proposal.kind, proposal.amount.amount_minor) for _, proposal in books.pending]


def test_what_is_more_is_proposed_as_a_supplement_and_changes_nothing_of_the_invoice() -> None:
    books = Books.of({1: "1"})
    before = books.root
    books.hear(2, {1: "3", 2: "1"})
    [(_, proposal)] = books.pending
    assert [(line.code, line.quantity, line.net) for line in proposal.lines] == [
        ("D1", "2", Money(20_000, "EUR")),
        ("D2", "1", Money(5_000, "EUR")),
    ]
    assert (proposal.kind, proposal.amount, proposal.session_version) == ("supplement", Money(25_000, "EUR"), 2)
    assert (books.root.problems, books.root.version) == (("session-corrected",), before.version + 1)
    assert (books.root.lines, books.root.totals, books.root.buyer) == (before.lines, before.totals, before.buyer)


def test_a_supplement_that_is_confirmed_is_a_draft_of_the_difference_only() -> None:
    books = Books.of({1: "1"})
    books.hear(2, {1: "1", 2: "2"})
    books.confirm(*books.pending[0])
    [draft] = books.supplements.values()
    assert (draft.status, draft.number, draft.supplement_to, draft.version) == ("draft", None, books.root.invoice_id, 1)
    assert [(line.code, line.net) for line in draft.lines] == [("D2", Money(10_000, "EUR"))]
    assert (books.root.problems, books.root.proposals) == ((), ())
    [decision] = books.root.decisions
    assert (decision.outcome, decision.by, decision.made) == ("confirmed", MANAGER, draft.invoice_id)
    books.finish()
    assert books.billed == 20_000


def test_what_is_less_is_proposed_as_a_credit_note() -> None:
    books = Books.of({1: "3", 2: "1"})
    books.hear(2, {1: "1"})
    assert kinds(books) == [("credit", 25_000)]
    books.finish()
    [note] = books.notes[books.root.invoice_id]
    assert [(line.code, line.quantity) for line in note.lines] == [("D1", "2"), ("D2", "1")]
    assert (books.billed, books.root.problems) == (10_000, ())


def test_another_code_is_taken_back_and_billed_anew() -> None:
    books = Books.of({1: "1"})
    changed = drafted(PRICES, version=2, procedures=[procedure("D2", 1)], materials=[])
    books.put(*propose(books.family, (changed, PRICES), 2, books.change()).state)
    assert kinds(books) == [("supplement", 5_000), ("credit", 10_000)]
    books.finish()
    assert books.billed == 5_000


def test_another_patient_is_billed_and_the_first_one_is_not() -> None:
    books = Books.of({1: "1"})
    books.hear(2, {1: "1"}, "pat-78")
    assert kinds(books) == [("supplement", 10_000), ("credit", 10_000)]
    books.finish()
    [more] = books.supplements.values()
    assert (more.patient_id, more.buyer.patient_id, books.root.status) == ("pat-78", "pat-78", "credited")


def test_a_price_that_changed_since_is_no_difference() -> None:
    books = Books.of({1: "1"})
    dearer = terms(item("D1", 99_000))
    fresh = drafted(dearer, version=2, procedures=[procedure("D1", 1, quantity="2", tooth="48")], materials=[])
    books.put(*propose(books.family, (fresh, dearer), 2, books.change()).state)
    assert kinds(books) == [("supplement", 10_000)], "one more at the price of the first"


def test_a_void_session_takes_everything_back_of_each_invoice() -> None:
    books = Books.of({1: "1"})
    books.hear(2, {1: "1", 2: "1"})
    books.finish()
    books.hear(3, None)
    assert kinds(books) == [("credit", 10_000), ("credit", 5_000)]
    assert [known.problems for known in books.all] == [("session-voided",)] * 2
    books.finish()
    assert (books.billed, [known.status for known in books.all]) == (0, ["credited"] * 2)


def test_a_supplement_that_is_a_draft_follows_the_session() -> None:
    books = Books.of({1: "1"})
    books.hear(2, {1: "1", 2: "1"})
    books.confirm(*books.pending[0])
    books.hear(3, {1: "1", 2: "1", 3: "2"})
    [draft] = books.supplements.values()
    assert ([line.code for line in draft.lines], kinds(books)) == (["D2", "D3"], [])
    books.hear(4, {1: "1"})
    [draft] = books.supplements.values()
    assert (draft.status, draft.voided_by) == ("void", SYSTEM)
    books.hear(5, {1: "1", 2: "1"})
    assert kinds(books) == [("supplement", 5_000)]


def test_what_people_decided_on_the_draft_is_not_proposed_again() -> None:
    draft = waive(said(1, {1: "1", 2: "1", 3: "1"}), "procedure:p-1", PRICES, NOW).state
    draft = revise(draft, Edits(None, None, remove=[Removal("procedure:p-2", "free")]), PRICES, NOW).state
    draft = revise(draft, Edits(None, None, change=[LineChange("procedure:p-3", {"quantity": "2"})]), PRICES, NOW).state
    books = Books(finalize(draft, clinic(), "B-1", NOW).state)
    books.hear(2, {1: "2", 2: "2", 3: "3"})
    assert kinds(books) == []


def test_more_of_what_has_a_hand_price_costs_the_hand_price() -> None:
    draft = set_price(said(1, {1: "1"}), "procedure:p-1", HandPrice(Money(8_000, "EUR")), PRICES, NOW).state
    books = Books(finalize(draft, clinic(), "B-1", NOW).state)
    books.hear(2, {1: "2"})
    assert kinds(books) == [("supplement", 8_000)]


def test_what_was_rejected_is_asked_again_only_when_the_session_says_something_else() -> None:
    books = Books.of({1: "1", 2: "1"})
    books.hear(2, {1: "2"})
    for _, proposal in books.pending:
        books.put(reject(books.root, proposal.proposal_id, books.change("no")).state)
    assert (books.pending, books.root.problems) == ([], ())
    assert [(d.outcome, d.reason) for d in books.root.decisions] == [("rejected", "no")] * 2
    books.hear(3, {1: "2"})
    assert books.pending == []
    books.hear(4, {1: "3", 2: "1"})
    assert kinds(books) == [("supplement", 20_000)], "what is still billed is not billed again"


def test_what_a_person_credited_or_voided_is_not_billed_again() -> None:
    books = Books.of({1: "1", 2: "1"})
    books.give(books.root, "procedure:p-2")
    books.hear(2, {1: "1", 2: "1", 3: "1"})
    assert kinds(books) == [("supplement", 700)]
    books.confirm(*books.pending[0])
    [draft] = books.supplements.values()
    books.put(void(draft, books.change("goodwill")).state)
    books.hear(3, {1: "1", 2: "1", 3: "1"})
    assert books.pending == []
    books.hear(4, {1: "1"})
    assert books.pending == [], "nothing is left to take back"


def test_a_confirmed_credit_is_never_more_than_what_is_left() -> None:
    books = Books.of({1: "1", 2: "1"})
    books.hear(2, {1: "1"})
    books.put(credit_half(books))
    books.confirm(*books.pending[0])
    assert books.root.totals.credited == Money(5_000, "EUR")


def credit_half(books: Books) -> Invoice:
    note = credit_note(books.root, [], [LineCredit("procedure:p-2", None, 2_000)], "CN-1", DAY, books.change())
    books.notes[books.root.invoice_id] = [note]
    return credit(books.root, note, books.change()).state


def test_a_proposal_that_is_decided_or_replaced_is_not_there() -> None:
    books = Books.of({1: "1"})
    books.hear(2, {1: "2"})
    [(_, old)] = books.pending
    books.hear(3, {1: "3"})
    with pytest.raises(NotFound):
        pending_proposal(books.root, old.proposal_id)
    with pytest.raises(IllegalTransition):
        propose(BilledSession(void(Books.of({1: "1"}).root, NOW).state), None, 2, NOW)


ITEMS = {n: LoggedItem("procedure", f"p-{n}", f"D{n}", CDT, "1") for n in COSTS}


def heard(*versions: Sequence[int] | None) -> LoggedSession:
    told = [SessionVersion(nth, ns is None, tuple(ITEMS[n] for n in ns or ())) for nth, ns in enumerate(versions, 1)]
    return LoggedSession("inv", "clinic-berlin", "pat-77", "ses-1", "2026-11-20", AT, tuple(told))


def test_what_awaits_a_decision_is_proposed_and_then_what_was_decided() -> None:
    books = Books.of({1: "1", 2: "1"})
    books.hear(2, {1: "1", 3: "1"})
    session = heard((1, 2), (1, 3))
    assert [fate.state for fate in fates(session, books.all)] == ["billed", "billed", "proposed"]
    rejected = replace(books, supplements={}, notes={})
    for _, proposal in books.pending:
        rejected.put(reject(rejected.root, proposal.proposal_id, books.change("goodwill")).state)
    told = fates(session, rejected.all)
    assert [(fate.state, fate.reason, fate.by) for fate in told] == [
        ("billed", None, None),
        ("billed", "goodwill", MANAGER),
        ("rejected", "goodwill", MANAGER),
    ]
    books.finish()
    told = fates(session, books.all)
    assert [(fate.state, fate.by) for fate in told] == [("billed", None), ("removed", MANAGER), ("billed", None)]
    assert {fate.differs for fate in told} == {()}
    books.hear(3, None)
    books.finish()
    assert {fate.state for fate in fates(heard((1, 2), (1, 3), None), books.all)} == {"session-voided"}


def test_an_item_that_is_billed_in_two_parts_differs_in_nothing() -> None:
    books = Books.of({1: "1"})
    books.hear(2, {1: "2"})
    told = LoggedItem("procedure", "p-1", "D1", CDT, "2")
    session = replace(heard((1,)), versions=(SessionVersion(2, False, (told,)),))
    assert fates(session, books.all)[0].state == "proposed"
    books.finish()
    assert (fates(session, books.all)[0].state, fates(session, books.all)[0].differs) == ("billed", ())


DONE = st.dictionaries(st.sampled_from([1, 2, 3]), st.sampled_from(["1", "2", "3", "0.5"]), min_size=1)
WORDS = st.lists(st.one_of(st.none(), DONE), min_size=1, max_size=5)


@given(DONE, WORDS, st.data())
def test_when_all_is_confirmed_what_is_billed_is_what_the_session_says(
    first: Done, words: list[Done | None], data: st.DataObject
) -> None:
    books = Books.of(first)
    for version, done in enumerate(words, 2):
        books.hear(version, done)
        _is_sound(books)
        for _ in range(data.draw(st.integers(0, len(books.pending)))):
            books.confirm(*data.draw(st.sampled_from(books.pending)))
        for known in books.all:
            if known.status == "draft" and data.draw(st.booleans()):
                books.put(finalize(known, clinic(), f"B-{books.ticks}", books.change()).state)
    books.finish()
    # What was finalized while a credit was pending, or credited meanwhile, is told by the next word.
    books.hear(len(words) + 2, words[-1])
    books.finish()
    assert books.billed == worth(words[-1])
    books.hear(len(words) + 3, words[-1])
    assert (books.pending, {known.problems for known in books.all}) == ([], {()})


@given(DONE, WORDS, st.data())
def test_only_the_newest_word_is_proposed_in_whatever_order_and_however_often(
    first: Done, words: list[Done | None], data: st.DataObject
) -> None:
    later = list(enumerate(words, 2))
    again = data.draw(st.lists(st.sampled_from(later), max_size=3))
    books, straight = Books.of(first), Books.of(first)
    for version, done in data.draw(st.permutations([*later, *again])):
        books.hear(version, done)
    straight.hear(*later[-1])
    assert [(p.kind, p.lines, p.amount) for _, p in books.pending] == [
        (p.kind, p.lines, p.amount) for _, p in straight.pending
    ]
    assert books.root.problems == straight.root.problems


@given(DONE, WORDS, st.data())
def test_whatever_people_decide_the_account_adds_up_and_nothing_is_credited_twice(
    first: Done, words: list[Done | None], data: st.DataObject
) -> None:
    books = Books.of(first)
    payments: list[ReceivedPayment] = []
    for version, done in zip(range(10, 10_000, 10), words, strict=False):
        books.hear(version, done)
        for _ in range(data.draw(st.integers(0, 3))):
            _something(books, payments, data)
            _is_sound(books)
            _settle(books, payments)
            told = balance("clinic-berlin", "pat-77", 1, books.all, payments, NOW, DAY)
            for owed in told.balances:
                assert owed.billed - owed.credited - owed.paid == owed.balance == owed.open - owed.credit
        books.hear(version + 1, done)
        before = [proposal for _, proposal in books.pending]
        books.hear(version + 2, done)
        assert [proposal for _, proposal in books.pending] == before


def _something(books: Books, payments: list[ReceivedPayment], data: st.DataObject) -> None:
    what = data.draw(st.sampled_from(["confirm", "reject", "finalize", "pay", "give"]))
    if what in ("confirm", "reject") and books.pending:
        invoice, proposal = data.draw(st.sampled_from(books.pending))
        if what == "confirm":
            books.confirm(invoice, proposal)
        else:
            books.put(reject(invoice, proposal.proposal_id, books.change("no")).state)
    elif what == "finalize":
        for known in books.all:
            if known.status == "draft":
                books.put(finalize(known, clinic(), f"B-{books.ticks}", books.change()).state)
    elif what == "pay":
        payments.append(payment(books.root, data.draw(st.integers(1, 20_000)), f"pay-{len(payments)}"))
    elif what == "give":
        try:
            books.give(books.root, data.draw(st.sampled_from(books.root.lines)).line_id)
        except BusinessError as refused:
            if refused.code not in ("more-than-left", "illegal-transition"):
                raise


def _settle(books: Books, payments: Sequence[ReceivedPayment]) -> None:
    counting = [known for known in books.all if known.status in COUNTING]
    books.put(*allocate_account(counting, payments, books.change()).state)


def _is_sound(books: Books) -> None:
    for known in books.all:
        kinds_of = [proposal.kind for proposal in known.proposals]
        assert len(kinds_of) == len({*kinds_of}), "one of each kind at most"
        assert 0 <= known.totals.credited.amount_minor <= asked_minor(known.totals)
        assert bool(known.proposals) == bool({"session-corrected", "session-voided"} & {*known.problems})
    assert sum(known.status == "draft" for known in books.all) <= 1
