"""The registry: every topic, who writes it, and the types on it."""

from dataclasses import dataclass

from contracts import cash_register, clinical, documents, invoicing, payments
from contracts.envelope import Event
from contracts.services import SERVICES as SERVICES

MAX_VALUE_BYTES = 1024 * 1024
"""The largest value of an event: nobody says a larger one, and nobody reads one."""
MAX_SAID_BYTES = MAX_VALUE_BYTES + 128 * 1024
"""The largest record that a service writes, event or dead letter: its value, its key and its headers."""
MAX_RECORD_BYTES = 4 * 1024 * 1024
"""What a topic takes, which is more than a service reads: an oversized record reaches the dead letter."""
DEAD_LETTER_HEADROOM_BYTES = 64 * 1024
"""What a dead letter may be larger than the record in it: its `error-*` headers, with room to spare."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A stream with one writer; `key` says in words what keeps its order."""

    name: str
    owner: str
    key: str
    events: tuple[type[Event], ...]

    def types(self) -> dict[str, type[Event]]:
        """Event classes by their CloudEvents type."""
        return {event.TYPE: event for event in self.events}


ACCOUNT = "{clinic_id}/{patient_id}"

SESSIONS = Topic(
    "clinical.sessions",
    "the clinical system",
    ACCOUNT,
    (clinical.SessionCompleted, clinical.SessionCorrected, clinical.SessionVoided),
)
INVOICES = Topic(
    "invoicing.invoices",
    "invoicing",
    ACCOUNT,
    (
        invoicing.InvoiceDrafted,
        invoicing.InvoiceRevised,
        invoicing.InvoiceFinalized,
        invoicing.InvoicePaymentApplied,
        invoicing.InvoicePaid,
        invoicing.InvoiceArchived,
        invoicing.InvoiceVoided,
        invoicing.CreditNoteIssued,
    ),
)
ACCOUNTS = Topic("invoicing.accounts", "invoicing", ACCOUNT, (invoicing.AccountBalanceChanged, invoicing.ItemsUnbilled))
CLINICS = Topic("invoicing.clinics", "invoicing", "{clinic_id}", (invoicing.ClinicConfigured,))
PAYMENTS = Topic(
    "payments.payments",
    "payments",
    ACCOUNT,
    (
        payments.PaymentReceived,
        payments.PaymentFailed,
        payments.PaymentRefunded,
        payments.PaymentDisputed,
        payments.CardChargeAnnounced,
        payments.CardChargeFailed,
    ),
)
DAYS = Topic(
    "cash-register.days",
    "cash-register",
    "{clinic_id}/{register_id}",
    (
        cash_register.DayOpened,
        cash_register.CashRecorded,
        cash_register.DayClosed,
        cash_register.DayCancelled,
        cash_register.DrawerCounted,
    ),
)
DOCUMENTS = Topic(
    "documents.documents",
    "documents",
    ACCOUNT,
    (documents.DocumentRendered, documents.DocumentSent, documents.DocumentFailed),
)
TOPICS = (SESSIONS, INVOICES, ACCOUNTS, CLINICS, PAYMENTS, DAYS, DOCUMENTS)
HEARS: dict[str, tuple[Topic, ...]] = {
    "invoicing": (SESSIONS, PAYMENTS),
    "payments": (INVOICES, DAYS, CLINICS),
    "cash-register": (PAYMENTS, CLINICS, INVOICES),
    "documents": (INVOICES, PAYMENTS, DAYS, CLINICS),
}
"""Which topics each service consumes, each in a consumer group of its own: see `consumer_group`."""


def consumer_group(service: str, topic: str) -> str:
    """Whose offsets are a service's on a topic: `<service>.<topic>`."""
    return f"{service}.{topic}"


def dead_letter(consumer: str) -> str:
    """Where a consumer's rejected records go: `<consumer>.dead-letter`."""
    return f"{consumer}.dead-letter"


def max_record_bytes(name: str) -> int:
    """What the topic takes, as the broker counts it: with headers."""
    return MAX_RECORD_BYTES + (DEAD_LETTER_HEADROOM_BYTES if name in DEAD_LETTER_NAMES else 0)


def topic_of(event: type[Event]) -> Topic:
    """The topic an event type is on. Raises KeyError for a type that no topic has."""
    return _BY_TYPE[event.TYPE]


_BY_TYPE = {event.TYPE: topic for topic in TOPICS for event in topic.events}
DEAD_LETTER_NAMES = tuple(dead_letter(service) for service in SERVICES)
ALL_TOPIC_NAMES = (*(topic.name for topic in TOPICS), *DEAD_LETTER_NAMES)
