"""The composition root of cash-register."""

from fastapi import FastAPI

from cash_register import consumers
from cash_register.api import days, exports, registers, reports
from cash_register.api.dependencies import Dependencies
from cash_register.settings import CashRegisterSettings
from cash_register.store import INDEXES, Store
from chassis.http import create_app
from chassis.http.idempotency import Idempotency
from chassis.service import Service
from kernel.clock import Clock, utc_now


def build(settings: CashRegisterSettings, clock: Clock = utc_now) -> FastAPI:
    """The whole service, not yet started."""
    service = Service(settings, INDEXES)
    store = Store.of(service.mongo)
    service.hears(consumers.payments(store, clock), consumers.clinics(store), consumers.invoices(store))
    return create_app(
        title="Chairside cash register",
        version="1",
        routers=[days.routes, reports.routes, registers.routes, exports.routes],
        lifespan=service.lifespan,
        ready=service.ready,
        store_silent_s=service.store_silent_s,
        settings=settings,
        dependencies=Dependencies(store, service.outbox, Idempotency(service.mongo, service.outbox), clock),
    )
