"""A month of a register, as it comes: what the inspector gets sums to its Z reports."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import cast, get_args

from cash_register.domain.days.booking import record
from cash_register.domain.days.cash import Cash, Category, Count, Movement, MovementKind, Voucher
from cash_register.domain.days.categories import DeskCategory
from cash_register.domain.days.closing import CloseTerms
from cash_register.domain.days.day import CashRecorded, Day, DayEvent
from cash_register.domain.days.desk import counter
from cash_register.domain.days.handover import hand_over
from cash_register.domain.days.opening import DayTerms, OpenDay, open_day
from cash_register.domain.days.totals import Total, ZReport
from cash_register.domain.exports.closings import Receipt
from cash_register.domain.exports.receipts import Origin, movement_receipt, taking_receipt
from cash_register.domain.exports.reckoning import shares_in, under_vat
from cash_register.domain.exports.vat import Taxed
from cash_register.domain.registers.register import Register, end_day, take
from cash_register.domain.registers.takings import Allocated, TakenBy, Taking, takings_in
from hypothesis import given
from hypothesis import strategies as st

from kernel.change import Change
from kernel.errors import BusinessError
from kernel.money import Money
from tests.unit.cash_register.books import BERLIN, Rows, closed, closing, exported, minor, receipts, tables
from tests.unit.cash_register.drawer import DESK, cash, eur

CASES: dict[str, str] = {
    "payment": "claims",
    "refund": "claims",
    "difference": "DifferenzSollIst",
    "bank_deposit": "Geldtransit",
    "float_change": "Geldtransit",
    "private_deposit": "Privateinlage",
    "private_withdrawal": "Privatentnahme",
    "tip": "TrinkgeldAN",
    "wages": "Lohnzahlung",
    "purchase": "others",
    "other": "others",
}
"""Which cases have what a Z report has under a category."""
TOGETHER = {
    **dict.fromkeys(("Forderungsaufloesung", "Anzahlungseinstellung", "Anzahlungsaufloesung"), "claims"),
    **dict.fromkeys(("Einzahlung", "Auszahlung"), "others"),
}
CLAIMS = ("Forderungsaufloesung", "Anzahlungseinstellung", "Anzahlungsaufloesung", "Aufschlag", "Rabatt")
KEYS = {"19": "1", "7": "2", "0": "6"}
KINDS: dict[str, MovementKind] = {
    **{"payment": "payment", "refund": "refund"},
    **{"private_deposit": "pay_in", "tip": "pay_in"},
}


@dataclass(frozen=True)
class Plan:
    """Of a day: how much more than was left is found, what moves, how much more than expected is counted, how many per
    cent of it go to the bank, and what is paid beside cash (positive), and given back.

    A move is a category and an amount; `counter` takes back one of those before it, `handover` counts so much more.
    """

    found_minor: int
    moves: tuple[tuple[str, int], ...]
    over_minor: int
    deposit_per_cent: int
    taken: tuple[tuple[TakenBy, int], ...]


@dataclass(frozen=True)
class Played:
    """A closed day, with all that it has on its books."""

    day: Day
    booked: list[Movement]
    taken: list[Taking]

    @property
    def report(self) -> ZReport:
        assert self.day.z_report is not None
        return self.day.z_report


MOVES = ("payment", "payment", "refund", "counter", "handover", *get_args(DeskCategory))
AMOUNTS = st.integers(1, 10**6)
PLANS = st.builds(
    Plan,
    st.sampled_from((0, 0, 0, 250, -250)),
    st.lists(st.tuples(st.sampled_from(MOVES), AMOUNTS), max_size=10).map(tuple),
    st.sampled_from((0, 0, 120, -120)),
    st.integers(0, 100),
    st.lists(st.tuples(st.sampled_from(get_args(TakenBy)), st.integers(-(10**6), 10**6).filter(bool)), max_size=4).map(
        tuple
    ),
)


def played(plans: list[Plan]) -> list[Played]:
    """The days one after the other, each beginning with what the one before left."""
    register, left = Register("front", "clinic-berlin"), None
    days: list[Played] = []
    for number, plan in enumerate(plans, 1):
        day, booked = _day(plan, date(2026, 11, number), left)
        counted_minor = max(day.expected.amount_minor + plan.over_minor, 0)
        taken: list[Taking] = []
        if plan.taken:
            register, taken = take(register, [_taking(f"{day.date}-{n}", *one) for n, one in enumerate(plan.taken)])
        terms = CloseTerms(
            z_number=register.z_number + 1,
            turnover_before=register.turnover("EUR"),
            takings=takings_in(register.takings, "EUR"),
            taken_under_vat=under_vat(shares_in(_paid(booked, taken)), "EUR"),
        )
        day = closed(day, counted_minor, counted_minor * plan.deposit_per_cent // 100, terms)
        register, left = end_day(register, day.z_report).state, day.left
        days.append(Played(day, booked, taken))
    return days


def _taking(name: str, method: TakenBy, amount_minor: int) -> Taking:
    """Every fourth is a deposit that is used: nothing is paid."""
    used = Allocated("R-9", abs(amount_minor), (Taxed("S", "19", 10_000, 1_900),))
    paid = _paid_beside_cash(name, method, amount_minor)
    return paid if amount_minor % 4 else replace(paid, kind="deposit_used", method="none", amount=eur(0), used=used)


def _paid_beside_cash(name: str, method: TakenBy, amount_minor: int) -> Taking:
    return Taking(
        taking_id=f"mov_{name}",
        clinic_id="clinic-berlin",
        register_id="front",
        kind="payment" if amount_minor > 0 else "refund",
        method=method,
        amount=eur(amount_minor),
        payment_id=f"pay_{name}",
        at=datetime(2026, 11, 1, 9, tzinfo=UTC),
        by=DESK,
    )


def _paid(booked: list[Movement], taken: list[Taking]) -> list[Receipt]:
    paid = [movement_receipt(one, 0, _origin(one), BERLIN) for one in booked if one.payment_id is not None]
    return paid + [taking_receipt(one, 0, _origin(one), BERLIN) for one in taken]


def _day(plan: Plan, on: date, left: Money | None) -> tuple[Day, list[Movement]]:
    at = datetime.combine(on, time(8), UTC)
    change = Change(at, DESK, "miscounted")
    found = Count(eur(max((left or eur(10_000)).amount_minor + plan.found_minor, 0)))
    command = OpenDay("clinic-berlin", "front", on, "EUR", found)
    outcome = open_day(command, change, DayTerms(zone="Europe/Berlin", left=left))
    day, events = outcome.state, list(outcome.events)
    for place, (what, amount_minor) in enumerate(plan.moves):
        after = Change(at + timedelta(minutes=place + 1), DESK, "as it comes")
        day, more = _move(day, what, amount_minor, f"{on}-{place}", _booked(events), after)
        events += more
    return day, _booked(events)


def _move(
    day: Day, what: str, amount_minor: int, name: str, booked: list[Movement], change: Change
) -> tuple[Day, tuple[DayEvent, ...]]:
    match what:
        case "counter":
            possible = [one for one in booked if one.category in get_args(DeskCategory) and one.counters is None]
            known = {one.counters for one in booked}
            possible = [one for one in possible if one.movement_id not in known]
            try:
                outcome = counter(day, possible[amount_minor % len(possible)], change) if possible else None
            except BusinessError as refused:
                assert refused.code == "not-enough-cash"  # noqa: PT017
                outcome = None
            return (day, ()) if outcome is None else (outcome.state, outcome.events)
        case "handover":
            counted = Count(eur(max(day.expected.amount_minor + amount_minor % 3 - 1, 0)))
            handed = hand_over(day, counted, "usr-late", change)
            return handed.state, handed.events
        case _:
            recorded = record(day, replace(_cash(what, amount_minor, name), at=change.at), change)
            return recorded.state, recorded.events


def _cash(what: str, amount_minor: int, name: str) -> Cash:
    either: MovementKind = "pay_in" if what == "other" and amount_minor % 2 else "pay_out"
    moving = replace(cash(KINDS.get(what, either), eur(amount_minor), name), category=cast(Category, what))
    if what in ("payment", "refund"):
        return replace(moving, payment_id=f"pay_{name}")
    if what == "purchase":
        return replace(moving, voucher=Voucher(list(KEYS)[amount_minor % 3], f"B-{name}"))
    if what == "tip":
        return replace(moving, vat_rate=(None, *KEYS)[amount_minor % 4])
    return moving


def _booked(events: list[DayEvent]) -> list[Movement]:
    return [event.movement for event in events if isinstance(event, CashRecorded)]


def _origin(movement: Movement | Taking) -> Origin | None:
    """Of every second payment it is known what it was for."""
    amount_minor = abs(movement.amount.amount_minor)
    if movement.payment_id is None or amount_minor % 2:
        return None
    invoice = Allocated("R-1", amount_minor * 2 // 3, (Taxed("S", "19", 10_000, 1_900), Taxed("E", "0", 5_000, 0)))
    return Origin(amount_minor, "pat-7", (invoice,))


def _exported(days: list[Played]) -> Rows:
    closings = [
        (closing(one.day), receipts(one.day, one.booked, [*map(_origin, one.booked)], one.taken, _origin))
        for one in days
    ]
    return tables(exported(*closings))


def _sums(rows: list[dict[str, str]], *columns: str) -> dict[tuple[str, ...], int]:
    found: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for row in rows:
        key = tuple(TOGETHER.get(row[column], row[column]) for column in columns)
        found[key] += minor(row["Z_UMS_BRUTTO"])
    return {key: amount_minor for key, amount_minor in found.items() if amount_minor}


def _net(total: Total) -> int:
    return total.cash_in.amount_minor - total.cash_out.amount_minor


@given(st.lists(PLANS, max_size=6))
def test_the_export_of_a_month_sums_to_its_z_reports(plans: list[Plan]) -> None:
    days = played(plans)
    rows = _exported(days)
    expected: defaultdict[tuple[str, ...], int] = defaultdict(int)
    turnover_minor = 0
    noncash_minor = 0
    for one in days:
        day, report = one.day, one.report
        expected[str(report.number), "claims"] += sum(taking.amount.amount_minor for taking in one.taken)
        noncash_minor += sum(taking.amount.amount_minor for taking in one.taken)
        for total in report.totals.by_category:
            expected[str(report.number), CASES[total.category]] += _net(total)
        for tips in report.totals.tips_by_vat_rate:
            expected[str(report.number), "TrinkgeldAG"] += _net(tips)
            expected[str(report.number), "TrinkgeldAN"] -= _net(tips)
        expected[str(report.number), "Anfangsbestand"] += day.opening.amount_minor
        expected[str(report.number), "DifferenzSollIst"] += day.variance.amount_minor if day.variance else 0
        expected[str(report.number), "Geldtransit"] -= day.deposit.amount_minor if day.deposit else 0
        turnover_minor += report.totals.turnover.amount_minor
        assert report.grand_total == eur(turnover_minor)
    cases = _sums(rows["businesscases.csv"], "Z_NR", "GV_TYP")
    assert cases == {key: amount_minor for key, amount_minor in expected.items() if amount_minor}
    assert sum(amount_minor for (_, case), amount_minor in cases.items() if case == "claims") == (
        turnover_minor + noncash_minor
    )
    assert [row["Z_NR"] for row in rows["cashpointclosing.csv"]] == [str(n) for n in range(1, len(days) + 1)]


@given(st.lists(PLANS, max_size=6))
def test_each_closing_begins_with_what_the_one_before_left(plans: list[Plan]) -> None:
    rows = _exported(played(plans))
    left = [row["ZAHLART_BETRAG_WAEH"] for row in rows["cash_per_currency.csv"]]
    floats = [row["Z_UMS_BRUTTO"] for row in rows["businesscases.csv"] if row["GV_TYP"] == "Anfangsbestand"]
    assert [*map(minor, floats)][1:] == [*map(minor, left)][:-1]


@given(st.lists(PLANS, max_size=6))
def test_the_vat_of_purchases_and_of_tips_to_the_clinic_is_that_of_the_z_reports(plans: list[Plan]) -> None:
    days = played(plans)
    cases = [row for row in _exported(days)["businesscases.csv"] if row["GV_TYP"] in ("Auszahlung", "TrinkgeldAG")]
    found = _sums(cases, "Z_NR", "GV_TYP", "UST_SCHLUESSEL")
    expected = {
        (str(one.report.number), case, KEYS[total.vat_rate]): _net(total)
        for one in days
        for case, totals in (
            (TOGETHER["Auszahlung"], one.report.totals.by_vat_rate),
            ("TrinkgeldAG", one.report.totals.tips_by_vat_rate),
        )
        for total in totals
        if _net(total)
    }
    assert {key: amount for key, amount in found.items() if key[2] in KEYS.values()} == expected


@given(st.lists(PLANS, max_size=6))
def test_the_vat_of_what_was_taken_is_that_of_the_z_reports(plans: list[Plan]) -> None:
    days = played(plans)
    claims = [row for row in _exported(days)["businesscases.csv"] if row["GV_TYP"] in CLAIMS]
    found: defaultdict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in claims:
        key = row["Z_NR"], row["UST_SCHLUESSEL"]
        found[key] = found[key][0] + minor(row["Z_UMS_BRUTTO"]), found[key][1] + minor(row["Z_UST"])
    expected = {
        (str(one.report.number), str(line.vat_key)): (line.gross.amount_minor, line.tax.amount_minor)
        for one in days
        for line in one.report.totals.taken_under_vat or ()
    }
    assert {key: amounts for key, amounts in found.items() if any(amounts)} == {
        key: amounts for key, amounts in expected.items() if any(amounts)
    }


@given(st.lists(PLANS, max_size=6))
def test_what_was_taken_in_each_way_is_that_of_the_z_reports_and_of_the_vat(plans: list[Plan]) -> None:
    days = played(plans)
    rows = _exported(days)["payment.csv"]
    for one in days:
        ways = one.report.totals.by_method or ()
        own = [row for row in rows if row["Z_NR"] == str(one.report.number)]
        beside = {row["ZAHLART_NAME"]: minor(row["Z_ZAHLART_BETRAG"]) for row in own if row["ZAHLART_TYP"] == "Unbar"}
        assert beside == {
            {"card_terminal": "Kartenterminal", "cheque": "Scheck"}[way.method]: (
                way.taken.amount_minor - way.given_back.amount_minor
            )
            for way in ways
            if way.method != "cash"
        }
        [cash_row] = [row for row in own if row["ZAHLART_TYP"] == "Bar"]
        assert one.day.left is not None
        assert minor(cash_row["Z_ZAHLART_BETRAG"]) == one.day.left.amount_minor
        paid = sum(way.taken.amount_minor - way.given_back.amount_minor for way in ways)
        assert paid == sum(line.gross.amount_minor for line in one.report.totals.taken_under_vat or ())
