"""Lines that a person adds, changes and removes: all of it or nothing, each bad one named, and no word lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing.domain.completeness.fates import LoggedItem, LoggedSession, SessionVersion, fates
from invoicing.domain.corrections.merge import merged
from invoicing.domain.drafts.editing import revise
from invoicing.domain.drafts.edits import Edits, LineChange, NewLine, Removal, Resolution
from invoicing.domain.drafts.manual_prices import HandPrice, set_price, waive
from invoicing.domain.insurance.split import carried
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize, redraft
from invoicing.domain.invoice.line import Line
from invoicing.domain.pricing.terms import Terms

from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, Forbidden, IllegalTransition, SeveralRefused
from kernel.money import Money
from tests.parts.sessions import CDT, item, material, procedure, taxed
from tests.unit.invoicing.examples import LATER, MANAGER, NOW, clinic, drafted, finalized, price_list, terms
from tests.unit.invoicing.test_discount_application import discount, policy

PRICES = terms(item("D1", 10_000), item("D2", 5_000), item("D3", 700), taxed("COMP-A2", 1_200))
DESK = Change(LATER, Actor("usr-1", "Mia Kern", "front_desk"))
FIRST, SECOND = "procedure:p-1", "procedure:p-2"
VAT: dict[str, Any] = {"tax_category": "S", "tax_rate": "19", "exemption_reason": None}
LISTED = [item("D1", 10_000, **VAT), item("D2", 5_000, **VAT), item("D3", 700, **VAT), item("D4", 10_000),
          item("D5", 10_000, **VAT), item("D6", 10_000, **VAT), item("D7", 12_000, **VAT)]  # fmt: skip
CHEAPER = {"valid_from": "2027-01-01", "items": [item("D1", 8_000, **VAT)]}
KNOWN = Terms(
    clinic(),
    price_list(periods=[{"valid_from": "2026-01-01", "valid_until": "2026-12-31", "items": LISTED}, CHEAPER]),
    "EUR",
    scoped=(price_list(item("D1", 9_000, **VAT), applies_to={"provider_id": "doc-9"}),),
    policy=policy(discount("spring", "10", codes=["D5"])),
)


def _billable() -> Invoice:
    """One line of a session, with VAT; the lists have the same cheaper, dearer, without VAT and with a discount."""
    return drafted(KNOWN, procedures=[procedure("D1", 1)], materials=[])


def two(version: int = 1, first: dict[str, Any] | None = None, **changes: Any) -> Invoice:
    body = {"procedures": [procedure("D1", 1, **(first or {})), procedure("D2", 2)], "materials": [], **changes}
    return drafted(PRICES, version=version, **body)


def edited(draft: Invoice, by: Change = NOW, /, **edits: Any) -> Invoice:
    return revise(draft, Edits(**{"note": draft.note, "due_on": draft.due_on, **edits}), PRICES, by).state


def corrected(before: Invoice, fresh: Invoice) -> Invoice:
    """As the service takes a session's later version; an older one changes nothing."""
    if (fresh.session_version or 0) <= (before.session_version or 0):
        return before
    return carried(before, redraft(before, merged(before, fresh, PRICES), NOW), clinic())


def line_of(invoice: Invoice, line_id: str) -> Line:
    return next(line for line in invoice.lines if line.line_id == line_id)


def ids(invoice: Invoice) -> list[str]:
    return [line.line_id for line in invoice.lines]


def test_one_edit_of_everything_is_one_version() -> None:
    draft = two()
    after = edited(
        draft,
        note="pays on Friday",
        add=[NewLine("procedure", "D3", CDT, quantity="2"), NewLine("material", "COMP-A2", unit="g", quantity="0.5")],
        change=[LineChange(FIRST, {"quantity": "3", "tooth": "15"})],
        remove=[Removal(SECOND, "done by a student, free")],
    )
    assert (after.version, after.note, after.problems) == (2, "pays on Friday", ())
    assert ids(after) == [FIRST, "added:2-1", "added:2-2"]
    assert [line.net for line in after.lines] == [Money(minor, "EUR") for minor in (30_000, 1_400, 600)]
    assert [line.edited for line in after.lines] == [True] * 3
    assert after.lines[1].price is not None
    assert after.totals.gross == Money(32_000 + 114, "EUR")
    [record] = after.removed
    assert (record.line.line_id, record.reason, record.by) == (SECOND, "done by a student, free", MANAGER)


def test_a_line_is_priced_as_of_the_day_on_which_it_was_done() -> None:
    draft = two()
    old = edited(draft, change=[LineChange(FIRST, {"performed_on": draft.drafted_at.date().replace(year=2025)})])
    assert (line_of(old, FIRST).unpriced, old.problems) == (True, ("unpriced",))
    back = edited(old, change=[LineChange(FIRST, {"performed_on": draft.lines[0].performed_on})])
    assert (back.lines, back.totals) == (draft.lines, draft.totals), "what the session says is no edit any more"


def test_what_no_list_has_is_unpriced_until_a_manager_prices_it() -> None:
    free = NewLine("manual", "bleaching-kit", description="Bleaching kit to take home")
    waiting = edited(two(), DESK, add=[free])
    assert (waiting.lines[-1].unpriced, waiting.problems) == (True, ("unpriced",))
    price = HandPrice(Money(4_900, "EUR"), "S", "19")
    priced = replace(free, price=price, reason="list of the maker")
    with pytest.raises(Forbidden) as refused:
        edited(two(), DESK, add=[free, priced])
    assert refused.value.field == "/add/1/price"
    sold = edited(two(), add=[priced])
    assert (sold.problems, sold.totals.gross) == ((), Money(15_000 + 4_900 + 931, "EUR"))
    assert sold.lines[-1].override is not None
    assert sold.lines[-1].override.reason == "list of the maker"


def test_who_is_at_the_desk_leaves_out_what_was_added_but_not_what_was_done() -> None:
    more = edited(two(), DESK, add=[NewLine("procedure", "D3", CDT)])
    assert ids(edited(more, DESK, remove=[Removal("added:2-1", "typo")])) == [FIRST, SECOND]
    with pytest.raises(Forbidden) as refused:
        edited(more, DESK, remove=[Removal(FIRST, "why not")])
    assert refused.value.field == "/remove/0/line_id"


TWICE = {"change": [LineChange(FIRST, {})], "remove": [Removal(FIRST, "why")]}
ONE_UNKNOWN = {"change": [LineChange(FIRST, {"quantity": "2"}), LineChange("procedure:x", {})]}
FRANCS = NewLine("manual", "x", price=HandPrice(Money(1, "CHF"), "Z"), reason="r")
UNTAXED = NewLine("manual", "x", price=HandPrice(Money(1, "EUR")), reason="r")


@pytest.mark.parametrize(
    ("edits", "code", "field"),
    [
        (ONE_UNKNOWN, "line-unknown", "/change/1/line_id"),
        ({"remove": [Removal("procedure:x", "why")]}, "line-unknown", "/remove/0/line_id"),
        (TWICE, "line-twice", "/remove/0/line_id"),
        ({"change": [LineChange(FIRST, {"unit": "g"})]}, "field-of-another-kind", "/change/0/unit"),
        ({"change": [LineChange(FIRST, {"quantity": "999999999999"})]}, "amount-too-large", "/change/0/quantity"),
        ({"resolve": [Resolution(FIRST, "mine")]}, "not-in-conflict", "/resolve/0/line_id"),
        ({"resolve": [Resolution(FIRST, "session")]}, "not-by-hand", "/resolve/0/line_id"),
        ({"add": [FRANCS]}, "currency-differs", "/add/0/price/unit_price"),
        ({"add": [UNTAXED]}, "tax-missing", "/add/0/price/tax_category"),
        ({"add": [NewLine("procedure", "D3", CDT)] * 1_499}, "too-many-lines", "/add"),
    ],
)
def test_what_is_wrong_is_named(edits: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(BusinessError) as refused:
        edited(two(), **edits)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_all_that_is_wrong_is_named_at_once() -> None:
    wrong = {
        "resolve": [Resolution(FIRST, "mine")],
        "change": [LineChange("procedure:x", {}), LineChange(SECOND, {"unit": "g"}), LineChange(SECOND, {})],
        "remove": [Removal(FIRST, "why")],
        "add": [NewLine("procedure", "D3", CDT), FRANCS, UNTAXED],
    }
    with pytest.raises(SeveralRefused) as refused:
        edited(two(), DESK, **wrong)
    assert [(fault.code, fault.field) for fault in refused.value.faults] == [
        ("not-in-conflict", "/resolve/0/line_id"),
        ("line-unknown", "/change/0/line_id"),
        ("field-of-another-kind", "/change/1/unit"),
        ("line-twice", "/change/2/line_id"),
        ("line-twice", "/remove/0/line_id"),
        ("role-missing", "/add/1/price"),
        ("role-missing", "/add/2/price"),
    ]
    assert (refused.value.code, refused.value.field) == ("not-in-conflict", "/resolve/0/line_id")


EDITS = st.lists(
    st.sampled_from(
        [
            ("change", LineChange(FIRST, {"quantity": "2"})),
            ("change", LineChange(SECOND, {"tooth": "15"})),
            ("change", LineChange("procedure:x", {})),
            ("change", LineChange(SECOND, {"unit": "g"})),
            ("remove", Removal(FIRST, "why")),
            ("remove", Removal("procedure:y", "why")),
            ("resolve", Resolution(SECOND, "mine")),
            ("add", NewLine("procedure", "D3", CDT)),
            ("add", FRANCS),
            ("add", UNTAXED),
        ]
    ),
    max_size=8,
)


@given(EDITS)
def test_who_leaves_out_all_that_was_named_is_taken_and_nobody_else(asked: list[tuple[str, Any]]) -> None:
    wanted = {
        name: [operation for kind, operation in asked if kind == name]
        for name in ("resolve", "change", "remove", "add")
    }
    try:
        edited(two(), **wanted)
    except BusinessError as refused:
        faults = refused.faults if isinstance(refused, SeveralRefused) else (refused,)
        places = {tuple(str(fault.field).split("/")[1:3]) for fault in faults}
        assert len(places) == len(faults)
        left = {
            name: [operation for nth, operation in enumerate(all_) if (name, str(nth)) not in places]
            for name, all_ in wanted.items()
        }
        edited(two(), **left)


def test_only_a_draft_is_edited_and_one_without_lines_is_not_finalized() -> None:
    with pytest.raises(IllegalTransition):
        edited(finalized(), note="late")
    empty = edited(two(), remove=[Removal(FIRST, "free"), Removal(SECOND, "free")])
    with pytest.raises(Conflict) as refused:
        finalize(empty, clinic(), "B-1", NOW)
    assert refused.value.code == "no-lines"


@given(st.decimals("0.01", 6, places=2), st.decimals("0.01", 6, places=2))
def test_less_than_the_session_told_takes_a_billing_manager(done: Decimal, billed: Decimal) -> None:
    draft = two(1, {"quantity": str(done)})
    asked = [LineChange(FIRST, {"quantity": str(billed)})]
    assert line_of(edited(draft, change=asked), FIRST).quantity == str(billed)
    if billed >= done:
        assert line_of(edited(draft, DESK, change=asked), FIRST).quantity == str(billed)
        return
    with pytest.raises(Forbidden) as refused:
        edited(draft, DESK, change=asked)
    assert refused.value.field == "/change/0/quantity"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"code": "D2"}, "/change/0/code"),
        ({"code": "D99"}, "/change/0/code"),
        ({"code": "D3", "quantity": "2"}, "/change/0/quantity"),
        ({"performed_on": date(2027, 6, 1)}, "/change/0/performed_on"),
        ({"provider_id": "doc-9"}, "/change/0/provider_id"),
        ({"code": "D4"}, "/change/0/code"),
        ({"code": "D5"}, "/change/0/code"),
        ({"quantity": "0.5"}, "/change/0/quantity"),
    ],
    ids=["cheaper", "no price", "more of what is cheaper", "a cheaper day", "a cheaper provider", "no VAT",
         "a discount", "less"],
)  # fmt: skip
def test_whatever_makes_a_line_of_the_session_cheaper_takes_a_billing_manager(
    fields: dict[str, object], field: str
) -> None:
    draft, asked = _billable(), [LineChange(FIRST, fields)]
    with pytest.raises(Forbidden) as refused:
        revise(draft, Edits(None, None, change=asked), KNOWN, DESK)
    assert (refused.value.code, refused.value.field) == ("role-missing", field)
    assert draft.totals.gross.amount_minor > 0
    assert revise(draft, Edits(None, None, change=asked), KNOWN, NOW).state.version == 2


@pytest.mark.parametrize(
    "fields", [{"code": "D6"}, {"tooth": "15"}, {"quantity": "2"}, {"description": "as told"}, {"code": "D7"}]
)
def test_the_desk_says_otherwise_what_costs_as_much_or_more(fields: dict[str, object]) -> None:
    after = revise(_billable(), Edits(None, None, change=[LineChange(FIRST, fields)]), KNOWN, DESK).state
    assert after.totals.gross.amount_minor >= _billable().totals.gross.amount_minor


def test_dearer_lines_do_not_make_up_for_a_cheaper_one() -> None:
    asked = [LineChange(FIRST, {"code": "D2"}), LineChange(SECOND, {"quantity": "9"})]
    with pytest.raises(Forbidden) as refused:
        edited(two(), DESK, change=asked)
    assert refused.value.field == "/change/0/code"


def test_the_desk_takes_its_own_raise_back_and_no_more() -> None:
    raised = edited(two(), DESK, change=[LineChange(FIRST, {"quantity": "3"})])
    back = edited(raised, DESK, change=[LineChange(FIRST, {"quantity": "1"})])
    assert back.totals == two().totals
    with pytest.raises(Forbidden):
        edited(raised, DESK, change=[LineChange(FIRST, {"code": "D3"})])


def test_the_desk_keeps_no_code_that_is_cheaper_than_what_the_session_says_now() -> None:
    cheap = drafted(PRICES, procedures=[procedure("D3", 1)], materials=[])
    mine = edited(cheap, DESK, change=[LineChange(FIRST, {"code": "D2"})])
    both = corrected(mine, drafted(PRICES, version=2, procedures=[procedure("D1", 1)], materials=[]))
    with pytest.raises(Forbidden) as refused:
        edited(both, DESK, resolve=[Resolution(FIRST, "mine")])
    assert refused.value.field == "/resolve/0/keep"
    assert line_of(edited(both, resolve=[Resolution(FIRST, "mine")]), FIRST).code == "D2"


def test_what_a_manager_priced_the_desk_makes_no_less_of() -> None:
    added = NewLine("material", "KIT", price=HandPrice(Money(500, "EUR"), "S", "19"), reason="asked for", quantity="2")
    draft = edited(two(), add=[added])
    [kit] = [line.line_id for line in draft.lines if line.source_id is None]
    for edits in ({"change": [LineChange(kit, {"quantity": "1"})]}, {"remove": [Removal(kit, "free")]}):
        with pytest.raises(Forbidden):
            edited(draft, DESK, **edits)
    assert edited(draft, DESK, change=[LineChange(kit, {"quantity": "3"})]).version == draft.version + 1
    cheap = set_price(two(), FIRST, HandPrice(Money(8_000, "EUR")), PRICES, NOW).state
    assert line_of(edited(cheap, DESK, change=[LineChange(FIRST, {"tooth": "15"})]), FIRST).tooth == "15"


def test_the_desk_keeps_no_quantity_that_the_session_outgrew() -> None:
    both = corrected(edited(two(), DESK, change=[LineChange(FIRST, {"quantity": "3"})]), two(2, {"quantity": "4"}))
    with pytest.raises(Forbidden) as refused:
        edited(both, DESK, resolve=[Resolution(FIRST, "mine")])
    assert refused.value.field == "/resolve/0/keep"
    assert line_of(edited(both, resolve=[Resolution(FIRST, "mine")]), FIRST).quantity == "3"


def test_a_hand_price_is_kept_with_another_quantity() -> None:
    draft = set_price(two(), FIRST, HandPrice(Money(8_000, "EUR")), PRICES, NOW).state
    assert line_of(edited(draft, change=[LineChange(FIRST, {"quantity": "2"})]), FIRST).net == Money(16_000, "EUR")


def test_what_both_changed_is_in_conflict_until_a_person_says_whose_word_counts() -> None:
    mine = edited(two(), change=[LineChange(FIRST, {"quantity": "3"})])
    both = corrected(mine, two(2, {"quantity": "2", "tooth": "15"}))
    line = line_of(both, FIRST)
    assert (line.quantity, line.tooth, line.conflict, both.problems) == (
        "3",
        "15",
        "session-changed",
        ("conflicting-edit",),
    )
    assert line.session is not None
    assert line.session.now is not None
    assert (line.session.fields, line.session.now.quantity) == (("quantity",), "2")
    kept = edited(both, DESK, resolve=[Resolution(FIRST, "mine")])
    assert (line_of(kept, FIRST).net, kept.problems) == (Money(30_000, "EUR"), ())
    again = corrected(kept, two(3, {"quantity": "2", "tooth": "15"}))
    assert again.lines == kept.lines, "the session says nothing new"
    taken = edited(both, DESK, resolve=[Resolution(FIRST, "session")])
    assert taken.lines == two(2, {"quantity": "2", "tooth": "15"}).lines


def test_what_both_changed_alike_is_no_conflict_but_still_the_persons_word() -> None:
    mine = edited(two(), change=[LineChange(FIRST, {"quantity": "2"})])
    agreed = corrected(mine, two(2, {"quantity": "2"}))
    assert agreed.problems == ()
    assert corrected(agreed, two(3)).lines == mine.lines


def test_what_a_person_left_out_stays_out_until_the_session_says_it_otherwise() -> None:
    out = edited(two(), remove=[Removal(FIRST, "free")])
    assert ids(corrected(out, two(2, procedures=[procedure("D1"), procedure("D2", 2), procedure("D3", 3)]))) == [
        SECOND,
        "procedure:p-3",
    ]
    back = corrected(out, two(2, {"quantity": "2"}))
    assert (ids(back), back.problems) == ([FIRST, SECOND], ("conflicting-edit",))
    kept = edited(back, resolve=[Resolution(FIRST, "mine")])
    assert (ids(kept), kept.removed[0].reason, kept.problems) == ([SECOND], "free", ())
    assert corrected(kept, two(3, {"quantity": "2"})).lines == kept.lines
    taken = edited(back, resolve=[Resolution(FIRST, "session")])
    assert (taken.lines, taken.removed) == (two(2, {"quantity": "2"}).lines, ())


def test_what_was_left_out_by_mistake_is_put_back() -> None:
    draft = two()
    out = edited(draft, remove=[Removal(FIRST, "free")])
    back = edited(out, resolve=[Resolution(FIRST, "session")])
    assert ({*back.lines}, back.removed, back.totals) == ({*draft.lines}, (), draft.totals)
    with pytest.raises(Forbidden):
        edited(out, DESK, resolve=[Resolution(FIRST, "session")])


def test_what_was_left_out_is_told_with_who_and_why_and_never_missing() -> None:
    out = edited(two(), remove=[Removal(FIRST, "free")])
    items = (LoggedItem("procedure", "p-1", "D1", CDT, "1"), LoggedItem("procedure", "p-2", "D2", CDT, "1"))
    heard = LoggedSession(
        out.invoice_id, "clinic-berlin", "pat-77", "ses-1", "2026-11-20", LATER, (SessionVersion(1, False, items),)
    )
    for invoice, state in ((out, "drafted"), (finalize(out, clinic(), "B-1", NOW).state, "billed")):
        left_out, other = fates(heard, [invoice])
        assert (left_out.state, left_out.reason, left_out.by) == ("removed", "free", MANAGER)
        assert other.state == state


LINES = st.fixed_dictionaries(
    {}, optional={n: st.tuples(st.sampled_from(["1", "2"]), st.sampled_from(["14", "15"])) for n in (1, 2, 3)}
).filter(bool)
WORDS = st.lists(LINES, min_size=2, max_size=5)
ACTS = ["price", "waive", "remove", "quantity", "tooth", "add", "mine", "session"]
HANDS = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 3)), max_size=5)
NOT_TO_BE_HAD = {"line-unknown", "not-in-conflict", "not-by-hand"}


def session_says(version: int, lines: dict[int, tuple[str, str]]) -> Invoice:
    done = [procedure(f"D{n}", n, quantity=quantity, tooth=tooth) for n, (quantity, tooth) in sorted(lines.items())]
    return drafted(PRICES, version=version, procedures=done, materials=[])


def acted(now: Invoice, what: str, n: int) -> Invoice:
    """What the person wants, if it can be had."""
    line_id = f"procedure:p-{n}"
    try:
        match what:
            case "price":
                return set_price(now, line_id, HandPrice(Money(n * 1_000, "EUR"), "Z"), PRICES, NOW).state
            case "waive":
                return waive(now, line_id, PRICES, NOW).state
            case "remove":
                return edited(now, remove=[Removal(line_id, "free")])
            case "quantity":
                return edited(now, change=[LineChange(line_id, {"quantity": "7"})])
            case "tooth":
                return edited(now, change=[LineChange(line_id, {"tooth": "48"})])
            case "add":
                return edited(now, note=f"note {n}", add=[NewLine("procedure", f"D{n}", CDT)])
            case "mine" | "session":
                return edited(now, resolve=[Resolution(line_id, what)])
            case _:
                raise AssertionError(what)
    except BusinessError as refused:
        if refused.code not in NOT_TO_BE_HAD:
            raise
        return now


def by_hand(invoice: Invoice) -> dict[str, object]:
    """What people decided, by line; and what they added."""
    words: dict[str, object] = {}
    for line in invoice.lines:
        if line.source_id is None:
            words[line.line_id] = line
        elif line.session is not None:
            changed = tuple(getattr(line, name) for name in line.session.fields)
            price = line.unit_price if line.override else None
            words[line.line_id] = (line.override, price, line.waiver, line.session.fields, changed)
    return words | {f"out {record.line.line_id}": (record.reason, record.over) for record in invoice.removed}


@given(WORDS, st.lists(st.tuples(HANDS, st.integers(0, 4)), min_size=1, max_size=4))
def test_whatever_happens_no_hand_edit_is_lost_in_silence_and_no_item_disappears(
    words: list[dict[int, tuple[str, str]]], turns: Sequence[tuple[list[tuple[str, int]], int]]
) -> None:
    now = session_says(1, words[0])
    for hands, nth in turns:
        for what, n in hands:
            now = acted(now, what, n)
        heard = session_says(nth + 1, words[nth % len(words)])
        before, now = now, corrected(now, heard)
        assert by_hand(now) == by_hand(before)
        if now is before:
            continue
        out = {record.line.line_id for record in now.removed}
        assert {*ids(heard)} <= {*ids(now), *out}
        assert (now.note, now.due_on) == (before.note, before.due_on)
        assert len({*ids(now)}) == len(now.lines)
        assert ("conflicting-edit" in now.problems) == any(line.conflict for line in now.lines)
        for line in now.lines:
            is_said = line_said(heard, line)
            if line.source_id is not None and line != is_said:
                assert line.session is not None or line.conflict
            if line.conflict is None and line.session is not None and is_said is not None:
                assert line.session.over == line.session.now or not (line.override or line.waiver)


def line_said(heard: Invoice, line: Line) -> Line | None:
    return next((candidate for candidate in heard.lines if candidate.line_id == line.line_id), None)


@given(WORDS, HANDS, st.data())
def test_only_the_newest_word_of_the_session_counts_in_whatever_order_they_come(
    words: list[dict[int, tuple[str, str]]], hands: list[tuple[str, int]], data: st.DataObject
) -> None:
    mine = session_says(1, words[0])
    for what, n in hands:
        mine = acted(mine, what, n)
    later = [session_says(version, lines) for version, lines in enumerate(words[1:], 2)]
    order = data.draw(st.permutations([*later, *data.draw(st.lists(st.sampled_from(later), max_size=3))]))
    now = mine
    for heard in order:
        now = corrected(now, heard)
    straight = corrected(mine, later[-1])
    assert (by_hand(now), now.totals, now.problems) == (by_hand(straight), straight.totals, straight.problems)
    assert {line.line_id: line for line in now.lines} == {line.line_id: line for line in straight.lines}


def test_materials_are_lines_as_well() -> None:
    draft = drafted(PRICES, procedures=[], materials=[material(quantity="1")])
    more = edited(draft, change=[LineChange("material:m-1", {"quantity": "2"})])
    assert more.lines[0].net == Money(2_400, "EUR")
