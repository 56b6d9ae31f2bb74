"""The composition root of documents."""

import time
from datetime import timedelta

from fastapi import APIRouter, FastAPI

from chassis.http import create_app
from chassis.http.idempotency import Idempotency
from chassis.http.rates import Buckets
from chassis.job_worker import JobWorker, Limits
from chassis.journal.seals import Sealer
from chassis.journal.views import verification
from chassis.service import Service
from chassis.workers import LeasedWorker, Work
from documents import consumers
from documents.adapters.calendar import holidays_of
from documents.adapters.links import PATH as SHARED
from documents.adapters.links import SignedLinks
from documents.adapters.mail.inbox import MailFolder
from documents.adapters.mail.notifications import read_notification
from documents.adapters.mail.smtp import SmtpMailer
from documents.adapters.pdf.limits import RenderLimits
from documents.adapters.pdf.pool import RenderPool
from documents.adapters.xml.on_demand import credit_note_xml, invoice_xml
from documents.api import (
    bounces,
    deliveries,
    documents,
    e_invoices,
    invoice_sheets,
    receipts,
    register_days,
    sending_settings,
    statements,
)
from documents.api import links as links_
from documents.api.dependencies import Dependencies
from documents.settings import DocumentsSettings
from documents.store import INDEXES, Store
from documents.store.files import MongoFiles
from documents.usecases.deliveries.automatic import SendIssued
from documents.usecases.deliveries.check_reminder import CheckReminder
from documents.usecases.deliveries.deliver import Deliver
from documents.usecases.deliveries.gather import GatherFiles
from documents.usecases.deliveries.open_link import OpenLink
from documents.usecases.deliveries.remind import QuietClock, Remind
from documents.usecases.deliveries.take_reports import TakeReports
from documents.usecases.documents.fetch_document import FetchDocument
from documents.usecases.documents.fetch_e_invoice import FetchEInvoice
from documents.usecases.documents.find_copy import FindCopy
from documents.usecases.documents.print_sheets import PrintSheets
from documents.usecases.documents.render_document import RenderDocument
from documents.usecases.jobs import DocumentJobs

LEASE_S = 30.0


def build(settings: DocumentsSettings) -> FastAPI:
    """The whole service, not yet started."""
    service = Service(settings, INDEXES)
    store, files = Store.of(service.mongo), MongoFiles(service.mongo)
    jobs = DocumentJobs(service.mongo, ttl=timedelta(seconds=settings.claim_s))
    pool = RenderPool(
        settings.font_dir,
        processes=settings.render_processes,
        renders_a_process=settings.renders_a_process,
        timeout_s=settings.render_timeout_s,
        limits=RenderLimits(settings.render_cpu_s, settings.render_memory_mb),
    )
    render = RenderDocument(service.outbox, store, jobs, files, pool, SendIssued(store, jobs))
    sheets = PrintSheets(pool)
    links = _links(settings)
    quiet = QuietClock(holidays_of)
    deliver = Deliver(
        service.outbox,
        store,
        jobs,
        GatherFiles(store, files, sheets),
        SmtpMailer(settings),
        CheckReminder(store, quiet),
        links,
    )
    service.hears(consumers.invoices(store, jobs), consumers.payments(store, jobs))
    service.hears(consumers.days(store, jobs), consumers.clinics(store))
    service.works(
        pool,
        JobWorker("render", jobs, render, _rendering(settings), poll_s=settings.poll_s),
        JobWorker("mail", jobs, deliver, _mailing(settings), poll_s=settings.poll_s),
        _leased(service, "reminders", Remind(service.outbox, store, jobs, quiet), settings.remind_every_s),
        _leased(service, "seals", Sealer(store.seals), settings.seal_every_s),
    )
    if settings.bounce_inbox is not None:
        inbox = MailFolder(settings.bounce_inbox, settings.bounce_max_bytes)
        reports = TakeReports(service.outbox, store, inbox, read_notification)
        service.works(_leased(service, "bounces", reports, settings.bounce_poll_s))
    history = APIRouter()
    verification(history, store.verifier.verify)
    return create_app(
        title="Chairside documents",
        version="1",
        routers=[
            documents.routes,
            e_invoices.routes,
            receipts.routes,
            register_days.routes,
            statements.routes,
            invoice_sheets.routes,
            deliveries.routes,
            bounces.routes,
            sending_settings.routes,
            links_.routes,
            history,
        ],
        lifespan=service.lifespan,
        ready=service.ready,
        store_silent_s=service.store_silent_s,
        open_to_all={SHARED},
        larger_bodies={bounces.PATH: settings.bounce_max_bytes},
        settings=settings,
        dependencies=Dependencies(
            store,
            jobs,
            FindCopy(service.has_heard_all, settings.hear_wait_s),
            FetchDocument(service.outbox, store, jobs, files, settings.fetch_wait_s),
            sheets,
            FetchEInvoice(store, files, invoice_xml, credit_note_xml),
            Idempotency(service.mongo, service.outbox),
            service.outbox,
            OpenLink(service.outbox, store, files, links),
            Buckets(settings.link_requests_per_s, time.monotonic),
        ),
    )


def _links(settings: DocumentsSettings) -> SignedLinks | None:
    """None where nobody has said with which keys, or where they lead to."""
    if settings.link_keys is None or settings.link_base_url is None:
        return None
    return SignedLinks(settings.link_base_url, settings.link_keys)


def _leased(service: Service, name: str, work: Work, every_s: float) -> LeasedWorker:
    """In one instance at a time."""
    return LeasedWorker(service.mongo, name, work, every_s=every_s, lease_s=LEASE_S, expected=(OSError,))


def _rendering(settings: DocumentsSettings) -> Limits:
    return Limits.leaving_room(settings.render_attempts, timedelta(seconds=2), settings.render_processes)


def _mailing(settings: DocumentsSettings) -> Limits:
    return Limits.leaving_room(settings.mail_attempts, timedelta(seconds=5), settings.mail_connections)
