"""Cash that is taken, a card that is declined, a refund of two people, and a payment that its bank takes back."""

from datetime import date, timedelta

from contracts import payments
from contracts.samples.story import (
    CARD,
    CASH,
    CLINIC,
    FRONT_DESK,
    INVOICE,
    MANAGER,
    PATIENT,
    Sample,
    at,
    by_itself,
    eur,
)
from contracts.values import ActorRef
from kernel.ids import derived_id


def samples() -> list[Sample]:
    cash = payments.PaymentReceived(
        payment_id=CASH,
        clinic_id=CLINIC,
        patient_id=PATIENT,
        invoice_id=INVOICE,
        version=1,
        method="cash",
        status="settled",
        currency="EUR",
        amount=eur(5014),
        refunded=eur(0),
        settled=eur(5014),
        receipt_number="R-2026-000107",
        register_id="reg-front",
        tendered=eur(6000),
        change=eur(986),
        received_at=at("10:20"),
        settled_at=at("10:20"),
        changed_at=at("10:20"),
        changed_by=FRONT_DESK,
    )
    card = payments.PaymentFailed(
        payment_id="pay_019aa0b2a3b07d51b8e24c6f0a917d3e",
        clinic_id=CLINIC,
        patient_id=PATIENT,
        invoice_id=INVOICE,
        version=2,
        method="card",
        status="failed",
        currency="EUR",
        amount=eur(10000),
        refunded=eur(0),
        settled=eur(0),
        card_payment_intent_id="pi_3Q8sKd2eZvKYlo2C1gHq7nXa",
        failure=payments.Failure(code="insufficient_funds", message="The card has insufficient funds."),
        received_at=at("10:22"),
        changed_at=at("10:22:03"),
        changed_by=by_itself("payments"),
    )
    back = payments.Refund(
        refund_id="ref_019aa0d9f2207c6aa15b3e8d4f7c6021",
        amount=eur(1800),
        reason="credit note CN-2026-000003",
        status="settled",
        refunded_at=at("11:10"),
        refunded_by=MANAGER,
        decided_at=at("11:10"),
        decided_by=ActorRef(actor_id="usr-second-manager", name="Kit Example", role="billing_manager"),
        decision_reason="crown was not fitted",
        receipt_number="R-2026-000109",
    )
    refunded = payments.PaymentRefunded(
        payment_id=CARD,
        clinic_id=CLINIC,
        patient_id=PATIENT,
        invoice_id=INVOICE,
        version=3,
        method="card",
        status="partly_refunded",
        currency="EUR",
        amount=eur(10000),
        refunded=eur(1800),
        settled=eur(8200),
        receipt_number="R-2026-000108",
        card_payment_intent_id="pi_3Q8sLf2eZvKYlo2C0mPw4rTb",
        refunds=(back,),
        received_at=at("10:24"),
        settled_at=at("10:24:01"),
        changed_at=at("11:10:02"),
        changed_by=MANAGER,
    )
    disputed = payments.PaymentDisputed(
        payment_id="pay_019a8d14e7107b93c26f0d5a8e41b7f9",
        clinic_id=CLINIC,
        patient_id="pat-78",
        invoice_id=derived_id("inv", CLINIC, "ses-2026-000098"),
        version=3,
        method="card",
        status="disputed",
        currency="EUR",
        amount=eur(8000),
        refunded=eur(0),
        settled=eur(0),
        receipt_number="R-2026-000091",
        card_payment_intent_id="pi_3Q71Rk2eZvKYlo2C1cVz9sUd",
        received_at=at("08:30") - timedelta(days=4),
        settled_at=at("08:31") - timedelta(days=4),
        changed_at=at("11:40"),
        changed_by=by_itself("payments"),
    )
    events: list[payments.Payment | payments.CardCharge] = [cash, card, refunded, disputed, *_charges()]
    return [Sample(event, event.changed_at, "/chairside/payments") for event in events]


def _charges() -> list[payments.CardCharge]:
    """The second of three instalments: told ahead, then given up after a first attempt and two more."""
    announced = payments.CardChargeAnnounced(
        charge_id=derived_id("chg", INVOICE, "2", "2026-12-20"),
        clinic_id=CLINIC,
        patient_id=PATIENT,
        invoice_id=INVOICE,
        instalment=2,
        due_on=date(2026, 12, 20),
        card_id="crd_019aa0c0b7a2713f9e5d84c6107fb29a",
        version=1,
        status="announced",
        currency="EUR",
        amount=eur(5000),
        charge_on=date(2026, 12, 21),
        changed_at=at("09:00") + timedelta(days=27),
        changed_by=by_itself("payments"),
    )
    failed = payments.CardChargeFailed.model_validate(
        {
            **announced.model_dump(),
            "version": 7,
            "status": "given_up",
            "charge_on": date(2026, 12, 28),
            "attempts": 3,
            "payment_id": "pay_8d1f0c27ab5e4936b0f7d2e41c9a6053",
            "failure": payments.Failure(code="insufficient-funds", message="There is not enough money on the account."),
            "changed_at": at("09:00:04") + timedelta(days=38),
        }
    )
    return [announced, failed]
