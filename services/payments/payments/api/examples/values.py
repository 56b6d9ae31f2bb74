"""What all examples are made of: one clinic, one patient, one day."""

from typing import Any

Json = dict[str, Any]


def eur(amount_minor: int) -> Json:
    return {"amount_minor": amount_minor, "currency": "EUR"}


CLINIC, PATIENT, OTHER_PATIENT = "clinic-berlin", "pat-77", "pat-78"
INVOICE = "inv_0511d0ce1d04f88f351b2764aa29248e"
PAYMENT_ID, REFUND_ID = "pay_019aa0b1c5e07f2a4d9c8b1e6f305a72", "ref_019aa0d9f2207c6aa15b3e8d4f7c6021"
CARD_ID = "crd_019aa0b1a3387f1a9c5b2d40c7e8f613"
BANK_STATEMENT_ID, TRANSACTION_ID = "bst_6f1c0a9be7d24c53a8f1d2407b6e9c35", "btx_0c6d8e1f5a2b4c7d9e3041b86fd2a975"
FRONT_DESK = {"actor_id": "usr-12", "name": "Mara Lindt", "role": "front_desk"}
MANAGER = {"actor_id": "usr-3", "name": "Jonas Abel", "role": "billing_manager"}
SECOND_MANAGER = {"actor_id": "usr-4", "name": "Kit Moreau", "role": "billing_manager"}
RULES = {"actor_id": "bank-matching", "name": None, "role": "system"}
EUR_50 = eur(5000)
REVISION: Json = {
    "version": 2,
    "type": "payments.payment-refunded",
    "at": "2026-11-20T10:10:00Z",
    "actor_id": "usr-3",
    "actor_name": "Jonas Abel",
    "actor_role": "billing_manager",
    "reason": "crown was not fitted",
    "cause": None,
    "changes": [{"field": "/status", "before": "settled", "after": "partly_refunded"}],
    "previous": "5f1d0c7be2a94c38a6f0d1b7e3925c84d0ef6a1b2c3d4e5f60718293a4b5c6d7",
    "hash": "c2a94e17d05b83f6e1a7c4920d8b6f3e5a1c7d9e0f2b4a6c8d0e1f3a5b7c9d1e",
}
