"""Closings as they are read from the store: each under its number, and with what was known when it was closed."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from cash_register.api.schemas.closings import ReceiptView
from cash_register.domain.days.booking import record
from cash_register.domain.days.cancellation import cancel
from cash_register.domain.days.cash import Cash, Count, payment_movement_id
from cash_register.domain.days.closing import CloseTerms
from cash_register.domain.days.day import CashRecorded, Day
from cash_register.domain.days.desk import counter
from cash_register.domain.days.opening import DayTerms, OpenDay, open_day
from cash_register.domain.exports.heard import CashAllocation
from cash_register.domain.exports.vat import Taxed
from cash_register.domain.registers.takings import Taking, TakingRange, takings_in
from cash_register.usecases.days.reckon_day import Reckoner
from cash_register.usecases.registers.use_deposits import DepositUser

from kernel.change import Change
from kernel.clock import utc_now
from kernel.money import Money
from tests.integration.cash_register.kept_books import CLINIC, Books
from tests.unit.cash_register.books import closed
from tests.unit.cash_register.drawer import DESK, cash, eur, opened

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def with_cash(day: Day, *several: Cash) -> tuple[Day, list[CashRecorded]]:
    events: list[CashRecorded] = []
    for one in several:
        outcome = record(day, one, Change(day.opened_at, DESK))
        day, events = outcome.state, [*events, *outcome.events]
    return day, events


def allocation(payment_id: str, number: str, day: Day, late: timedelta) -> CashAllocation:
    assert day.closed_at is not None
    return CashAllocation(
        payment_id=payment_id,
        invoice_id=f"inv_{number}",
        invoice_version=1,
        at=day.closed_at + late,
        clinic_id=CLINIC,
        invoice_number=number,
        amount_minor=5_000,
        taxed=(Taxed("E", "0", 5_000, 0),),
    )


async def test_days_from_before_there_were_z_reports_are_counted_backwards(books: Books) -> None:
    """Whatever was closed since then, none of them gets another number."""
    for number, on in enumerate((MONDAY - timedelta(days=2), MONDAY - timedelta(days=1), MONDAY)):
        await books.keep(replace(closed(opened(on=on)), z_report=None))
        dates = [(one.date, one.number) for one in await books.closings(MONDAY - timedelta(days=9), MONDAY)]
        assert dates == [(MONDAY - timedelta(days=2 - place), place - number) for place in range(number + 1)]
    await books.keep(closed(opened(on=TUESDAY), terms=CloseTerms(z_number=1)))
    await books.keep(closed(opened(on=TUESDAY, register="back"), terms=CloseTerms(z_number=1)))
    found = [(one.register_id, one.number) for one in await books.closings(MONDAY - timedelta(days=9), TUESDAY)]
    assert found == [("front", -2), ("front", -1), ("front", 0), ("back", 1), ("front", 1)]


async def test_what_goes_back_names_the_closing_that_it_came_in(books: Books) -> None:
    paid = replace(cash("payment", eur(5_000)), payment_id="pay_1", movement_id=payment_movement_id("pay_1"))
    spent = cash("pay_out", eur(700))
    monday, events = with_cash(opened(on=MONDAY), paid, spent)
    monday = closed(monday, terms=CloseTerms(z_number=7))
    await books.keep(monday, *events)
    back = replace(cash("refund", eur(1_000)), payment_id="pay_1")
    unknown = replace(cash("refund", eur(300), "2"), payment_id="pay_elsewhere")
    tuesday, more = with_cash(opened(eur(14_300), on=TUESDAY), back, unknown)
    taken_back = counter(tuesday, events[1].movement, Change(tuesday.opened_at, DESK, "typed twice"))
    tuesday = closed(taken_back.state, terms=CloseTerms(z_number=8))
    await books.keep(tuesday, *more, *taken_back.events)

    _, second = await books.closings(MONDAY, TUESDAY)
    returned = [receipt.returns for receipt in second.receipts if receipt.returns]
    assert [(one.receipt_id, one.closing, one.closed_at) for one in returned] == [
        (payment_movement_id("pay_1"), 7, monday.closed_at),
        (payment_movement_id("pay_elsewhere"), None, None),
        (spent.movement_id, 7, monday.closed_at),
    ]
    assert [receipt.void for receipt in second.receipts] == [False, False, False, True]


async def test_a_closing_that_was_not_there_yet_is_not_named_later(books: Books) -> None:
    """What a desk took is paid back at another, whose day ends before."""
    paid = replace(cash("payment", eur(5_000)), payment_id="pay_1", movement_id=payment_movement_id("pay_1"))
    front, events = with_cash(opened(on=MONDAY), paid)
    front = closed(front)
    assert front.closed_at is not None
    await books.keep(replace(front, closed_at=front.closed_at + timedelta(hours=1)), *events)
    back, more = with_cash(
        opened(on=MONDAY, register="back"),
        replace(cash("refund", eur(1_000), register="back"), payment_id="pay_1"),
    )
    await books.keep(closed(back), *more)
    first, _ = await books.closings(MONDAY, MONDAY)
    returns = first.receipts[1].returns
    assert returns is not None
    assert (returns.register_id, returns.closing, returns.closed_at) == ("front", None, None)


async def test_what_is_told_of_a_payment_after_the_close_changes_nothing(books: Books) -> None:
    paid = replace(cash("payment", eur(5_000)), payment_id="pay_1", movement_id=payment_movement_id("pay_1"))
    day, events = with_cash(opened(on=MONDAY), paid)
    day = closed(day)
    await books.keep(day, *events)
    await books.allocate(allocation("pay_1", "R-2", day, timedelta(seconds=1)))
    assert await paid_for(books) == [None]
    await books.allocate(allocation("pay_1", "R-1", day, timedelta(0)))
    assert await paid_for(books) == ["R-1"]


async def test_a_day_is_reckoned_once_and_tells_the_same_ever_after(books: Books) -> None:
    """As one is that had too many receipts for its close."""
    paid = replace(cash("payment", eur(5_000)), payment_id="pay_1", movement_id=payment_movement_id("pay_1"))
    day, events = with_cash(opened(on=MONDAY), paid)
    day = closed(day)
    await books.keep(day, *events)
    await books.allocate(allocation("pay_1", "R-1", day, timedelta(0)))
    await Reckoner(books.outbox, books.store, utc_now)()
    reckoned = await books.store.days.find(None, day.day_id)
    assert reckoned is not None
    assert reckoned.z_report is not None
    assert (reckoned.reckoned, reckoned.version) == (True, day.version + 1)
    told = reckoned.z_report.totals.taken_under_vat or ()
    assert [(line.vat_key, line.gross, line.tax) for line in told] == [(6, eur(5_000), eur(0))]

    await books.allocate(allocation("pay_1", "R-2", day, -timedelta(seconds=1)))
    assert await paid_for(books) == ["R-1"]
    assert not await Reckoner(books.outbox, books.store, utc_now)()
    assert await books.store.days.find(None, day.day_id) == reckoned


async def used(books: Books, hours: int) -> list[Taking]:
    """What is used of deposits by then, after everything that is due was looked at."""

    def clock() -> datetime:
        return utc_now() + timedelta(hours=hours)

    deposits = DepositUser(books.outbox, books.store, clock)
    while await deposits():
        pass
    within = TakingRange(0, 99)
    return [one async for page in books.store.takings.whole(None, CLINIC, "front", "EUR", within) for one in page]


async def paid_for(books: Books) -> list[str | None]:
    [closing] = await books.closings(MONDAY, MONDAY)
    return [line.invoice_number for line in closing.receipts[1].lines]


async def test_a_day_that_was_opened_by_mistake_in_another_currency_is_not_in_the_one_that_followed(
    books: Books,
) -> None:
    command = OpenDay(CLINIC, "front", MONDAY, "CHF", Count(Money(900, "CHF")))
    at = opened(on=MONDAY).opened_at
    change = Change(at, DESK, "miscounted")
    mistaken = open_day(command, change, DayTerms(left=Money(1_000, "CHF"))).then(lambda day: cancel(day, change))
    again = replace(command, currency="EUR", count=Count(eur(10_000)))
    right = open_day(again, change, DayTerms(cancelled=mistaken.state))
    day, events = with_cash(right.state, cash("pay_in", eur(500)))
    await books.keep(closed(day), *mistaken.events, *right.events, *events)
    [closing] = await books.closings(MONDAY, MONDAY)
    assert [numbered(receipt) for receipt in closing.receipts] == [(1, "EUR", 10_000), (2, "EUR", 500)]
    assert (closing.cash, closing.currency) == (eur(10_500), "EUR")


def numbered(receipt: ReceiptView) -> tuple[int, str, int]:
    return receipt.number, receipt.amount.currency, receipt.amount.amount_minor


async def test_a_deposit_that_is_used_after_its_z_report_is_in_the_next_one_once(books: Books) -> None:
    """No money moves with it: 30.00 of 50.00 were known to be ahead of any invoice."""
    paid = replace(cash("payment", eur(5_000)), payment_id="pay_1", movement_id=payment_movement_id("pay_1"))
    day, events = with_cash(opened(on=MONDAY), paid)
    monday = closed(day)
    await books.keep(monday, *events)
    reported = replace(allocation("pay_1", "R-1", monday, timedelta(0)), amount_minor=2_000)
    later = replace(allocation("pay_1", "R-2", monday, timedelta(days=1)), taxed=(Taxed("S", "19", 4_202, 798),))
    await books.allocate(reported)
    assert not await used(books, hours=0)
    await Reckoner(books.outbox, books.store, utc_now)()
    await books.allocate(later, replace(later, invoice_id="inv_R-3", invoice_number="R-3"))
    assert [taking.used and taking.used.invoice_number for taking in await used(books, hours=1)] == ["R-2"]
    assert await used(books, hours=9) == await used(books, hours=1)

    register = await books.store.registers.get(None, CLINIC, "front")
    takings = takings_in(register.takings, "EUR")
    tuesday = closed(opened(on=TUESDAY), terms=CloseTerms(z_number=2, takings=takings))
    await books.keep(tuesday)
    await Reckoner(books.outbox, books.store, utc_now)()
    _, second = await books.closings(MONDAY, TUESDAY)
    [use] = [receipt for receipt in second.receipts if receipt.method == "none"]
    assert [(line.case, line.invoice_number, line.vat[0].vat_key, line.vat[0].gross) for line in use.lines] == [
        ("Anzahlungsaufloesung", "R-2", 7, eur(-3_000)),
        ("Forderungsaufloesung", "R-2", 1, eur(3_000)),
    ]
    assert (use.amount, use.returns and use.returns.closing) == (eur(0), 1)
    reckoned = await books.store.days.find(None, tuesday.day_id)
    assert reckoned is not None
    assert reckoned.z_report is not None
    told_vat = reckoned.z_report.totals.taken_under_vat or ()
    assert [(line.vat_key, line.gross) for line in told_vat] == [(1, eur(3_000)), (7, eur(-3_000))]
    assert reckoned.z_report.totals.by_method == ()


async def test_what_was_paid_at_no_register_is_looked_at_ever_less_often(books: Books) -> None:
    """So it holds up nothing, however much of it there is."""
    nowhere = allocation("pay_nowhere", "R-1", closed(opened(on=MONDAY)), timedelta(0))
    await books.allocate(nowhere)
    heard_at = utc_now()
    assert await used(books, hours=0) == []
    assert await books.store.allocations.due(utc_now() + timedelta(seconds=4), 9) == []
    assert await used(books, hours=1) == []
    assert await books.store.allocations.due(heard_at + timedelta(minutes=119), 9) == []
    assert [one.allocation for one in await books.store.allocations.due(heard_at + timedelta(hours=3), 9)] == [nowhere]
