"""The composition root."""

from fastapi import FastAPI

from chassis.http import create_app
from chassis.kernel.clock import Clock, utc_now
from chassis.seals import Sealer
from chassis.service import Service
from chassis.workers import LeasedWorker
from invoicing import api, store
from invoicing.consumers import subscriptions
from invoicing.settings import InvoicingSettings
from invoicing.store import Store
from invoicing.usecases.hear_payments import HearPayments
from invoicing.usecases.hear_sessions import HearSessions
from invoicing.usecases.terms import TermsBook


def build(settings: InvoicingSettings, clock: Clock = utc_now) -> FastAPI:
    """The service, ready to be served."""
    service = Service(settings, store.INDEXES)
    kept = Store(service.mongo)
    terms = TermsBook(kept, settings.fallback_currency)
    service.hears(*subscriptions(HearSessions(kept, terms, clock), HearPayments(kept, clock)))
    service.works(_sealing(service, kept, settings, clock))
    return create_app(
        title="Chairside invoicing",
        version="1",
        routers=[api.router(api.Desk(kept, service.outbox, terms, clock))],
        lifespan=service.lifespan,
        settings=settings,
        ready=service.ready,
    )


def _sealing(service: Service, kept: Store, settings: InvoicingSettings, clock: Clock) -> LeasedWorker:
    work = Sealer(kept.seals, clock=clock)
    return LeasedWorker(service.mongo, "seals", work, every_s=settings.seal_every_s, lease_s=settings.worker_lease_s)
