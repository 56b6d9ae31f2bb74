"""Who a FHIR patient is at a moment: of names, mailboxes and addresses the one that counts, and never a former one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from cli.calendar import ClinicCalendar
from cli.fhir import Concept, Patient, Period, PostalAddress, Reference, Telecom

Json = dict[str, Any]
Order = Mapping[str | None, int]
OTHER: Final = None
"""Whatever use is not in an order, or is not told."""
NAMES: Order = {"official": 0, "usual": 1, OTHER: 2, "temp": 3, "nickname": 4, "anonymous": 5}
MAILBOXES: Order = {"home": 0, "mobile": 1, OTHER: 2, "work": 3, "temp": 4}
ADDRESSES: Order = {"billing": 0, "home": 1, OTHER: 2, "temp": 3, "work": 4}
FORMER = frozenset({"old", "maiden"})
"""HL7's NameUse, ContactPointUse and AddressUse: no longer in use, whatever the period says."""


class Used(Protocol):
    @property
    def use(self) -> str | None: ...
    @property
    def period(self) -> Period | None: ...


U = TypeVar("U", bound=Used)


def patient_body(
    patient_id: str, subject: Reference, patient: Patient | None, at: datetime, calendar: ClinicCalendar
) -> Json:
    """The session's patient as of the moment. Raises Unreadable for a period that is none."""
    names = [] if patient is None else _current(patient.name, NAMES, at, calendar)
    body: Json = {
        "patient_id": patient_id,
        "name": next(filter(None, [*(name.written for name in names), subject.display, patient_id])),
    }
    if patient is None:
        return body
    body["email"] = _email(patient.telecom, at, calendar)
    body["birth_date"] = patient.birth_date if patient.birth_date and len(patient.birth_date) == 10 else None
    if (language := _language(patient)) is not None:
        body["locale"] = language
    for home in _addresses(patient.address, at, calendar)[:1]:
        body["address"] = _address(home)
    return body


def _current(all_: Iterable[U], order: Order, at: datetime, calendar: ClinicCalendar) -> list[U]:
    """Those that count at the moment, by their use; of several with the same use the newest one comes first."""
    found = [one for one in all_ if one.use not in FORMER and calendar.is_in(one.period, at)]
    found.sort(key=lambda one: (one.period and one.period.start) or "", reverse=True)
    return sorted(found, key=lambda one: order.get(one.use, order[OTHER]))


def _email(telecoms: Sequence[Telecom], at: datetime, calendar: ClinicCalendar) -> str | None:
    """A rank says what the patient prefers, 1 most of all; without one it comes after those that have one."""
    mailboxes = [telecom for telecom in telecoms if telecom.system == "email" and (telecom.value or "").strip()]
    ranked = sorted(_current(mailboxes, MAILBOXES, at, calendar), key=lambda one: (one.rank is None, one.rank or 0))
    return next(((one.value or "").strip() for one in ranked), None)


def _addresses(addresses: Sequence[PostalAddress], at: datetime, calendar: ClinicCalendar) -> list[PostalAddress]:
    """One that only can be visited comes after those that take mail."""
    return sorted(_current(addresses, ADDRESSES, at, calendar), key=lambda one: one.type == "physical")


def _address(home: PostalAddress) -> Json:
    country = home.country if home.country and len(home.country) == 2 else None
    return {"lines": home.line, "postal_code": home.postal_code, "city": home.city, "country": country}


def _language(patient: Patient) -> str | None:
    """What the patient prefers to read, as BCP 47; the only language where one alone is told."""
    spoken = [one for one in patient.communication if one.preferred]
    if not spoken and len(patient.communication) == 1:
        spoken = [*patient.communication]
    return next((code for one in spoken if (code := _code(one.language))), None)


def _code(language: Concept) -> str | None:
    return next((coding.code for coding in language.coding if coding.code), None)
