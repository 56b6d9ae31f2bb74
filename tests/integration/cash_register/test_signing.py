"""Receipts are signed after they were booked, each at most once, and the export has what the device answered."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import pytest
from cash_register.adapters.dsfinvk.export import DsfinvkExport
from cash_register.adapters.tse.absent import REASON
from cash_register.adapters.tse.simulator import TseSimulator
from cash_register.api.schemas.closings import ReceiptView
from cash_register.app import tse_of
from cash_register.domain.days.cash import Cash, Count
from cash_register.domain.days.day import Day
from cash_register.domain.days.opening import OpenDay
from cash_register.domain.exports.closings import Signed
from cash_register.domain.registers.takings import Taking
from cash_register.settings import CashRegisterSettings
from cash_register.usecases.days.cancel_day import CancelDay, cancel_day
from cash_register.usecases.days.close_day import CloseDay, close_day
from cash_register.usecases.days.collect_cash import Arrival, collect_cash
from cash_register.usecases.days.open_day import open_day
from cash_register.usecases.exports.ports import Tse
from cash_register.usecases.exports.write_closings import ReadClosings, list_closings, write_closings
from cash_register.usecases.registers.collect_takings import collect_takings
from cash_register.usecases.signing.sign_receipts import UNKNOWN, Signer

from kernel.change import Change
from kernel.clock import utc_now
from kernel.money import Money
from tests.integration.cash_register.kept_books import CLINIC, Books
from tests.unit.cash_register.books import BERLIN, MADE_AT, SUPPLIER, tables
from tests.unit.cash_register.drawer import AT, DESK, cash, eur

ON = date(2026, 11, 20)


def settings(tse: Literal["none", "simulator"]) -> CashRegisterSettings:
    return CashRegisterSettings(jwks_url="http://127.0.0.1:1/jwks", issuer="https://issuer.test", tse=tse)


def change(reason: str | None = None) -> Change:
    return Change(AT, DESK, reason)


async def open_(books: Books, float_minor: int = 10_000) -> Day:
    command = OpenDay(CLINIC, "front", ON, "EUR", Count(eur(float_minor)))
    return await books.outbox.transact(lambda unit: open_day(unit, books.store, command, change(), signed=True))


async def hear(books: Books, *several: Cash) -> None:
    arrivals = [Arrival(one) for one in several]
    await books.outbox.transact(lambda unit: collect_cash(unit, books.store, arrivals, AT))


async def take_card(books: Books, amount: Money) -> None:
    card = Taking(
        taking_id="mov_card",
        clinic_id=CLINIC,
        register_id="front",
        kind="payment",
        method="card_terminal",
        amount=amount,
        payment_id="pay_card",
        at=AT,
        by=DESK,
    )
    await books.outbox.transact(lambda unit: collect_takings(unit, books.store, [card], AT))


async def close_(books: Books, counted_minor: int, deposit_minor: int) -> Day:
    command = CloseDay(CLINIC, "front", ON, Count(eur(counted_minor)), eur(deposit_minor))
    return await books.outbox.transact(lambda unit: close_day(unit, books.store, command, change("ten cents short")))


async def sign(books: Books, tse: Tse) -> None:
    signer = Signer(books.outbox, books.store, tse, utc_now)
    while await signer():
        pass


async def receipts(books: Books) -> Sequence[ReceiptView]:
    [closing] = await books.closings(ON, ON)
    return closing.receipts


async def test_each_receipt_of_a_day_is_signed_in_its_order_and_exported(books: Books) -> None:
    await open_(books)
    tse = TseSimulator()
    await sign(books, tse)
    await hear(books, cash("pay_in", eur(500)), cash("pay_out", eur(200)))
    await take_card(books, eur(11_900))
    await sign(books, tse)
    await close_(books, 10_290, 3_000)
    await sign(books, tse)
    found = await receipts(books)
    assert [one.signing.transaction if one.signing else None for one in found] == [1, 2, 3, 4, 5, 6]
    assert [one.signing.process_data if one.signing else "" for one in found] == [
        "Beleg^0.00_0.00_0.00_0.00_100.00^100.00:Bar",
        "Beleg^0.00_0.00_0.00_0.00_5.00^5.00:Bar",
        "Beleg^0.00_0.00_0.00_0.00_-2.00^-2.00:Bar",
        "Beleg^0.00_0.00_0.00_0.00_119.00^119.00:Unbar",
        "Beleg^0.00_0.00_0.00_0.00_-0.10^-0.10:Bar",
        "Beleg^0.00_0.00_0.00_0.00_-30.00^-30.00:Bar",
    ]
    assert await books.store.signing.unfinished() == []

    listed = await list_closings(books.store, ReadClosings(CLINIC, ON, ON))
    pieces = write_closings(books.store, listed, DsfinvkExport(SUPPLIER, MADE_AT), BERLIN, "1.2")
    rows = tables(b"".join([piece async for piece in pieces]))
    assert [row["TSE_SERIAL"] for row in rows["tse.csv"]] == [tse.device.serial]
    signed = rows["transactions_tse.csv"]
    assert [row["BON_ID"] for row in signed] == [row["BON_ID"] for row in rows["transactions.csv"]]
    assert [row["TSE_TA_SIGZ"] for row in signed] == ["2", "4", "6", "8", "10", "12"]
    assert {row["TSE_TA_START"][-1] for row in signed} == {"Z"}


async def test_a_device_that_fails_holds_up_nothing_and_nothing_is_signed_afterwards(books: Books) -> None:
    await open_(books)
    tse = TseSimulator(failing="TSE nicht erreichbar")
    await sign(books, tse)
    tse.failing = None
    await hear(books, cash("pay_in", eur(500)))
    await sign(books, tse)
    await close_(books, 10_500, 0)
    await sign(books, tse)
    first, second = await receipts(books)
    assert first.signing is not None
    assert (first.signing.error, first.signing.transaction) == ("TSE nicht erreichbar", None)
    assert second.signing is not None
    assert (second.signing.error, second.signing.transaction) == (None, 1)


class Lost(Exception):
    """The process that waited for the answer is gone."""


class LosesItsAnswer(TseSimulator):
    """The device signs, and nobody is left to hear of it."""

    async def sign(self, client: str, process_type: str, process_data: str) -> Signed:
        await super().sign(client, process_type, process_data)
        raise Lost


async def test_a_receipt_whose_answer_was_lost_is_not_signed_twice(books: Books) -> None:
    """Between the two, more is booked, and it has its own signature."""
    await open_(books)
    with pytest.raises(Lost):
        await sign(books, LosesItsAnswer())
    await hear(books, cash("pay_in", eur(500)))
    await close_(books, 10_500, 0)
    tse = TseSimulator()
    await sign(books, tse)
    first, second = await receipts(books)
    assert first.signing is not None
    assert (first.signing.error, first.signing.transaction) == (UNKNOWN, None)
    assert second.signing is not None
    assert (second.signing.error, second.signing.transaction) == (None, 1)


async def test_an_answer_that_was_not_kept_leaves_the_booking_and_the_next_go_on(books: Books) -> None:
    """A card's answer is lost, and cash is booked before the signer comes back: each has its own."""
    await open_(books)
    await sign(books, TseSimulator())
    await take_card(books, eur(11_900))
    with pytest.raises(Lost):
        await sign(books, LosesItsAnswer())
    await hear(books, cash("pay_in", eur(500)))
    await close_(books, 10_500, 0)
    await sign(books, TseSimulator())
    answers = {one.receipt_id: one.signing for one in await receipts(books)}
    card, moved = answers["mov_card"], answers["mov_in_1"]
    assert card is not None
    assert moved is not None
    assert (card.error, moved.error) == (UNKNOWN, None)


async def test_a_date_that_is_opened_again_has_a_float_of_its_own(books: Books) -> None:
    tse = TseSimulator()
    await open_(books, 9_000)
    await sign(books, tse)
    await books.outbox.transact(
        lambda unit: cancel_day(unit, books.store, CancelDay(CLINIC, "front", ON), change("mistake"))
    )
    await sign(books, tse)
    await open_(books, 10_000)
    await close_(books, 10_000, 0)
    await sign(books, tse)
    [opening] = await receipts(books)
    assert opening.signing is not None
    assert (opening.signing.transaction, opening.signing.process_data[-10:]) == (2, "100.00:Bar")


async def test_without_a_device_nothing_is_signed_and_a_day_from_before_says_so(books: Books) -> None:
    await open_(books)
    await close_(books, 10_000, 0)
    await sign(books, tse_of(settings("none")))
    [opening] = await receipts(books)
    assert opening.signing is not None
    assert opening.signing.error == REASON
    assert isinstance(tse_of(settings("simulator")), TseSimulator)
