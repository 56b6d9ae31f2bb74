"""Discounts and prices by hand: alone up to a limit, above it with a second person, and kept through a correction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invoicing.domain.corrections.merge import merged
from invoicing.domain.drafts import discount_grants, manual_prices
from invoicing.domain.drafts.discount_grants import WantedDiscount
from invoicing.domain.drafts.editing import revise
from invoicing.domain.drafts.edits import Edits, LineChange, NewLine, Removal
from invoicing.domain.drafts.manual_prices import HandPrice
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize, redraft

from kernel.actor import Actor
from kernel.change import Change
from kernel.errors import BusinessError, Conflict, NotFound
from kernel.money import Money, percent
from tests.parts.sessions import CDT, procedure
from tests.unit.invoicing.examples import LATER, MANAGER, NOW, clinic, finalized
from tests.unit.invoicing.test_discount_application import AOK, discount, done, known, taken

DESK = Change(LATER, Actor("usr-1", "Mia Roth", "front_desk"), "waited for an hour")
BOSS = Change(LATER, Actor("usr-9", "Ida Kern", "billing_manager"))
LIMITS = [
    {"role": "front_desk", "rate": "10", "amount": {"amount_minor": 2_000, "currency": "EUR"}},
    {"role": "billing_manager", "rate": "50"},
]
GRANTABLE = [
    discount("kind", "5", given="by-hand"),
    discount("gift", None, 1_000, given="by-hand", scope="invoice", codes=["D1"]),
    discount("staff", "8", given="by-hand", scope="invoice", plans=[AOK]),
    discount("alone", "9", given="by-hand", stackable=False),
    discount("auto", "3"),
]
TERMS = known(*GRANTABLE, limits=LIMITS)


def free(rate: str | None = None, minor: int | None = None, line_id: str | None = None) -> WantedDiscount:
    return WantedDiscount(None, "goodwill", rate, None if minor is None else Money(minor, "EUR"), line_id)


def two() -> Invoice:
    """100.00 and 50.00, less 3 per cent."""
    return done(TERMS, "D1", "D2")


def ids(draft: Invoice) -> list[str]:
    return [line.line_id for line in draft.lines]


def cost(draft: Invoice) -> int:
    return draft.totals.due.amount_minor


def code_of(work: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(BusinessError) as refused:
        work()
    return refused.value.status, refused.value.code


def test_within_the_limit_it_counts_at_once_and_says_who_and_why() -> None:
    draft = two()
    after = discount_grants.grant(draft, free("10", line_id=ids(draft)[0]), TERMS, DESK).state
    [grant] = after.discounts
    assert (grant.name, grant.kind, grant.rate, grant.reason, grant.by, grant.approved_by) == (
        "goodwill",
        "percent",
        "10",
        "waited for an hour",
        DESK.by,
        None,
    )
    assert taken(after.lines[0]) == {"auto": 300, grant.discount_id: 1_000}
    assert (cost(after), after.version, after.problems) == (cost(draft) - 1_000, 2, ())
    assert cost(discount_grants.remove(after, grant.discount_id, TERMS, DESK).state) == cost(draft)


@pytest.mark.parametrize(
    "wanted",
    [free("10.01", line_id="procedure:p-0"), free("10.01"), free(None, 2_001), free(None, 501, "procedure:p-1")],
)
def test_above_the_limit_it_waits_for_a_second_person(wanted: WantedDiscount) -> None:
    draft = two()
    asked = discount_grants.grant(draft, wanted, TERMS, DESK).state
    assert (cost(asked), asked.discounts, asked.problems) == (cost(draft), (), ("awaits-approval",))
    [grant] = asked.discount_requests
    with pytest.raises(Conflict, match="awaits-approval"):
        finalize(asked, clinic(), "B-1", NOW)
    same = replace(BOSS, by=DESK.by)
    assert code_of(lambda: discount_grants.approve(asked, grant.discount_id, TERMS, same).state) == (
        403,
        "maker-is-checker",
    )
    assert code_of(lambda: discount_grants.reject(asked, grant.discount_id, TERMS, same).state) == (
        403,
        "maker-is-checker",
    )
    assert code_of(lambda: discount_grants.withdraw(asked, grant.discount_id, TERMS, BOSS).state) == (
        403,
        "not-the-maker",
    )
    for gone in (
        discount_grants.reject(asked, grant.discount_id, TERMS, BOSS).state,
        discount_grants.withdraw(asked, grant.discount_id, TERMS, DESK).state,
    ):
        assert (cost(gone), gone.discount_requests, gone.problems) == (cost(draft), (), ())
    agreed = discount_grants.approve(asked, grant.discount_id, TERMS, BOSS).state
    assert (agreed.problems, agreed.discounts[0].approved_by, agreed.discounts[0].approved_at) == ((), BOSS.by, LATER)
    assert cost(agreed) < cost(draft)
    assert finalize(agreed, clinic(), "B-1", NOW).state.totals == agreed.totals


def test_many_small_ones_do_not_pass_the_limit_either() -> None:
    draft = two()
    first = discount_grants.grant(draft, free("6", line_id=ids(draft)[0]), TERMS, DESK).state
    again = discount_grants.grant(first, free("6", line_id=ids(draft)[0]), TERMS, DESK).state
    assert (len(again.discounts), len(again.discount_requests)) == (1, 1)
    whole = discount_grants.grant(first, free("6"), TERMS, DESK).state
    assert (len(whole.discounts), len(whole.discount_requests)) == (2, 0)
    assert discount_grants.grant(whole, free("1"), TERMS, DESK).state.problems == ("awaits-approval",)


def test_the_checkers_own_limit_counts_as_well() -> None:
    draft = two()
    asked = discount_grants.grant(draft, free("51"), TERMS, BOSS).state
    [grant] = asked.discount_requests
    assert code_of(lambda: discount_grants.approve(asked, grant.discount_id, TERMS, NOW).state) == (403, "above-limit")
    higher = known(*GRANTABLE)
    assert discount_grants.approve(asked, grant.discount_id, higher, NOW).state.discounts[0].approved_by == MANAGER


def test_without_a_policy_a_manager_grants_alone_and_the_desk_asks() -> None:
    nobody = replace(TERMS, policy=None)
    draft = done(nobody, "D1")
    assert discount_grants.grant(draft, free("100"), nobody, BOSS).state.totals.due == Money(0, "EUR")
    assert discount_grants.grant(draft, free("1"), nobody, DESK).state.problems == ("awaits-approval",)


def test_a_discount_of_the_policy_keeps_its_conditions() -> None:
    draft = two()
    gift = discount_grants.grant(draft, WantedDiscount("gift"), TERMS, DESK).state
    [grant] = gift.discounts
    assert (grant.named, grant.codes, grant.line_id, grant.amount) == ("gift", ("D1",), None, Money(1_000, "EUR"))
    assert [grant.discount_id in taken(line) for line in gift.lines] == [True, False]
    gone = known(discount("auto", "3"), limits=LIMITS)
    again = discount_grants.grant(gift, free(None, 1), gone, BOSS).state
    assert taken(again.lines[0])[grant.discount_id] == 1_000
    assert taken(again.lines[1]).keys() == {"auto"}
    alone = discount_grants.grant(draft, WantedDiscount("alone", line_id=ids(draft)[0]), TERMS, DESK).state
    assert taken(alone.lines[0]) == {alone.discounts[0].discount_id: 900}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (WantedDiscount("auto"), (422, "discount-unknown")),
        (WantedDiscount("nobody"), (422, "discount-unknown")),
        (WantedDiscount("kind"), (422, "discount-scope")),
        (WantedDiscount("gift", line_id="procedure:p-0"), (422, "discount-scope")),
        (WantedDiscount("staff"), (422, "discount-does-not-fit")),
        (free("5", line_id="procedure:p-9"), (422, "line-unknown")),
        (free("101"), (422, "rate-out-of-range")),
        (free("0"), (422, "rate-out-of-range")),
        (free(None, 0), (422, "amount-not-positive")),
        (WantedDiscount(None, "x", None, Money(1, "CHF")), (422, "currency-differs")),
    ],
)
def test_what_cannot_be_granted_is_refused(wanted: WantedDiscount, expected: tuple[int, str]) -> None:
    assert code_of(lambda: discount_grants.grant(two(), wanted, TERMS, DESK).state) == expected


def test_only_a_draft_is_reduced_and_a_named_discount_once() -> None:
    assert code_of(lambda: discount_grants.grant(finalized(), free("1"), TERMS, DESK).state) == (
        409,
        "illegal-transition",
    )
    gift = discount_grants.grant(two(), WantedDiscount("gift"), TERMS, DESK).state
    assert code_of(lambda: discount_grants.grant(gift, WantedDiscount("gift"), TERMS, DESK).state) == (
        422,
        "discount-twice",
    )
    with pytest.raises(NotFound):
        discount_grants.remove(gift, "dsc_nobody", TERMS, DESK)


def test_a_price_far_below_the_list_awaits_approval_and_the_trace_says_who_agreed() -> None:
    draft = two()
    first = ids(draft)[0]
    cheap = manual_prices.set_price(
        draft, first, HandPrice(Money(4_000, "EUR")), TERMS, replace(BOSS, reason="kin")
    ).state
    override = cheap.lines[0].override
    assert override is not None
    assert (override.awaits_approval, override.approved_by, cheap.problems) == (True, None, ("awaits-approval",))
    assert code_of(lambda: manual_prices.approve_price(cheap, first, TERMS, BOSS).state) == (403, "maker-is-checker")
    assert code_of(lambda: manual_prices.approve_price(cheap, first, TERMS, NOW).state) == (403, "above-limit")
    lenient = known(*GRANTABLE, limits=[{"role": "billing_manager", "rate": "60"}])
    agreed = manual_prices.approve_price(cheap, first, lenient, NOW).state
    override = agreed.lines[0].override
    assert override is not None
    assert (override.awaits_approval, override.approved_by, agreed.problems) == (False, MANAGER, ())
    assert code_of(lambda: manual_prices.approve_price(agreed, first, lenient, NOW).state) == (
        409,
        "nothing-to-approve",
    )
    back = manual_prices.reject_price(cheap, first, TERMS, NOW).state
    assert (back.lines, back.problems) == (draft.lines, ())
    again = manual_prices.set_price(
        cheap, first, HandPrice(Money(6_000, "EUR")), TERMS, replace(BOSS, reason="kin")
    ).state
    override = again.lines[0].override
    assert override is not None
    assert (override.before, again.problems) == (Money(10_000, "EUR"), ())
    dear = manual_prices.set_price(draft, first, HandPrice(Money(20_000, "EUR")), TERMS, DESK).state
    assert dear.problems == ()


def corrected(before: Invoice, *procedures: Any) -> Invoice:
    fresh = done(TERMS, procedures=list(procedures), version=2)
    return redraft(before, merged(before, fresh, TERMS), NOW)


def test_a_correction_keeps_what_people_granted_and_drops_it_with_its_line() -> None:
    draft = two()
    granted = discount_grants.grant(draft, free("5", line_id=ids(draft)[1]), TERMS, DESK).state
    granted = discount_grants.grant(granted, free(None, 700), TERMS, DESK).state
    granted = discount_grants.grant(granted, free("40"), TERMS, DESK).state
    twice = corrected(granted, procedure("D1", 0), procedure("D2", 1, quantity="2"))
    assert (twice.discounts, twice.discount_requests) == (granted.discounts, granted.discount_requests)
    assert twice.problems == ("awaits-approval",)
    assert taken(twice.lines[1])[granted.discounts[0].discount_id] == 500
    less = corrected(granted, procedure("D1", 0))
    assert [grant.line_id for grant in less.discounts] == [None]
    assert cost(less) == 10_000 - 300 - 700


GRANTS = st.lists(
    st.sampled_from(
        [
            free("2"),
            free("2"),
            free(None, 7),
            free("33", line_id="procedure:p-0"),
            free(None, 4_999, "procedure:p-1"),
            WantedDiscount("gift"),
            WantedDiscount("kind", line_id="procedure:p-0"),
            WantedDiscount("alone", line_id="procedure:p-1"),
        ]
    ),
    min_size=1,
    max_size=4,
    unique_by=id,
)


@given(GRANTS)
@settings(max_examples=60, deadline=None)
def test_the_price_does_not_depend_on_who_granted_first(wanted: list[WantedDiscount]) -> None:
    limitless = known(*GRANTABLE)
    ends = set()
    for order in permutations(wanted):
        draft = done(limitless, "D1", "D2", "D3")
        for grant in order:
            draft = discount_grants.grant(draft, grant, limitless, BOSS).state
        ends.add((draft.totals, draft.tax, tuple(line.net for line in draft.lines)))
    assert len(ends) == 1


@given(GRANTS, st.sampled_from([DESK, BOSS]))
@settings(max_examples=60)
def test_what_nobody_else_agreed_to_is_never_above_the_limit(wanted: list[WantedDiscount], who: Change) -> None:
    draft = done(TERMS, "D1", "D2", "D3")
    for grant in wanted:
        draft = discount_grants.grant(draft, grant, TERMS, who).state
    mine = {grant.discount_id for grant in draft.discounts}
    total = sum(part for line in draft.lines for id_, part in taken(line).items() if id_ in mine)
    rate = 10 if who is DESK else 50
    assert total * 100 <= sum(line.amount.amount_minor for line in draft.lines if line.amount) * rate
    assert who is not DESK or total <= 2_000
    assert (draft.problems == ()) == (len(mine) == len(wanted))


def at(minutes: int, who: Change, reason: str = "kin") -> Change:
    return replace(who, at=LATER + timedelta(minutes=minutes), reason=reason)


def test_a_waiver_is_a_whole_discount_and_comes_under_the_same_limit() -> None:
    draft = two()
    first = ids(draft)[0]
    waived = manual_prices.waive(draft, first, TERMS, at(1, BOSS)).state
    waiver = waived.lines[0].waiver
    assert waiver is not None
    assert (waiver.before, waiver.awaits_approval, waived.problems) == (
        Money(10_000, "EUR"),
        True,
        ("awaits-approval",),
    )
    with pytest.raises(Conflict, match="awaits-approval"):
        finalize(waived, clinic(), "B-1", NOW)
    assert code_of(lambda: manual_prices.approve_waiver(waived, first, TERMS, BOSS).state) == (403, "maker-is-checker")
    assert code_of(lambda: manual_prices.approve_waiver(waived, first, TERMS, NOW).state) == (403, "above-limit")
    assert code_of(lambda: manual_prices.approve_price(waived, first, TERMS, NOW).state) == (409, "nothing-to-approve")
    assert manual_prices.reject_waiver(waived, first, TERMS, NOW).state.lines == draft.lines
    higher = known(*GRANTABLE, limits=[{"role": "billing_manager", "rate": "100"}])
    agreed = manual_prices.approve_waiver(waived, first, higher, at(2, NOW)).state
    waiver = agreed.lines[0].waiver
    assert waiver is not None
    assert (waiver.awaits_approval, waiver.approved_by, waiver.approved_at) == (False, MANAGER, at(2, NOW).at)
    assert (cost(agreed), agreed.problems) == (5_000 - 150, ())
    assert code_of(lambda: manual_prices.approve_waiver(agreed, first, higher, NOW).state) == (
        409,
        "nothing-to-approve",
    )


def test_what_has_no_price_is_waived_by_one_person_as_nothing_is_known_to_be_given_away() -> None:
    draft = done(TERMS, "D1", "D9999")
    waived = manual_prices.waive(draft, ids(draft)[1], TERMS, at(1, BOSS)).state
    assert (waived.problems, cost(waived)) == ((), 10_000 - 300)


def test_a_price_by_hand_before_does_not_hide_what_is_waived() -> None:
    draft = two()
    first = ids(draft)[0]
    fair = manual_prices.set_price(draft, first, HandPrice(Money(9_000, "EUR")), TERMS, at(1, BOSS)).state
    waived = manual_prices.waive(fair, first, TERMS, at(2, BOSS)).state
    assert waived.lines[0].listed == Money(10_000, "EUR")
    priced = manual_prices.set_price(waived, first, HandPrice(Money(1_000, "EUR")), TERMS, at(3, BOSS)).state
    assert (priced.lines[0].listed, priced.problems) == (Money(10_000, "EUR"), ("awaits-approval",))


def test_who_waives_a_cheap_line_answers_for_the_dear_one_that_it_becomes() -> None:
    draft = done(TERMS, "D1", "D1", "D3")
    small = known(
        *GRANTABLE, limits=[{"role": "billing_manager", "amount": {"amount_minor": 1_000, "currency": "EUR"}}]
    )
    waived = manual_prices.waive(draft, ids(draft)[2], small, at(1, BOSS)).state
    assert waived.problems == ()
    dearer = revise(
        waived, Edits(None, None, change=[LineChange(ids(draft)[2], {"code": "D1"})]), small, at(2, DESK)
    ).state
    assert (dearer.problems, dearer.lines[2].listed) == (("awaits-approval",), Money(10_000, "EUR"))


@given(st.sets(st.integers(0, 3), min_size=1), st.integers(1, 99))
@settings(max_examples=60, deadline=None)
def test_a_waiver_passes_no_limit_that_a_whole_discount_does_not(nths: set[int], rate: int) -> None:
    policy = known(limits=[{"role": "billing_manager", "rate": str(rate)}])
    draft = done(policy, "D1", "D2", "D3", "D1")
    waived = granted = draft
    for nth in sorted(nths):
        waived = manual_prices.waive(waived, ids(draft)[nth], policy, at(nth, BOSS)).state
        granted = discount_grants.grant(granted, free("100", line_id=ids(draft)[nth]), policy, at(nth, BOSS)).state
    assert waived.problems == granted.problems == ("awaits-approval",)
    assert [line.by_hand is not None and line.by_hand.awaits_approval for line in waived.lines] == [
        nth in nths for nth in range(4)
    ]


def test_what_is_too_much_of_a_smaller_invoice_is_asked_again() -> None:
    draft = two()
    granted = discount_grants.grant(draft, free(None, 1_400), TERMS, at(1, DESK)).state
    granted = discount_grants.grant(granted, free("2"), TERMS, at(2, BOSS)).state
    assert granted.problems == ()
    less = corrected(granted, procedure("D1", 0))
    assert ([request.amount for request in less.discount_requests], less.problems) == (
        [Money(1_400, "EUR")],
        ("awaits-approval",),
    )
    assert cost(less) == 10_000 - 300 - 200, "the manager's own stands, and the other counts no more"
    agreed = discount_grants.approve(less, less.discount_requests[0].discount_id, TERMS, at(3, NOW)).state
    assert (cost(agreed), agreed.problems) == (10_000 - 300 - 200 - 1_400, ())
    again = corrected(agreed, procedure("D2", 0, quantity="0.2"))
    assert (again.problems, cost(again)) == (("awaits-approval",), 1_000 - 30 - 20), "above the manager's limit now"
    more = corrected(again, procedure("D1", 0), procedure("D2", 1))
    assert more.problems == ("awaits-approval",), "who was asked once has to say so"


def test_a_price_that_is_too_low_for_the_new_code_is_asked_again() -> None:
    draft = two()
    cheap = manual_prices.set_price(draft, ids(draft)[1], HandPrice(Money(2_500, "EUR")), TERMS, at(1, BOSS)).state
    assert cheap.problems == ()
    dearer = revise(
        cheap, Edits(None, None, change=[LineChange(ids(draft)[1], {"code": "D1"})]), TERMS, at(2, DESK)
    ).state
    override = dearer.lines[1].override
    assert override is not None
    assert (override.awaits_approval, override.before, dearer.problems) == (
        True,
        Money(10_000, "EUR"),
        ("awaits-approval",),
    )


SESSIONS = st.lists(
    st.tuples(st.sampled_from(["D1", "D2", "D3"]), st.sampled_from(["0.1", "0.5", "1", "3"])), min_size=1, max_size=3
)


@given(GRANTS, st.sampled_from([DESK, BOSS]), st.lists(SESSIONS, min_size=1, max_size=3))
@settings(max_examples=80, deadline=None)
def test_no_correction_lets_a_grant_pass_the_limit(
    wanted: list[WantedDiscount], who: Change, edits: list[list[tuple[str, str]]]
) -> None:
    draft = done(TERMS, "D1", "D2", "D3")
    for nth, grant in enumerate(wanted):
        draft = discount_grants.grant(draft, grant, TERMS, at(nth, who)).state
    for session in edits:
        before = {grant.discount_id for grant in (*draft.discounts, *draft.discount_requests)}
        draft = corrected(draft, *(procedure(code, n, quantity=q) for n, (code, q) in enumerate(session)))
        there = [grant.discount_id for grant in (*draft.discounts, *draft.discount_requests)]
        assert len(there) == len({*there})
        assert {*there} <= before, "nothing is granted twice, or by itself"
        mine = {grant.discount_id for grant in draft.discounts}
        total = sum(part for line in draft.lines for id_, part in taken(line).items() if id_ in mine)
        listed = sum(line.amount.amount_minor for line in draft.lines if line.amount)
        assert total <= percent(listed, "10" if who is DESK else "50")
        assert who is not DESK or total <= 2_000
        assert ("awaits-approval" in draft.problems) == bool(draft.discount_requests)


@given(GRANTS, st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_a_larger_invoice_takes_nothing_back(wanted: list[WantedDiscount], times: int) -> None:
    rates = [grant for grant in wanted if grant.amount is None]
    draft = done(TERMS, "D1", "D2", "D3")
    for nth, rate in enumerate(rates):
        draft = discount_grants.grant(draft, rate, TERMS, at(nth, BOSS)).state
    codes = ["D1", "D2", "D3"]
    after = corrected(draft, *(procedure(code, n, quantity=str(times)) for n, code in enumerate(codes)))
    assert (after.discounts, after.discount_requests) == (draft.discounts, draft.discount_requests)


def test_a_line_that_is_added_far_below_the_list_awaits_approval_too() -> None:
    cheap = NewLine("procedure", "D1", CDT, price=HandPrice(Money(1_000, "EUR")), reason="kin")
    after = revise(two(), Edits(None, None, add=[cheap]), TERMS, BOSS).state
    assert after.problems == ("awaits-approval",)
    fair = replace(cheap, price=HandPrice(Money(9_000, "EUR")))
    assert revise(two(), Edits(None, None, add=[fair]), TERMS, BOSS).state.problems == ()


def test_a_grant_on_a_line_that_a_person_removes_goes_with_it() -> None:
    draft = two()
    granted = discount_grants.grant(draft, free("5", line_id=ids(draft)[1]), TERMS, DESK).state
    after = revise(granted, Edits(None, None, remove=[Removal(ids(draft)[1], "not done")]), TERMS, BOSS).state
    assert (after.discounts, cost(after)) == ((), 9_700)
