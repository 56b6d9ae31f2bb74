"""Accounts from before payers were told apart are settled again, once: what settled another's part goes back."""

from chassis.messaging.outbox import Outbox, Unit
from invoicing.publishing import Cause
from invoicing.store import Store
from invoicing.usecases.catching_up.once import Once
from invoicing.usecases.receivables.settle_accounts import settle_accounts
from kernel.actor import system
from kernel.change import Change
from kernel.clock import Clock

NAME = "payers-told-apart"
PAGE = 100


def tell_payers_apart(store: Store, outbox: Outbox, clock: Clock) -> Once:
    """Of all accounts those that do not say who owes what."""

    async def page(unit: Unit, after: str) -> str:
        accounts = await store.accounts.after(unit, after, PAGE)
        old = [(account.clinic_id, account.patient_id) for account in accounts if not account.tells_payers]
        if old:
            change = Change(clock(), system(NAME), None)
            await settle_accounts(unit, store, {}, (), dict.fromkeys(old, Cause()), change)
        return accounts[-1].account_id if accounts else ""

    return Once(NAME, page, store.checks, outbox, clock)
