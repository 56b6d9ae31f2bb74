"""What Stripe is asked to make of a payment; of ours it hears ids only."""

from stripe import RequestOptions
from stripe.params import PaymentIntentCreateParams
from stripe.params.checkout import SessionCreateParams

from payments.domain.intake.payment import Checkout, OnFile, Payment


def key_of(payment: Payment) -> RequestOptions:
    """The payment's id is the idempotency key, so a second call finds what the first one made."""
    return {"idempotency_key": payment.payment_id}


def intent_params(payment: Payment, amount: int) -> PaymentIntentCreateParams:
    """`amount` in Stripe's minor units, as in all of these."""
    return {
        "amount": amount,
        "currency": payment.currency.lower(),
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": _metadata(payment),
    }


def off_session_params(payment: Payment, card: OnFile, amount: int) -> PaymentIntentCreateParams:
    """Of a card on file."""
    return {
        "amount": amount,
        "currency": payment.currency.lower(),
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "customer": card.customer_id,
        "payment_method": card.payment_method_id,
        "off_session": True,
        "confirm": True,
        "metadata": _metadata(payment),
    }


def page_params(payment: Payment, checkout: Checkout, amount: int) -> SessionCreateParams:
    """Of a Checkout page."""
    asked: SessionCreateParams = {
        "mode": "payment",
        "allowed_payment_method_types": ["card"],
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": payment.currency.lower(),
                    "unit_amount": amount,
                    "product_data": {"name": checkout.title},
                },
            }
        ],
        "success_url": checkout.success_url,
        "client_reference_id": payment.payment_id,
        "metadata": _metadata(payment),
        "payment_intent_data": {"metadata": _metadata(payment)},
    }
    if checkout.cancel_url is not None:
        asked["cancel_url"] = checkout.cancel_url
    return asked


def _metadata(payment: Payment) -> dict[str, str]:
    """What is found again at Stripe."""
    ids = {"payment_id": payment.payment_id, "clinic_id": payment.clinic_id}
    return ids if payment.invoice_id is None else {**ids, "invoice_id": payment.invoice_id}
