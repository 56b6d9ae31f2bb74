"""A day's settlement of a clinic: read off the journal, and held beside what Stripe and the bank say."""

from collections.abc import Sequence
from datetime import date, datetime

from payments.domain.intake.payment import Payment
from payments.domain.settlement.movements import Movement
from payments.domain.settlement.settlement import Settlement, beside_bank, sent_back
from payments.domain.settlement.stripe_balance import BalanceEntry, Day, beside_stripe, fees_beside_stripe, fees_of
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import Gateway
from payments.usecases.settlement import read_stripe_balance
from payments.usecases.settlement.read_movements import moved_between


async def settlement(ledger: PaymentLedger, gateway: Gateway, clinic_id: str, on: date) -> Settlement:
    """Of a day by the clinic's own calendar. Raises DriverError."""
    store = ledger.store
    calendar = (await store.payment_policy.of(clinic_id)).calendar
    begin, end = calendar.day(on)
    moved = await moved_between(store, clinic_id, begin, end)
    bank = beside_bank(
        await store.bank.transactions.booked_on(clinic_id, on), await store.payments.transfers_of(clinic_id, on)
    )
    refunded = {m.payment_id for m in moved if m.kind == "refunded" and m.method == "bank_transfer"}
    back = sent_back(await store.payments.at_stripe(sorted(refunded), []), begin, end)
    as_of = await read_stripe_balance.read_on(ledger, gateway, begin, end)
    booked, known = await _at_stripe(ledger, clinic_id, (begin, end), moved)
    day = None if as_of is None else Day(begin, end, as_of)
    return Settlement(
        clinic_id=clinic_id,
        on=on,
        time_zone=calendar.time_zone,
        begin=begin,
        end=end,
        moved=tuple(moved),
        stripe=None if day is None else beside_stripe(moved, booked, known, day),
        fees=None if day is None else fees_beside_stripe(moved, booked, known, day),
        stripe_fees=() if day is None else fees_of(booked),
        stripe_as_of=as_of,
        bank=bank,
        sent_back=back,
    )


async def _at_stripe(
    ledger: PaymentLedger, clinic_id: str, between: tuple[datetime, datetime], moved: Sequence[Movement]
) -> tuple[list[BalanceEntry], dict[str, Payment]]:
    """The clinic's entries of the copy, and the payments that they are of."""
    booked = await ledger.store.stripe_balance.between(clinic_id, *between)
    intents = {movement.intent_id for movement in moved if movement.intent_id} | {entry.intent_id for entry in booked}
    known = await ledger.store.payments.card_payments_of(clinic_id, intents)
    return [entry for entry in booked if entry.intent_id in known or entry.clinic_id == clinic_id], known
