"""The four services, composed by their own roots and not started: nothing is connected to."""

from collections.abc import Mapping

from cash_register.app import build as build_cash_register
from cash_register.settings import CashRegisterSettings
from documents.app import build as build_documents
from documents.settings import DocumentsSettings
from fastapi import FastAPI
from invoicing.app import build as build_invoicing
from invoicing.settings import InvoicingSettings
from payments.app import build as build_payments
from payments.settings import PaymentsSettings

from chassis.settings import Settings

_NEEDED = {"jwks_url": "http://127.0.0.1:9/jwks.json", "issuer": "nobody"}
STRIPE_SECRET = "whsec_none"
_STRIPE = {"stripe_api_key": "sk_test_none", "stripe_webhook_secret": STRIPE_SECRET}

SETTINGS: Mapping[str, type[Settings]] = {
    "invoicing": InvoicingSettings,
    "payments": PaymentsSettings,
    "cash-register": CashRegisterSettings,
    "documents": DocumentsSettings,
}


def applications(**changes: str) -> dict[str, FastAPI]:
    """Each service's application by the service's name; `changes` are of the settings that all of them have."""
    needed = _NEEDED | changes
    return {
        "invoicing": build_invoicing(InvoicingSettings.model_validate(needed)),
        "payments": build_payments(PaymentsSettings.model_validate(needed | _STRIPE)),
        "cash-register": build_cash_register(CashRegisterSettings.model_validate(needed)),
        "documents": build_documents(DocumentsSettings.model_validate(needed)),
    }
