"""Profiles of clinics."""

from dataclasses import asdict

from fastapi import APIRouter, Response

from chassis.http import OptionalIfMatch
from chassis.http.auth import BillingManager, Reader
from contracts.values import Id
from invoicing.api.desk import Desk, tagged
from invoicing.api.schemas.common import ClinicBody, ClinicView
from invoicing.usecases.clinics.configure import put_clinic


def clinics(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.put("/clinics/{clinic_id}")
    async def put_profile(
        clinic_id: Id, body: ClinicBody, caller: BillingManager, version: OptionalIfMatch, response: Response
    ) -> ClinicView:
        caller.enter(clinic_id)
        change = desk.change(caller, body.reason)
        clinic = await desk.configure(
            response, version, lambda unit: put_clinic(unit, desk.store, body.clinic(clinic_id), change)
        )
        await desk.reprice(caller, clinic_id)
        return ClinicView.model_validate(asdict(clinic))

    @routes.get("/clinics/{clinic_id}")
    async def get_profile(clinic_id: Id, caller: Reader, response: Response) -> ClinicView:
        caller.enter(clinic_id)
        return ClinicView.model_validate(asdict(tagged(response, await desk.store.clinics.get(clinic_id))))
