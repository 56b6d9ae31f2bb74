"""The clinic's profile: who sells, in which currency and time zone, on which terms."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from invoicing.domain.clinics.insurance_plans import InsurancePlan
from kernel.value import value

NUMBER_FORMAT = "{clinic}-{yyyy}-{seq:06d}"
UNBILLED_LIMIT_HOURS = 72
CREDIT_NOTE_FORMAT = "{clinic}-CN-{yyyy}-{seq:06d}"
_PLACEHOLDER = re.compile(r"\{(clinic|yyyy|seq(?::0([1-9])d)?)\}")


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


@dataclass(frozen=True, slots=True)
class Clinic:
    """A configured clinic. `payment_terms_days` counts from the day of issue.

    What is unbilled `unbilled_limit_hours` after its session ended is an alarm.
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

    def local_date(self, moment: datetime) -> date:
        """The clinic's date at this moment."""
        return moment.astimezone(_zone(self.time_zone)).date()


def day_at(clinic: Clinic | None, moment: datetime) -> date:
    """The clinic's date at this moment; that of UTC where no clinic is configured."""
    return moment.astimezone(UTC).date() if clinic is None else clinic.local_date(moment)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def invoice_number(format_: str, clinic_id: str, year: int, sequence: int) -> str:
    """The number of an invoice:

    `{clinic}`, `{yyyy}` and `{seq:06d}` are replaced, and nothing else is a placeholder.
    """

    def replaced(match: re.Match[str]) -> str:
        match match[1]:
            case "clinic":
                return clinic_id
            case "yyyy":
                return f"{year:04d}"
        return str(sequence).rjust(int(match[2] or 1), "0")

    return _PLACEHOLDER.sub(replaced, format_)


def series_of(format_: str, clinic_id: str) -> str:
    """What two formats have in common that may make the same number: all but how wide the sequence is written."""
    shown = {"clinic": clinic_id, "yyyy": "{yyyy}"}
    return _PLACEHOLDER.sub(lambda match: shown.get(match[1], "{seq}"), format_)


def is_number_format(format_: str) -> bool:
    """Whether every number of a year would be different:

    it has the sequence and the year, once each, and no other braces.
    """
    names = [match[1].partition(":")[0] for match in _PLACEHOLDER.finditer(format_)]
    rest = _PLACEHOLDER.sub("", format_)
    return names.count("seq") == 1 and names.count("yyyy") == 1 and "{" not in rest and "}" not in rest
