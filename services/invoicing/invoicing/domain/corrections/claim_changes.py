"""What a session says otherwise of what is billed and final, though nobody owes more or less for it: a claim's data.

The invoice stays as it was handed out, and shows what is said otherwise by now until a person has taken notice. The
name and address of the patient are those of the day (`Buyer`), and descriptions are words: neither is a deviation.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from invoicing.domain.corrections.comparison import BilledSession, alike
from invoicing.domain.drafts.decided_lines import facts
from invoicing.domain.invoice.events import InvoiceOutcome, revised
from invoicing.domain.invoice.invoice import Deviation, Diagnosis, Invoice
from invoicing.domain.invoice.lifecycle import Command, allow, following, unmarked
from invoicing.domain.invoice.line import Line
from invoicing.domain.invoice.parties import Coverage, Provider
from kernel.change import Change
from kernel.errors import Conflict
from kernel.value import replace

CLAIMED = (
    "tooth",
    "surfaces",
    "area",
    "performed_on",
    "provider_id",
    "diagnosis_ids",
    "factor_reason",
    "fee_agreed_on",
    "lab_invoice",
)
COVERAGE, SECONDARY, PROVIDER, DIAGNOSES = "coverage", "secondary_coverage", "provider", "diagnoses"


def deviations(
    session: BilledSession, fresh: Invoice, session_version: int, change: Change
) -> Mapping[str, tuple[Deviation, ...]]:
    """By invoice what `fresh` says otherwise; of what was noted before, and is still so, the notice taken stays."""
    found: dict[str, list[Deviation]] = defaultdict(list)
    known = {invoice.invoice_id: invoice for invoice in session.settled}
    for invoice, billed, current in alike(session, fresh):
        if invoice.invoice_id not in found:
            found[invoice.invoice_id] += _of_the_whole(invoice, fresh, session_version, change)
        fields = tuple(name for name in CLAIMED if getattr(billed, name) != getattr(current, name))
        if fields:
            deviation = Deviation(billed.line_id, fields, session_version, change.at, now=facts(current))
            found[invoice.invoice_id].append(deviation)
    return {id_: tuple(_with_known(all_, known[id_].deviations)) for id_, all_ in found.items()}


def pending(invoice: Invoice) -> bool:
    """Whether a person has to take notice of something."""
    return any(deviation.acknowledged_at is None for deviation in invoice.deviations)


def acknowledge(invoice: Invoice, change: Change) -> InvoiceOutcome:
    """A person took notice of all that is said otherwise. Raises IllegalTransition, and Conflict for nothing."""
    allow(invoice, Command.MARK)
    if not pending(invoice):
        raise Conflict("nothing-to-acknowledge", f"the session of invoice {invoice.invoice_id} says nothing else")
    noted = tuple(
        deviation
        if deviation.acknowledged_at is not None
        else replace(deviation, acknowledged_by=change.by, acknowledged_at=change.at, reason=change.reason)
        for deviation in invoice.deviations
    )
    problems = invoice.problems if invoice.proposals else unmarked(invoice.problems)
    return revised(following(invoice, change, deviations=noted, problems=problems))


def _of_the_whole(invoice: Invoice, fresh: Invoice, session_version: int, change: Change) -> Iterator[Deviation]:
    """Of no line by itself: whose insurance, who treated, and what for."""
    if _insured(invoice.buyer.coverage) != _insured(fresh.buyer.coverage):
        yield Deviation(None, (COVERAGE,), session_version, change.at, coverage=fresh.buyer.coverage)
    if _insured(invoice.buyer.secondary_coverage) != _insured(fresh.buyer.secondary_coverage):
        yield Deviation(None, (SECONDARY,), session_version, change.at, coverage=fresh.buyer.secondary_coverage)
    if _treating(invoice.provider) != _treating(fresh.provider):
        yield Deviation(None, (PROVIDER,), session_version, change.at, provider=fresh.provider)
    if _diagnosed(invoice.diagnoses) != _diagnosed(fresh.diagnoses):
        yield Deviation(None, (DIAGNOSES,), session_version, change.at, diagnoses=fresh.diagnoses)


def _with_known(found: Iterable[Deviation], known: Iterable[Deviation]) -> Iterator[Deviation]:
    before = {_content(deviation): deviation for deviation in known}
    for deviation in found:
        yield before.get(_content(deviation), deviation)


def _content(deviation: Deviation) -> object:
    now = deviation.now and tuple(getattr(deviation.now, name) for name in deviation.fields)
    whole = _insured(deviation.coverage), _treating(deviation.provider), _diagnosed(deviation.diagnoses)
    return deviation.line_id, deviation.fields, now, *whole


def _insured(cover: Coverage | None) -> object:
    return cover and replace(cover, payer_name=None)


def _diagnosed(diagnoses: Iterable[Diagnosis] | None) -> object:
    if diagnoses is None:
        return None
    return tuple((diagnosis.diagnosis_id, diagnosis.code, diagnosis.system) for diagnosis in diagnoses)


def _treating(provider: Provider | None) -> object:
    return provider and (provider.provider_id, provider.npi)


def fields_of(invoice: Invoice, line: Line) -> tuple[str, ...]:
    """What is said otherwise of the line."""
    return tuple(
        name for deviation in invoice.deviations if deviation.line_id == line.line_id for name in deviation.fields
    )
