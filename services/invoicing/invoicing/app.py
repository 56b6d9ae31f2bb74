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
from invoicing.usecases.catching_up.find_old_invoices import find_old_invoices
from invoicing.usecases.catching_up.find_old_patients import find_old_patients
from invoicing.usecases.catching_up.once import Once
from invoicing.usecases.catching_up.tell_old_profiles import tell_old_profiles
from invoicing.usecases.catching_up.tell_payers_apart import tell_payers_apart
from invoicing.usecases.completeness.check_completeness import CompletenessCheck
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
    for name, work in _catching_up(service, own, clock).items():
        yield LeasedWorker(service.mongo, name, work, every_s=settings.seal_every_s, lease_s=lease_s)


def _catching_up(service: Service, own: Store, clock: Clock) -> dict[str, Once]:
    return {
        "payers": tell_payers_apart(own, service.outbox, clock),
        "old-invoices": find_old_invoices(own, service.outbox, clock),
        "old-patients": find_old_patients(own, service.outbox, clock),
        "old-profiles": tell_old_profiles(own, service.outbox, clock),
    }
