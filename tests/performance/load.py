"""Sessions as a clinical system publishes them: the shape and size of the example in the agreement on the wire."""

import json
from collections.abc import Iterator
from typing import Any

from contracts.clinical import SessionCompleted
from contracts.envelope import Message, to_message
from kernel.clock import utc_now

CLINIC = "clinic-bench"
PATIENTS = 2_000
CODES = ("D0120", "D1110", "D2391", "D2740", "D7140")
SKUS = ("COMP-A2", "ANEST-4", "GLOVES")


def session(number: int) -> dict[str, Any]:
    """One procedure and one material, about 1.1 kB."""
    return {
        "session_id": f"ses-2026-{number:08d}",
        "clinic_id": CLINIC,
        "version": 1,
        "started_at": "2026-11-20T09:00:00+01:00",
        "completed_at": "2026-11-20T09:45:00+01:00",
        "patient": {
            "patient_id": f"pat-{number % PATIENTS}",
            "name": "Łucja Øster",
            "email": "lucja@example.org",
            "locale": "de-DE",
            "birth_date": "1984-02-29",
            "address": {"lines": ["Hauptstr. 1"], "postal_code": "10115", "city": "Berlin", "country": "DE"},
            "coverage": {
                "payer_id": "aok",
                "payer_name": "AOK",
                "plan": "standard",
                "member_id": "X123",
                "relationship": "self",
            },
        },
        "provider": {"provider_id": "doc-4", "name": "Dr. Ada Weiß", "npi": "1234567893"},
        "price_list_id": None,
        "procedures": [
            {
                "procedure_id": "p-1",
                "code": CODES[number % len(CODES)],
                "description": "Composite, one surface, posterior",
                "tooth": "14",
                "surfaces": ["O"],
                "area": None,
                "quantity": "1",
                "performed_on": "2026-11-20",
                "provider_id": "doc-4",
            }
        ],
        "materials": [
            {
                "material_id": "m-1",
                "sku": SKUS[number % len(SKUS)],
                "description": "Composite A2",
                "quantity": "0.5",
                "unit": "g",
                "procedure_id": "p-1",
            }
        ],
    }


def messages(first: int, count: int) -> Iterator[Message]:
    """`count` completed sessions as records of `clinical.sessions`."""
    at = utc_now()
    for number in range(first, first + count):
        body = session(number)
        yield to_message(
            topic="clinical.sessions",
            type_=SessionCompleted.TYPE,
            source="/bench",
            subject=body["session_id"],
            version=1,
            key=f"{CLINIC}/{body['patient']['patient_id']}",
            at=at,
            value=json.dumps(body).encode(),
        )


CLINIC_BODY = {"name": "Praxis am Park", "currency": "EUR", "time_zone": "Europe/Berlin", "price_list_id": "std"}
EXEMPT = {"tax_category": "E", "exemption_reason": "Article 132(1)(c) Directive 2006/112/EC"}
PRICES_BODY = {
    "currency": "EUR",
    "periods": [
        {
            "valid_from": "2026-01-01",
            "items": [
                *(
                    {"code": code, "system": "http://www.ada.org/cdt", "unit_price_minor": 8_500, **EXEMPT}
                    for code in CODES
                ),
                *(
                    {"code": sku, "unit": "g", "unit_price_minor": 335, "tax_category": "S", "tax_rate": "19"}
                    for sku in SKUS
                ),
            ],
        }
    ],
}
