"""The clinic's profile: who sells, in which currency and time zone, on which terms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from invoicing.domain.clinics.insurance_plans import InsurancePlan
from invoicing.domain.clinics.number_format import CREDIT_NOTE_FORMAT, NUMBER_FORMAT
from kernel.actor import Actor
from kernel.errors import Forbidden
from kernel.value import value

UNBILLED_LIMIT_HOURS = 72
FinalizeBy = Literal["billing_manager", "front_desk"]
"""Who may finalize at least: a billing manager may in any case."""


@value
class Address:
    """A postal address; `country` is ISO 3166-1 alpha-2."""

    lines: tuple[str, ...] = ()
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


NO_ADDRESS = Address()


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where bank transfers go."""

    iban: str | None = None
    bic: str | None = None
    holder: str | None = None


@value
class ElectronicAddress:
    """Where an electronic invoice may be sent to: an address in a scheme of the EAS code list."""

    scheme: str
    value: str


@value
class PublicPayer:
    """A payer that takes electronic invoices of its own: its reference, and where it takes them."""

    payer_id: str
    name: str
    address: Address
    buyer_reference: str
    electronic_address: ElectronicAddress | None = None
    order_reference: str | None = None
    contract_reference: str | None = None


@value
class Look:
    """How its documents look: `colour` as "#1f6f6b", `footer` lines at the foot of each page."""

    paper: Literal["A4", "letter"] | None = None
    colour: str | None = None
    footer: tuple[str, ...] = ()


PLAIN = Look()


@dataclass(frozen=True, slots=True)
class Clinic:
    """A configured clinic. `payment_terms_days` counts from the day of issue.

    What is unbilled `unbilled_limit_hours` after its session ended is an alarm. The front desk finalizes only where
    `finalize_by` says so.
    """

    clinic_id: str
    version: int
    name: str
    currency: str
    time_zone: str
    address: Address = NO_ADDRESS
    tax_id: str | None = None
    email: str | None = None
    phone: str | None = None
    bank_account: BankAccount | None = None
    payment_terms_days: int = 14
    number_format: str = NUMBER_FORMAT
    price_list_id: str | None = None
    insurance: tuple[InsurancePlan, ...] = ()
    unbilled_limit_hours: int = UNBILLED_LIMIT_HOURS
    credit_note_format: str = CREDIT_NOTE_FORMAT
    contact_name: str | None = None
    electronic_address: ElectronicAddress | None = None
    public_payers: tuple[PublicPayer, ...] = ()
    npi: str | None = None
    look: Look = PLAIN
    finalize_by: FinalizeBy = "billing_manager"

    def local_date(self, moment: datetime) -> date:
        """The clinic's date at this moment."""
        return moment.astimezone(_zone(self.time_zone)).date()

    def public_payer(self, payer_ids: Iterable[str]) -> PublicPayer | None:
        """The first of these payers that takes electronic invoices of its own."""
        known = {payer.payer_id: payer for payer in self.public_payers}
        return next((known[payer_id] for payer_id in payer_ids if payer_id in known), None)


def demand_finalizer(clinic: Clinic | None, actor: Actor) -> None:
    """Raises Forbidden for the front desk of a clinic that does not let it finalize; one without a profile does not."""
    allowed = clinic is not None and clinic.finalize_by == actor.role
    if actor.role != "billing_manager" and not allowed:
        raise Forbidden("role-missing", "this clinic has its invoices finalized by: billing_manager")


def day_at(clinic: Clinic | None, moment: datetime) -> date:
    """The clinic's date at this moment; that of UTC where no clinic is configured."""
    return moment.astimezone(UTC).date() if clinic is None else clinic.local_date(moment)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
