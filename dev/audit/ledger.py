"""Everything that the services tell about the money, read in one go."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from contracts.invoicing import AccountBalanceChanged, Invoice
from contracts.payments import Payment
from dev.audit.papers import invoice_pdf
from dev.audit.tills import Till, read_tills
from dev.audit.vitals import SessionKey, Vitals, await_calm, open_letters, published_sessions
from dev.calls import Caller, Deadline, Json, NeverHappened, Refused
from dev.system import System

AT_ONCE = 4
COUNTING = ("finalized", "paid", "no_charge", "credited", "written_off", "archived")
Account = tuple[str, str]
"""(clinic_id, patient_id)"""


@dataclass(frozen=True)
class Ledger:
    """`pdfs` has an entry for each finalized invoice: the file, or why there is none."""

    sessions: set[SessionKey]
    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    accounts: Mapping[Account, AccountBalanceChanged]
    tills: tuple[Till, ...]
    number_formats: Mapping[str, str]
    pdfs: Mapping[str, bytes | str]
    deliveries: tuple[Json, ...]
    mails: tuple[EmailMessage, ...]
    letters: Mapping[str, int]
    vitals: Mapping[str, Vitals]

    @property
    def billed(self) -> tuple[Invoice, ...]:
        """Invoices that count."""
        return tuple(invoice for invoice in self.invoices if invoice.status in COUNTING)


def read_ledger(system: System) -> Ledger:
    """As an auditor, of all clinics, once nothing is on its way. Raises Refused and NeverHappened."""
    auditor = Caller(system, "auditor")
    calm = await_calm(system)
    bootstrap = system.parts.kafka.bootstrap
    invoices = tuple(map(Invoice.model_validate, auditor.pages("invoicing", "/invoices")))
    payments = tuple(map(Payment.model_validate, auditor.pages("payments", "/payments")))
    billed = [invoice for invoice in invoices if invoice.status in COUNTING]
    return Ledger(
        sessions=published_sessions(bootstrap),
        invoices=invoices,
        payments=payments,
        accounts=_accounts(auditor, _patients(invoices) | _patients(payments)),
        tills=read_tills(auditor, _registers(payments)),
        number_formats=_number_formats(auditor, billed),
        pdfs=_pdfs(auditor, billed),
        deliveries=_deliveries(auditor),
        mails=tuple(system.parts.smtp.messages()),
        letters={service: len(found) for service, found in open_letters(bootstrap).items()},
        vitals=calm,
    )


def _patients(documents: Iterable[Invoice | Payment]) -> set[Account]:
    return {(document.clinic_id, document.patient_id) for document in documents}


def _accounts(auditor: Caller, whose: Iterable[Account]) -> dict[Account, AccountBalanceChanged]:
    def read(account: Account) -> tuple[Account, AccountBalanceChanged]:
        clinic_id, patient_id = account
        body = auditor.get("invoicing", f"/clinics/{clinic_id}/patients/{patient_id}/balance")
        return account, AccountBalanceChanged.model_validate(body)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return dict(threads.map(read, sorted(whose)))


def _registers(payments: Iterable[Payment]) -> set[tuple[str, str]]:
    registers = {(payment.clinic_id, payment.register_id) for payment in payments}
    registers |= {(payment.clinic_id, refund.register_id) for payment in payments for refund in payment.refunds}
    return {(clinic_id, register_id) for clinic_id, register_id in registers if register_id is not None}


def _number_formats(auditor: Caller, billed: Iterable[Invoice]) -> dict[str, str]:
    clinics = sorted({invoice.clinic_id for invoice in billed})
    return {clinic: auditor.get("invoicing", f"/clinics/{clinic}")["number_format"] for clinic in clinics}


def _pdfs(auditor: Caller, billed: Iterable[Invoice]) -> dict[str, bytes | str]:
    def read(invoice: Invoice) -> tuple[str, bytes | str]:
        try:
            return invoice.invoice_id, invoice_pdf(auditor, invoice.invoice_id)
        except (Refused, NeverHappened) as error:
            return invoice.invoice_id, str(error)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return dict(threads.map(read, billed))


def _deliveries(auditor: Caller) -> tuple[Any, ...]:
    """Once none is under way; a mail server that is away keeps one there until patience ends."""
    deadline = Deadline("the deliveries of mails")
    while True:
        found = tuple(auditor.pages("documents", "/deliveries"))
        if all(one["status"] != "queued" for one in found):
            return found
        deadline.wait()
