"""Accounts from before payers were told apart are settled again, once: what settled another's part goes back."""

import structlog

from chassis.messaging.outbox import Outbox, Unit
from invoicing.domain.receivables.account import Account
from invoicing.publishing import Cause
from invoicing.store import Store
from invoicing.usecases.receivables.settle_accounts import settle_accounts
from kernel.actor import system
from kernel.change import Change
from kernel.clock import Clock

log = structlog.get_logger(__name__)
NAME = "payers-told-apart"
PAGE = 100


class TellPayersApart:
    """Goes through all accounts once, a page at a time; see `chassis.workers`. It changes nothing twice."""

    def __init__(self, store: Store, outbox: Outbox, clock: Clock) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._after = ""
        self._done = False

    async def __call__(self) -> bool:
        """Whether there is more to do now. Raises DriverError."""
        if self._done or await self._store.checks.last(NAME) is not None:
            self._done = True
            return False
        page = await self._outbox.transact(self._page)
        if not page:
            await self._store.checks.done(NAME, self._clock())
            log.info(NAME)
            return False
        self._after = page[-1].account_id
        return True

    async def _page(self, unit: Unit) -> list[Account]:
        page = await self._store.accounts.after(unit, self._after, PAGE)
        old = [(account.clinic_id, account.patient_id) for account in page if not account.tells_payers]
        change = Change(self._clock(), system(NAME), None)
        if old:
            await settle_accounts(unit, self._store, {}, (), dict.fromkeys(old, Cause()), change)
        return page
