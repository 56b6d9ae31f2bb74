"""The composition root."""

from fastapi import FastAPI

from chassis.http import create_app
from chassis.idempotency import Idempotency
from chassis.kernel.clock import Clock, utc_now
from chassis.service import Service
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
    idempotency = Idempotency(service.mongo, service.outbox)
    return create_app(
        title="Chairside invoicing",
        version="1",
        routers=[api.router(api.Desk(kept, service.outbox, terms, clock, idempotency))],
        lifespan=service.lifespan,
        settings=settings,
        ready=service.ready,
    )
