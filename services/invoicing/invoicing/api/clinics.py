"""Profiles and price lists of clinics."""

from dataclasses import asdict

from fastapi import APIRouter

from chassis.auth import BillingManager, Reader
from contracts.values import Id
from invoicing.api.desk import Desk
from invoicing.bodies import ClinicBody, ClinicView, PriceListBody, PriceListView
from invoicing.usecases.configure import put_clinic, put_price_list


def clinics(routes: APIRouter, desk: Desk) -> None:
    """Adds the routes."""

    @routes.put("/clinics/{clinic_id}")
    async def put_profile(clinic_id: Id, body: ClinicBody, caller: BillingManager) -> ClinicView:
        caller.enter(clinic_id)
        change = desk.change(caller, body.reason)
        clinic = await desk.outbox.transact(lambda unit: put_clinic(unit, desk.store, body.clinic(clinic_id), change))
        await desk.reprice(caller, clinic_id)
        return ClinicView.model_validate(asdict(clinic))

    @routes.get("/clinics/{clinic_id}")
    async def get_profile(clinic_id: Id, caller: Reader) -> ClinicView:
        caller.enter(clinic_id)
        return ClinicView.model_validate(asdict(await desk.store.clinic(clinic_id)))

    @routes.put("/clinics/{clinic_id}/price-lists/{price_list_id}")
    async def put_prices(
        clinic_id: Id, price_list_id: Id, body: PriceListBody, caller: BillingManager
    ) -> PriceListView:
        caller.enter(clinic_id)
        await desk.store.clinic(clinic_id)
        prices = body.prices(clinic_id, price_list_id)
        change = desk.change(caller, body.reason)
        stored = await desk.outbox.transact(lambda unit: put_price_list(unit, desk.store, prices, change))
        await desk.reprice(caller, clinic_id)
        return PriceListView.of(stored)

    @routes.get("/clinics/{clinic_id}/price-lists/{price_list_id}")
    async def get_prices(clinic_id: Id, price_list_id: Id, caller: Reader) -> PriceListView:
        caller.enter(clinic_id)
        return PriceListView.of(await desk.store.price_list(clinic_id, price_list_id))
