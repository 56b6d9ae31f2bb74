"""The composition root."""

from collections.abc import Iterator

from fastapi import FastAPI

from chassis.http import create_app
from chassis.http.idempotency import Idempotency
from chassis.journal.seals import Sealer
from chassis.service import Service
from chassis.workers import LeasedWorker
from invoicing import store
from invoicing.api.dependencies import Dependencies
from invoicing.api.routers import PRICE_LIST_PATHS, routers
from invoicing.consumers import subscriptions
from invoicing.settings import InvoicingSettings
from invoicing.store import Store
from invoicing.store.pricing import TermsLoader
from invoicing.usecases.completeness.check_completeness import CompletenessCheck
from invoicing.usecases.receivables.tell_payers_apart import TellPayersApart
from kernel.clock import Clock, utc_now


def build(settings: InvoicingSettings, clock: Clock = utc_now) -> FastAPI:
    """The service, ready to be served."""
    service = Service(settings, store.INDEXES)
    own = Store(service.mongo)
    terms = TermsLoader(service.mongo, settings.fallback_currency)
    service.hears(*subscriptions(own, terms, clock))
    service.works(*_workers(service, own, settings, clock))
    idempotency = Idempotency(service.mongo, service.outbox)
    return create_app(
        title="Chairside invoicing",
        version="1",
        routers=routers(own.verifier.verify),
        lifespan=service.lifespan,
        settings=settings,
        ready=service.ready,
        store_silent_s=service.store_silent_s,
        larger_bodies=dict.fromkeys(PRICE_LIST_PATHS, settings.price_list_max_bytes),
        dependencies=Dependencies(own, service.outbox, terms, clock, idempotency),
    )


def _workers(service: Service, own: Store, settings: InvoicingSettings, clock: Clock) -> Iterator[LeasedWorker]:
    lease_s = settings.worker_lease_s
    check = CompletenessCheck(own, service.outbox, clock, settings.check_hour)
    yield LeasedWorker(
        service.mongo, "seals", Sealer(own.seals, clock=clock), every_s=settings.seal_every_s, lease_s=lease_s
    )
    yield LeasedWorker(service.mongo, "completeness", check, every_s=settings.check_every_s, lease_s=lease_s)
    apart = TellPayersApart(own, service.outbox, clock)
    yield LeasedWorker(service.mongo, "payers", apart, every_s=settings.seal_every_s, lease_s=lease_s)
