"""The composition root of documents."""

from datetime import timedelta

from fastapi import FastAPI

from chassis.http import create_app
from chassis.http.idempotency import Idempotency
from chassis.job_worker import JobWorker, Limits
from chassis.service import Service
from documents import consumers
from documents.adapters.pdf.limits import RenderLimits
from documents.adapters.pdf.pool import RenderPool
from documents.adapters.smtp import SmtpMailer
from documents.adapters.xml.on_demand import credit_note_xml, invoice_xml
from documents.api import deliveries, documents, e_invoices, invoice_sheets, receipts, register_days, statements
from documents.api.dependencies import Dependencies
from documents.settings import DocumentsSettings
from documents.store import INDEXES, Store
from documents.store.files import MongoFiles
from documents.usecases.deliveries.deliver import Deliver
from documents.usecases.documents.fetch_document import FetchDocument
from documents.usecases.documents.fetch_e_invoice import FetchEInvoice
from documents.usecases.documents.find_copy import FindCopy
from documents.usecases.documents.print_sheets import PrintSheets
from documents.usecases.documents.render_document import RenderDocument
from documents.usecases.jobs import DocumentJobs


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
    render = RenderDocument(service.outbox, store, jobs, files, pool)
    deliver = Deliver(service.outbox, store, jobs, files, SmtpMailer(settings))
    service.hears(consumers.invoices(store, jobs), consumers.payments(store, jobs))
    service.hears(consumers.days(store, jobs), consumers.clinics(store))
    service.works(
        pool,
        JobWorker("render", jobs, render, _rendering(settings), poll_s=settings.poll_s),
        JobWorker("mail", jobs, deliver, _mailing(settings), poll_s=settings.poll_s),
    )
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
        ],
        lifespan=service.lifespan,
        ready=service.ready,
        store_silent_s=service.store_silent_s,
        settings=settings,
        dependencies=Dependencies(
            store,
            jobs,
            FindCopy(service.has_heard_all, settings.hear_wait_s),
            FetchDocument(service.outbox, store, jobs, files, settings.fetch_wait_s),
            PrintSheets(pool),
            FetchEInvoice(store, files, invoice_xml, credit_note_xml),
            Idempotency(service.mongo, service.outbox),
        ),
    )


def _rendering(settings: DocumentsSettings) -> Limits:
    return Limits.leaving_room(settings.render_attempts, timedelta(seconds=2), settings.render_processes)


def _mailing(settings: DocumentsSettings) -> Limits:
    return Limits.leaving_room(settings.mail_attempts, timedelta(seconds=5), settings.mail_connections)
