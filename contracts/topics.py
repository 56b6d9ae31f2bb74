"""The registry: every topic, who writes it, and the types on it.

The types are loaded when somebody asks for them: who needs the names only, as the command line does, or a service that
hears two topics, does without all the others.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from contracts.services import SERVICES as SERVICES

if TYPE_CHECKING:
    from contracts.envelope import Event

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
    """A stream with one writer; `key` says in words what keeps its order.

    `event_names` are the classes of its events in `module`.
    """

    name: str
    owner: str
    key: str
    module: str
    event_names: tuple[str, ...]

    @property
    def events(self) -> "tuple[type[Event], ...]":
        module = import_module(self.module)
        return tuple(getattr(module, name) for name in self.event_names)

    def types(self) -> "dict[str, type[Event]]":
        """Event classes by their CloudEvents type."""
        return {event.TYPE: event for event in self.events}


ACCOUNT = "{clinic_id}/{patient_id}"

SESSIONS = Topic(
    "clinical.sessions",
    "the clinical system",
    ACCOUNT,
    "contracts.clinical",
    ("SessionCompleted", "SessionCorrected", "SessionVoided"),
)
INVOICES = Topic(
    "invoicing.invoices",
    "invoicing",
    ACCOUNT,
    "contracts.invoicing",
    (
        "InvoiceDrafted",
        "InvoiceRevised",
        "InvoiceFinalized",
        "InvoicePaymentApplied",
        "InvoicePaid",
        "InvoiceArchived",
        "InvoiceVoided",
        "CreditNoteIssued",
    ),
)
ACCOUNTS = Topic(
    "invoicing.accounts", "invoicing", ACCOUNT, "contracts.invoicing", ("AccountBalanceChanged", "ItemsUnbilled")
)
CLINICS = Topic("invoicing.clinics", "invoicing", "{clinic_id}", "contracts.invoicing", ("ClinicConfigured",))
PAYMENTS = Topic(
    "payments.payments",
    "payments",
    ACCOUNT,
    "contracts.payments",
    (
        "PaymentReceived",
        "PaymentFailed",
        "PaymentRefunded",
        "PaymentDisputed",
        "CardChargeAnnounced",
        "CardChargeFailed",
    ),
)
DAYS = Topic(
    "cash-register.days",
    "cash-register",
    "{clinic_id}/{register_id}",
    "contracts.cash_register",
    (
        "DayOpened",
        "CashRecorded",
        "DayClosed",
        "DayCancelled",
        "DrawerCounted",
    ),
)
DOCUMENTS = Topic(
    "documents.documents",
    "documents",
    ACCOUNT,
    "contracts.documents",
    ("DocumentRendered", "DocumentSent", "DocumentFailed"),
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


def topic_of(event: "type[Event]") -> Topic:
    """The topic an event type is on. Raises KeyError for a type that no topic has."""
    return _BY_NAME[event.__name__]


_BY_NAME = {name: topic for topic in TOPICS for name in topic.event_names}
DEAD_LETTER_NAMES = tuple(dead_letter(service) for service in SERVICES)
ALL_TOPIC_NAMES = (*(topic.name for topic in TOPICS), *DEAD_LETTER_NAMES)
