"""Answers as the API's description shows them: one filling, half a gram of composite. A test validates each.

Fields that are null or empty in all of them are left out.
"""

from invoicing.api.schemas.common import Json


def eur(amount_minor: int) -> Json:
    return {"amount_minor": amount_minor, "currency": "EUR"}


CLINIC, PATIENT = "clinic-berlin", "pat-77"
INVOICE_ID = "inv_0511d0ce1d04f88f351b2764aa29248e"
MANAGER: Json = {"actor_id": "usr-3", "name": "Jonas Abel", "role": "billing_manager"}
_SYSTEM: Json = {"actor_id": "clinical.sessions", "name": None, "role": "system"}
_EXEMPT = "Treatment, § 4 no. 14 UStG"
_FILLING: Json = {
    "line_id": "procedure:p-1",
    "kind": "procedure",
    "source_id": "p-1",
    "code": "D2391",
    "system": "http://www.ada.org/cdt",
    "description": "Composite, one surface, posterior",
    "tooth": "14",
    "surfaces": ["O"],
    "area": None,
    "quantity": "1",
    "unit": None,
    "performed_on": "2026-11-20",
    "provider_id": "doc-4",
    "unpriced": False,
    "unit_price": eur(12500),
    "net": eur(12500),
    "tax_category": "E",
    "tax_rate": "0",
    "exemption_reason": _EXEMPT,
    "price": {"price_list_id": "standard", "price_list_version": 3, "rule": "code"},
    "basis": "net",
    "amount": eur(12500),
}
_COMPOSITE: Json = {
    **_FILLING,
    "line_id": "material:m-1",
    "kind": "material",
    "source_id": "m-1",
    "code": "COMP-A2",
    "system": None,
    "description": "Composite A2",
    "tooth": None,
    "surfaces": [],
    "quantity": "0.5",
    "unit": "g",
    "unit_price": eur(1200),
    "net": eur(600),
    "tax_category": "S",
    "tax_rate": "19",
    "exemption_reason": None,
    "amount": eur(600),
}
_TAX: list[Json] = [
    {"category": "E", "rate": "0", "base": eur(12500), "tax": eur(0), "exemption_reason": _EXEMPT},
    {"category": "S", "rate": "19", "base": eur(600), "tax": eur(114), "exemption_reason": None},
]
_SELLER: Json = {
    "clinic_id": CLINIC,
    "name": "Zahnarztpraxis am Markt",
    "address": {"lines": ["Markt 4"], "postal_code": "10178", "city": "Berlin", "country": "DE"},
    "tax_id": "DE123456789",
    "email": "praxis@example.org",
    "phone": "+49 30 1234567",
    "bank_account": {"iban": "DE02120300000000202051", "bic": "BYLADEM1001", "holder": "Zahnarztpraxis am Markt"},
}
_TOTALS: Json = {
    "net": eur(13100),
    "tax": eur(114),
    "gross": eur(13214),
    "paid": eur(0),
    "credited": eur(0),
    "due": eur(13214),
}
_CHANGED_BY_MANAGER: Json = {"changed_at": "2026-11-20T09:15:00Z", "changed_by": MANAGER}

DRAFT: Json = {
    "invoice_id": INVOICE_ID,
    "clinic_id": CLINIC,
    "patient_id": PATIENT,
    "session_id": "ses-2026-000123",
    "session_version": 1,
    "version": 2,
    "status": "draft",
    "number": None,
    "currency": "EUR",
    "lines": [_FILLING, _COMPOSITE],
    "tax": _TAX,
    "totals": _TOTALS,
    "problems": [],
    "buyer": {"patient_id": PATIENT, "name": "Łucja Øster"},
    "seller": None,
    "provider": {"provider_id": "doc-4", "name": "Dr. Ada Weiß"},
    "drafted_at": "2026-11-20T08:45:01Z",
    **_CHANGED_BY_MANAGER,
}
FINALIZED: Json = {
    **DRAFT,
    "version": 3,
    "status": "finalized",
    "number": "clinic-berlin-2026-000042",
    "seller": _SELLER,
    "issued_on": "2026-11-20",
    "due_on": "2026-12-04",
    "finalized_at": "2026-11-20T09:15:00Z",
    "finalized_by": MANAGER,
}
PAID: Json = {
    **FINALIZED,
    "version": 4,
    "status": "paid",
    "totals": {**_TOTALS, "paid": eur(13214), "due": eur(0)},
    "allocations": [
        {
            "payment_id": "pay_019aa0b1c5e07f2a4d9c8b1e6f305a72",
            "amount": eur(13214),
            "method": "card",
            "at": "2026-11-20T09:20:01Z",
        }
    ],
    "paid_at": "2026-11-20T09:20:01Z",
    "paid_by": {"actor_id": "payments.payments", "name": None, "role": "system"},
}
ARCHIVED: Json = {
    **PAID,
    "version": 5,
    "status": "archived",
    "archived_at": "2026-12-31T10:00:00Z",
    "archived_by": MANAGER,
}
VOID: Json = {
    **DRAFT,
    "version": 3,
    "status": "void",
    "voided_at": "2026-11-20T09:15:00Z",
    "voided_by": MANAGER,
    "reason": "noted twice",
}
WRITTEN_OFF: Json = {
    **FINALIZED,
    "version": 4,
    "status": "written_off",
    "totals": {**_TOTALS, "due": eur(0), "written_off": eur(13214)},
    "write_off": {"amount": eur(13214), "reason": "moved away", "by": MANAGER, "at": "2026-11-20T09:15:00Z"},
    "reason": "moved away",
}
IN_INSTALMENTS: Json = {
    **FINALIZED,
    "version": 4,
    "instalments": [
        {"number": 1, "due_on": "2026-12-20", "amount": eur(6607)},
        {"number": 2, "due_on": "2027-01-20", "amount": eur(6607)},
    ],
}

CREDIT_NOTE: Json = {
    "credit_note_id": "crn_5d1f0a7c2b9e4836a1c7d2e4f8b60935",
    "invoice_id": INVOICE_ID,
    "invoice_number": FINALIZED["number"],
    "clinic_id": CLINIC,
    "patient_id": PATIENT,
    "version": 1,
    "number": "clinic-berlin-CN-2026-000007",
    "currency": "EUR",
    "amount": eur(714),
    "reason": "the composite was not used",
    "issued_on": "2026-11-20",
    **_CHANGED_BY_MANAGER,
    "lines": [_COMPOSITE],
    "tax": _TAX[1:],
    "net": eur(600),
    "buyer": DRAFT["buyer"],
    "seller": _SELLER,
}
ACCOUNT: Json = {
    "account_id": "acc_7c2d9e10b84f4a53a6d1c0e5f9274b38",
    "clinic_id": CLINIC,
    "patient_id": PATIENT,
    "version": 3,
    "balances": [
        {
            "billed": eur(13214),
            "credited": eur(0),
            "paid": eur(5000),
            "open": eur(8214),
            "credit": eur(0),
            "balance": eur(8214),
            "overdue": eur(0),
            "written_off": eur(0),
            "payers": [
                {
                    "part": "patient",
                    "payer_id": None,
                    "payer_name": None,
                    "billed": eur(13214),
                    "credited": eur(0),
                    "written_off": eur(0),
                    "paid": eur(5000),
                    "open": eur(8214),
                    "credit": eur(0),
                    "overdue": eur(0),
                }
            ],
        }
    ],
    "open_invoices": [
        {
            "invoice_id": INVOICE_ID,
            "number": FINALIZED["number"],
            "due": eur(8214),
            "due_on": "2026-12-04",
            "overdue": eur(0),
            "instalments": [],
            "payers": [{"part": "patient", "payer_id": None, "payer_name": None, "open": eur(8214), "overdue": eur(0)}],
        }
    ],
    "changed_at": "2026-11-20T09:20:01Z",
    "changed_by": _SYSTEM,
    "credits": [],
}

REVISION: Json = {
    "version": 3,
    "type": "invoicing.invoice-revised.v1",
    "at": "2026-11-20T09:15:00Z",
    "actor_id": "usr-3",
    "actor_name": "Jonas Abel",
    "actor_role": "billing_manager",
    "reason": "as the dentist said",
    "cause": None,
    "changes": [{"field": "/lines/procedure:p-1/tooth", "before": "14", "after": "15"}],
    "previous": "5f2c3a1de4b6978801f2d3c4b5a69788f0e1d2c3b4a5968778695a4b3c2d1e0f",
    "hash": "9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d8c7e6f5a4b3c2d1e0f1a2b3c4d5e6f70",
}
