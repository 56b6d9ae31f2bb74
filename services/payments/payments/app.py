"""The composition root."""

from datetime import timedelta
from typing import NamedTuple

from fastapi import FastAPI

from chassis.http import create_app
from chassis.http.idempotency import Idempotency
from chassis.journal.seals import Sealer
from chassis.messaging.consumer import Subscription
from chassis.service import Service
from chassis.workers import LeasedWorker, Work
from contracts.topics import CLINICS, DAYS, INVOICES
from payments import api
from payments.adapters import bank_files
from payments.adapters.calendar import working_days
from payments.adapters.stripe import StripeGateway
from payments.api import stripe_errors
from payments.api.dependencies import Dependencies
from payments.consumers import Consumers
from payments.settings import PaymentsSettings
from payments.store import INDEXES, Store
from payments.usecases.bank import match
from payments.usecases.cards import follow_card_payments, process_webhooks, reconcile
from payments.usecases.cards_on_file import charge_card_on_file, follow_cards_on_file
from payments.usecases.cards_on_file.charge_terms import ChargeTerms
from payments.usecases.intake.ledger import PaymentLedger
from payments.usecases.ports import GatewayUnavailable
from payments.usecases.registers.compare_registers import RegisterCheck

INVOICE_EVENTS = tuple(event for event in INVOICES.events if event.TYPE != "invoicing.credit-note-issued.v1")


def build(settings: PaymentsSettings) -> FastAPI:
    """The service, ready to be served."""
    service = Service(settings, INDEXES)
    store = Store(service.mongo)
    ledger = PaymentLedger(
        store,
        service.outbox,
        timedelta(seconds=settings.card_ask_after_s),
        card_expires_after=timedelta(seconds=settings.card_expires_after_s),
    )
    gateway = _gateway(settings)
    workers = _workers(service, ledger, gateway, settings)
    consumers = Consumers(ledger)
    service.hears(
        Subscription(INVOICES, INVOICE_EVENTS, consumers.on_invoices),
        Subscription(DAYS, DAYS.events, consumers.on_days),
        Subscription(CLINICS, CLINICS.events, consumers.on_clinics),
    )
    service.works(gateway, *workers)
    app = create_app(
        title="Chairside payments",
        version="1",
        routers=api.routers(store.verifier.verify),
        lifespan=service.lifespan,
        settings=settings,
        ready=service.ready,
        store_silent_s=service.store_silent_s,
        larger_bodies=dict.fromkeys(("/bank-statements", "/bank-statements/profile"), settings.statement_max_bytes),
        open_to_all=api.OPEN_TO_ALL,
        dependencies=Dependencies(
            ledger,
            gateway,
            bank_files.read,
            bank_files.profile,
            Idempotency(service.mongo, service.outbox),
            workers.webhooks.wake,
            workers.bank_matching.wake,
        ),
    )
    stripe_errors.install(app)
    return app


class _Workers(NamedTuple):
    webhooks: LeasedWorker
    card_payments: LeasedWorker
    reconciler: LeasedWorker
    bank_matching: LeasedWorker
    seals: LeasedWorker
    registers: LeasedWorker
    cards_on_file: LeasedWorker
    card_charges: LeasedWorker


def _workers(service: Service, ledger: PaymentLedger, gateway: StripeGateway, settings: PaymentsSettings) -> _Workers:
    every, overlap = timedelta(seconds=settings.reconcile_every_s), timedelta(seconds=settings.reconcile_overlap_s)
    pace = reconcile.Pace(every, overlap)
    terms = ChargeTerms(
        working_days,
        timedelta(days=settings.card_notice_days),
        settings.card_charge_hour,
        timedelta(seconds=settings.card_plan_every_s),
    )

    def worker(name: str, work: Work, every_s: float) -> LeasedWorker:
        return LeasedWorker(
            service.mongo, name, work, every_s=every_s, lease_s=settings.worker_lease_s, expected=(GatewayUnavailable,)
        )

    return _Workers(
        worker("webhooks", lambda: process_webhooks.work_off(ledger, gateway), settings.webhook_poll_s),
        worker("card-payments", lambda: follow_card_payments.follow_up(ledger, gateway), settings.card_poll_s),
        worker("reconciler", lambda: reconcile.sweep(ledger, gateway, pace), settings.reconcile_every_s),
        worker("bank-matching", lambda: match.work_off(ledger), settings.bank_poll_s),
        worker("seals", Sealer(ledger.store.seals), settings.seal_every_s),
        worker("registers", RegisterCheck(ledger), settings.register_check_every_s),
        worker(
            "cards-on-file",
            lambda: follow_cards_on_file.follow_up(ledger, gateway.cards, terms),
            settings.card_on_file_poll_s,
        ),
        worker(
            "card-charges",
            lambda: charge_card_on_file.work_off(ledger, gateway, terms),
            settings.card_charge_poll_s,
        ),
    )


def _gateway(settings: PaymentsSettings) -> StripeGateway:
    return StripeGateway(
        settings.stripe_api_key.get_secret_value(),
        settings.stripe_webhook_secret.get_secret_value(),
        settings.stripe_api_base,
        settings.stripe_timeout_s,
        settings.stripe_retries,
    )
