"""What a clinic decides about its payments."""

from fastapi import APIRouter

from chassis.database.paging import Page, Paging
from chassis.http.auth import BillingManager, Reader
from chassis.http.openapi import problems
from chassis.journal.views import RevisionView, history
from payments.api.dependencies import Deps
from payments.api.examples.payment_policy import SETTINGS_SHOWN
from payments.api.parameters import ClinicPath
from payments.api.responses import HISTORY, UNKNOWN, answers
from payments.api.schemas.payment_policy import SettingsBody, SettingsView
from payments.usecases.intake.configure import put_settings

SETTINGS = "/clinics/{clinic_id}/payment-settings"
routes = APIRouter(tags=["payment settings"])


@routes.put(
    SETTINGS,
    summary="Set a clinic's payment settings",
    responses={
        **answers(SETTINGS_SHOWN),
        **problems({404: ["not-found"], 409: ["changed-meanwhile"], 422: ["time-zone-differs"]}),
    },
)
async def put(deps: Deps, clinic_id: ClinicPath, body: SettingsBody, caller: BillingManager) -> SettingsView:
    """Sets refund limits, calendar and retries, all of them at once: what is left out becomes the default.

    For billing managers. Above a refund limit a second billing manager has to agree; the calendar says which of the
    clinic's days are holidays; on `retry_days` a card on file that was declined is tried again. The time zone is told
    once, in the clinic's profile in invoicing: another one is refused here.
    They hold from now on: a refund that waits already goes on waiting.
    """
    caller.enter(clinic_id)
    ledger, wanted, change = deps.ledger, body.settings(clinic_id), deps.change(caller, body.reason)
    settings = await ledger.transact(lambda unit: put_settings(unit, ledger, wanted, body.time_zone, change))
    return SettingsView.of(settings)


@routes.get(SETTINGS, summary="Show a clinic's payment settings", responses={**answers(SETTINGS_SHOWN), **UNKNOWN})
async def show(deps: Deps, clinic_id: ClinicPath, caller: Reader) -> SettingsView:
    """The settings as they hold; the defaults, with version 0, where nobody set any.

    For everybody who may see the clinic.
    """
    caller.enter(clinic_id)
    return SettingsView.of(await deps.ledger.store.payment_policy.of(clinic_id))


@routes.get(f"{SETTINGS}/revisions", summary="Show the history of a clinic's payment settings", responses=HISTORY)
async def revisions(deps: Deps, clinic_id: ClinicPath, caller: Reader, paging: Paging) -> Page[RevisionView]:
    """Every change, field by field, with who made it and why. The oldest comes first.

    For everybody who may see the clinic.
    """
    caller.enter(clinic_id)
    store = deps.ledger.store
    settings = await store.payment_policy.of(clinic_id)
    return await history(store.revisions, store.payment_policy.subject(clinic_id), settings.version, paging)
