"""What Stripe sends, and what it is answered."""

from payments.api.examples.values import Json

EVENT: Json = {
    "id": "evt_3Q8sLf2eZvKYlo2C0fQxYt7a",
    "object": "event",
    "type": "payment_intent.succeeded",
    "data": {"object": {"id": "pi_3Q8sLf2eZvKYlo2C0mPw4rTb", "object": "payment_intent"}},
}
RECEIVED: Json = {"received": True}
