"""The composition root of cash-register."""

from fastapi import FastAPI

from cash_register import consumers
from cash_register.adapters.tse.absent import AbsentTse
from cash_register.adapters.tse.simulator import TseSimulator
from cash_register.api import routers
from cash_register.api.dependencies import Dependencies, Streams
from cash_register.settings import CashRegisterSettings
from cash_register.store import INDEXES, Store
from cash_register.usecases.days.reckon_day import Reckoner
from cash_register.usecases.exports.ports import Tse
from cash_register.usecases.registers.use_deposits import DepositUser
from cash_register.usecases.signing.sign_receipts import Signer
from chassis.http import create_app
from chassis.http.idempotency import Idempotency
from chassis.journal.seals import Sealer
from chassis.service import Service
from chassis.workers import LeasedWorker
from kernel.clock import Clock, utc_now


def build(settings: CashRegisterSettings, clock: Clock = utc_now) -> FastAPI:
    """The whole service, not yet started."""
    service = Service(settings, INDEXES)
    store = Store.of(service.mongo)
    service.hears(consumers.payments(store, clock), consumers.clinics(store), consumers.invoices(store, clock))
    seals = Sealer(store.seals, clock=clock)
    service.works(
        LeasedWorker(service.mongo, "seals", seals, every_s=settings.seal_every_s, lease_s=settings.worker_lease_s)
    )
    reckoner, deposits = Reckoner(service.outbox, store, clock), DepositUser(service.outbox, store, clock)

    async def reckon() -> bool:
        return await reckoner() or await deposits()

    service.works(
        LeasedWorker(
            service.mongo, "reckoner", reckon, every_s=settings.reckon_every_s, lease_s=settings.worker_lease_s
        )
    )
    signer = Signer(service.outbox, store, tse_of(settings, clock), clock)
    # Without a device there is only what was begun with one.
    sign_every_s = settings.seal_every_s if settings.tse == "none" else settings.tse_every_s
    service.works(LeasedWorker(service.mongo, "signer", signer, every_s=sign_every_s, lease_s=settings.worker_lease_s))
    return create_app(
        title="Chairside cash register",
        version="1",
        routers=routers(store.verifier.verify),
        lifespan=service.lifespan,
        ready=service.ready,
        store_silent_s=service.store_silent_s,
        settings=settings,
        dependencies=Dependencies(
            store,
            service.outbox,
            Idempotency(service.mongo, service.outbox),
            clock,
            Streams(settings.stream_clients, settings.stream_poll_s, settings.stream_most_s),
            signs=settings.tse != "none",
        ),
    )


def tse_of(settings: CashRegisterSettings, clock: Clock = utc_now) -> Tse:
    """The device that signs receipts."""
    match settings.tse:
        case "none":
            return AbsentTse()
        case "simulator":
            return TseSimulator(clock)
