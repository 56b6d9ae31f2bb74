"""Where our own CPU of one event goes, step by step; the drivers' share is what is left of the total."""

from collections.abc import Callable, Sequence
from time import process_time
from types import SimpleNamespace
from typing import Any, cast

import bson
import msgspec
from invoicing.api.schemas.clinics import ClinicBody
from invoicing.api.schemas.price_lists import PriceListBody
from invoicing.domain.drafts.drafting import draft
from invoicing.domain.pricing.terms import Terms
from invoicing.usecases.drafts.hear_sessions import CLINICAL_SYSTEM

from chassis.database.mongo import Session
from chassis.journal.revisions import Revision
from chassis.messaging.outbox import Unit, pack
from chassis.messaging.reading import Reader
from contracts.envelope import account_key
from contracts.invoicing import InvoiceDrafted
from contracts.topics import SESSIONS
from kernel.clock import utc_now
from tests.performance import load
from tests.performance.report import Result

EVENTS, ROUNDS = 2_000, 5


def where(total_us: float) -> list[Result]:
    """Best of some rounds for each step, and the rest up to `total_us`."""
    found: list[Result] = []

    def step(name: str, work: Callable[[Any], Any], inputs: Sequence[Any]) -> list[Any]:
        best_us = float("inf")
        for _ in range(ROUNDS):
            begun = process_time()
            outputs = [work(value) for value in inputs]
            best_us = min(best_us, (process_time() - begun) / len(inputs) * 1e6)
        found.append(Result(f"where: {name}", best_us, "us/event", total_us, best_us / total_us, ""))
        return outputs

    records: list[Any] = [
        SimpleNamespace(topic=m.topic, partition=0, offset=n, key=m.key, value=m.value, headers=m.headers)
        for n, m in enumerate(load.messages(0, EVENTS))
    ]
    heard: list[Any] = step("read and validate", Reader(SESSIONS, SESSIONS.events).read, records)
    terms, at = _terms(), utc_now()
    invoices = step("draft and price", lambda h: draft(h.event, terms, at, CLINICAL_SYSTEM), heard)
    snapshots = step("snapshot as JSON", msgspec.json.Encoder().encode, invoices)
    revisions = [
        Revision(
            i.invoice_id,
            1,
            InvoiceDrafted.TYPE,
            i.clinic_id,
            at,
            "clinical.sessions",
            None,
            "system",
            None,
            snapshot,
            "",
        )
        for i, snapshot in zip(invoices, snapshots, strict=True)
    ]
    step("hash of the revision", lambda revision: revision.hash, revisions)
    unit = Unit(cast(Session, None), "/bench")

    def say(pair: tuple[Any, bytes]) -> None:
        invoice, snapshot = pair
        key = account_key(invoice.clinic_id, invoice.patient_id)
        unit.say_json(InvoiceDrafted, snapshot, subject=invoice.invoice_id, version=1, key=key, at=at)

    step("envelope", say, list(zip(invoices, snapshots, strict=True)))
    messages = unit.messages[:EVENTS]
    step("BSON of the three documents", _bson, list(zip(invoices, snapshots, messages, strict=True)))
    rest_us = total_us - sum(r.rate for r in found)
    found.append(Result("where: consume, produce, drivers", rest_us, "us/event", total_us, rest_us / total_us, ""))
    return found


def _bson(value: tuple[Any, bytes, Any]) -> int:
    invoice, snapshot, message = value
    stored = {"_id": invoice.invoice_id, "clinic_id": invoice.clinic_id, "patient_id": invoice.patient_id}
    return (
        len(bson.encode({**stored, "status": "draft", "version": 1, "snapshot": snapshot}))
        + len(bson.encode({**stored, "hash": "0" * 64, "snapshot": snapshot}))
        + len(bson.encode({"messages": [pack(message)]}))
    )


def _terms() -> Terms:
    clinic = ClinicBody.model_validate(load.CLINIC_BODY).clinic(load.CLINIC)
    return Terms(clinic, PriceListBody.model_validate(load.PRICES_BODY).prices(load.CLINIC, "std"), "EUR")
