"""What a clinic decides about its payments."""

from fastapi import APIRouter

from chassis.database.paging import Page, Paging
from chassis.http.auth import BillingManager, Reader
from chassis.journal.views import RevisionView, history
from contracts.values import Id
from payments.api.desk import Desk
from payments.api.schemas.payment_policy import SettingsBody, SettingsView
from payments.usecases.intake.configure import put_settings

SETTINGS = "/clinics/{clinic_id}/payment-settings"


def settings(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""
    ledger, store = desk.ledger, desk.ledger.store

    @routes.put(SETTINGS)
    async def put(clinic_id: Id, body: SettingsBody, caller: BillingManager) -> SettingsView:
        """Refund limits, calendar and retries; all of them at once."""
        caller.enter(clinic_id)
        wanted, by = body.settings(clinic_id), caller.actor()
        stored = await ledger.transact(lambda unit: put_settings(unit, ledger, wanted, by, body.reason))
        return SettingsView.of(stored)

    @routes.get(SETTINGS)
    async def show(clinic_id: Id, caller: Reader) -> SettingsView:
        """The defaults, with version 0, where nobody set any."""
        caller.enter(clinic_id)
        return SettingsView.of(await store.payment_policy.of(clinic_id))

    @routes.get(f"{SETTINGS}/revisions")
    async def revisions(clinic_id: Id, caller: Reader, paging: Paging) -> Page[RevisionView]:
        """Every change, field by field."""
        caller.enter(clinic_id)
        kept = await store.payment_policy.of(clinic_id)
        return await history(store.revisions, store.payment_policy.subject(clinic_id), kept.version, paging)
