"""What a clinic decides about its mail."""

from fastapi import APIRouter

from chassis.database.paging import Page, Paging
from chassis.http.auth import BillingManager, Reader
from chassis.http.openapi import problems
from chassis.journal.views import RevisionView, history
from documents.api.dependencies import Deps
from documents.api.parameters import ClinicId
from documents.api.schemas.sending_settings import SendingSettingsBody, SendingSettingsView
from documents.usecases.deliveries.configure import put_sending_settings
from kernel.change import Change
from kernel.clock import utc_now

PATH = "/clinics/{clinic_id}/sending-settings"
routes = APIRouter(tags=["sending settings"])


@routes.put(
    PATH,
    summary="Set how a clinic sends documents",
    responses=problems({404: ["not-found"], 409: ["changed-meanwhile"], 422: ["links-not-configured"]}),
)
async def put(
    deps: Deps, clinic_id: ClinicId, body: SendingSettingsBody, caller: BillingManager
) -> SendingSettingsView:
    """Sets what is sent by itself, when patients are reminded, and whether documents are attached or linked to.

    All of them at once: what is left out becomes the default. They hold for what is issued and ordered from now on.
    """
    caller.enter(clinic_id)
    wanted, change = body.settings(clinic_id), Change(utc_now(), caller.actor(), body.reason)
    links = deps.open_link.links is not None
    stored = await deps.transact(lambda unit: put_sending_settings(unit, deps.store, wanted, change, links=links))
    return SendingSettingsView.of(stored)


@routes.get(PATH, summary="Show how a clinic sends documents", responses=problems({404: ["not-found"]}))
async def show(deps: Deps, clinic_id: ClinicId, caller: Reader) -> SendingSettingsView:
    """The settings as they hold; the defaults, with version 0, where nobody set any."""
    caller.enter(clinic_id)
    return SendingSettingsView.of(await deps.store.sending_settings.of(clinic_id))


@routes.get(
    f"{PATH}/revisions",
    summary="Show the history of how a clinic sends documents",
    responses=problems({404: ["not-found"]}),
)
async def revisions(deps: Deps, clinic_id: ClinicId, caller: Reader, paging: Paging) -> Page[RevisionView]:
    """Every change, field by field, with who made it and why. The oldest comes first."""
    caller.enter(clinic_id)
    settings = await deps.store.sending_settings.of(clinic_id)
    subject = deps.store.sending_settings.subject(clinic_id)
    return await history(deps.store.revisions, subject, settings.version, paging)
