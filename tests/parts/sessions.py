"""Sessions, a clinic and its prices as they come over the wire: what the tests of invoicing begin with."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
CDT = "http://www.ada.org/cdt"
EXEMPT = "Treatment, § 4 no. 14 UStG"
FILLING, CROWN, XRAY, COMPOSITE, GLOVES = "D2391", "D2740", "D0220", "COMP-A2", "GLOVES"


def procedure(code: str = FILLING, nth: int = 1, **changes: Any) -> Json:
    body = {
        "procedure_id": f"p-{nth}",
        "code": code,
        "description": f"procedure {code}",
        "tooth": "14",
        "surfaces": ["O"],
        "quantity": "1",
        "performed_on": "2026-11-20",
        "provider_id": "doc-4",
    }
    return _without_none(body | changes)


def material(sku: str = COMPOSITE, nth: int = 1, **changes: Any) -> Json:
    body = {"material_id": f"m-{nth}", "sku": sku, "description": f"material {sku}", "quantity": "0.5", "unit": "g"}
    return _without_none(body | changes)


def session(
    clinic: str = "clinic-berlin",
    session_id: str = "ses-1",
    procedures: Sequence[Json] | None = None,
    materials: Sequence[Json] | None = None,
    patient: Json | None = None,
    **changes: Any,
) -> Json:
    """A filling and half a gram of composite, when nothing else is said; a change to None leaves a field out."""
    body = {
        "session_id": session_id,
        "clinic_id": clinic,
        "version": 1,
        "completed_at": "2026-11-20T09:45:00+01:00",
        "patient": {"patient_id": "pat-77", "name": "Łucja Øster", **(patient or {})},
        "procedures": [procedure()] if procedures is None else list(procedures),
        "materials": [material()] if materials is None else list(materials),
    }
    return _without_none(body | changes)


def clinic(**changes: Any) -> Json:
    """The body of `PUT /clinics/{clinic_id}`."""
    body = {
        "name": "Zahnarztpraxis am Markt",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "price_list_id": "standard",
        "address": {"lines": ["Markt 4"], "postal_code": "10178", "city": "Berlin", "country": "DE"},
    }
    return _without_none(body | changes)


def item(code: str, unit_price_minor: int, **changes: Any) -> Json:
    """The price of a procedure, exempt from VAT when nothing else is said."""
    body = {"code": code, "system": CDT, "unit_price_minor": unit_price_minor, "tax_category": "E"}
    return _without_none(body | {"exemption_reason": EXEMPT} | changes)


def taxed(code: str, unit_price_minor: int, rate: str = "19", **changes: Any) -> Json:
    """The price of a unit of a material, with VAT."""
    body = {"code": code, "unit": "g", "unit_price_minor": unit_price_minor, "tax_category": "S", "tax_rate": rate}
    return _without_none(body | changes)


def prices(*items: Json, **changes: Any) -> Json:
    """The body of `PUT /clinics/{clinic_id}/price-lists/{price_list_id}`, valid from the beginning of 2026."""
    listed = items or (item(FILLING, 12_500), item(CROWN, 68_000), item(XRAY, 1_800), taxed(COMPOSITE, 1_200))
    period = {"valid_from": "2026-01-01", "items": list(listed)}
    return {"currency": "EUR", "periods": [period], **changes}


def _without_none(body: Json) -> Json:
    return {name: value for name, value in body.items() if value is not None}
