"""What was: histories, field by field, and an invoice as of a version or a time."""

from datetime import datetime

from fastapi import APIRouter, Response

from chassis.database.paging import Page, Paging
from chassis.http import etag
from chassis.http.auth import Reader
from chassis.journal.revisions import Revision, Revisions
from chassis.journal.views import RevisionView, history
from contracts.values import Id
from invoicing.api.desk import JSON, Desk
from kernel.errors import BusinessError, NotFound


def revisions(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.get("/invoices/{invoice_id}/revisions")
    async def of_invoice(invoice_id: Id, caller: Reader, paging: Paging) -> Page[RevisionView]:
        kept = await desk.invoice(caller, invoice_id)
        return await history(desk.store.revisions, invoice_id, kept.invoice.version, paging)

    @routes.get("/clinics/{clinic_id}/revisions")
    async def of_profile(clinic_id: Id, caller: Reader, paging: Paging) -> Page[RevisionView]:
        caller.enter(clinic_id)
        clinic = await desk.store.clinics.get(clinic_id)
        subject = desk.store.clinics.subject(clinic_id)
        return await history(desk.store.revisions, subject, clinic.version, paging)

    @routes.get("/clinics/{clinic_id}/price-lists/{price_list_id}/revisions")
    async def of_prices(clinic_id: Id, price_list_id: Id, caller: Reader, paging: Paging) -> Page[RevisionView]:
        caller.enter(clinic_id)
        prices = await desk.store.price_lists.get(clinic_id, price_list_id)
        subject = desk.store.price_lists.subject(clinic_id, price_list_id)
        return await history(desk.store.revisions, subject, prices.version, paging)

    @routes.get("/clinics/{clinic_id}/discount-policy/revisions")
    async def of_policy(clinic_id: Id, caller: Reader, paging: Paging) -> Page[RevisionView]:
        caller.enter(clinic_id)
        policy = await desk.store.discounts.policy(clinic_id)
        subject = desk.store.discounts.policy_subject(clinic_id)
        return await history(desk.store.revisions, subject, policy.version, paging)

    @routes.get("/clinics/{clinic_id}/families/{family_id}/revisions")
    async def of_family(clinic_id: Id, family_id: Id, caller: Reader, paging: Paging) -> Page[RevisionView]:
        caller.enter(clinic_id)
        family = await desk.store.discounts.family(clinic_id, family_id)
        subject = desk.store.discounts.family_subject(clinic_id, family_id)
        return await history(desk.store.revisions, subject, family.version if family else 0, paging)


async def past(journal: Revisions, subject: str, last: int, version: int | None, moment: datetime | None) -> Revision:
    """The revision by number or by time. Raises NotFound, and BusinessError when both are asked for."""
    if version is not None and moment is not None:
        raise BusinessError("revision-or-time", "either a revision or a time", field="as_of")
    if moment is not None:
        found = await journal.as_of(subject, last, moment)
    else:
        found = next((one for one, _ in await journal.of(subject, range(version or 0, (version or 0) + 1))), None)
    if found is None:
        raise NotFound("revision-unknown", f"{subject} was not there yet, or has no such revision")
    return found


def old_answer(revision: Revision) -> Response:
    """The snapshot, byte for byte as it was published, with its version as ETag."""
    return Response(revision.snapshot, headers={"ETag": etag(revision.version)}, media_type=JSON)
