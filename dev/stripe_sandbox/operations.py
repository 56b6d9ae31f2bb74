"""Every operation of Stripe's API that the sandbox has."""

from dataclasses import dataclass

from dev.stripe_sandbox import (
    attachments,
    balance,
    checkout,
    customers,
    disputes,
    lists,
    payment_intents,
    payment_methods,
    refunds,
    search,
    setup_intents,
    webhook_endpoints,
)
from dev.stripe_sandbox.call import Call, Handler
from dev.stripe_sandbox.errors import JsonObject


def _retrieve(kind: str) -> Handler:
    def handle(call: Call) -> JsonObject:
        call.params.only()
        return call.named(kind)

    return handle


@dataclass(frozen=True, slots=True)
class Operation:
    """A route of Stripe's API; `browser`: also asked by a page with the publishable key."""

    method: str
    path: str
    handler: Handler
    browser: bool = False


OPERATIONS = (
    Operation("POST", "/payment_intents", payment_intents.create),
    Operation("GET", "/payment_intents", lists.of("payment_intent", "customer")),
    Operation("GET", "/payment_intents/search", search.payment_intents),
    Operation("GET", "/payment_intents/{id}", payment_intents.retrieve, browser=True),
    Operation("POST", "/payment_intents/{id}", payment_intents.update),
    Operation("POST", "/payment_intents/{id}/confirm", payment_intents.confirm, browser=True),
    Operation("POST", "/payment_intents/{id}/cancel", payment_intents.cancel),
    Operation("POST", "/checkout/sessions", checkout.create),
    Operation("GET", "/checkout/sessions", lists.of(checkout.KIND, "customer", "payment_intent", "status")),
    Operation("GET", "/checkout/sessions/{id}", checkout.retrieve),
    Operation("GET", "/checkout/sessions/{id}/line_items", checkout.line_items),
    Operation("POST", "/checkout/sessions/{id}/expire", checkout.expire),
    Operation("POST", "/payment_methods", payment_methods.create, browser=True),
    Operation("GET", "/payment_methods", attachments.listed),
    Operation("GET", "/payment_methods/{id}", _retrieve("payment_method")),
    Operation("POST", "/payment_methods/{id}", attachments.update),
    Operation("POST", "/payment_methods/{id}/attach", attachments.attach),
    Operation("POST", "/payment_methods/{id}/detach", attachments.detach),
    Operation("POST", "/setup_intents", setup_intents.create),
    Operation("GET", "/setup_intents", lists.of("setup_intent", "customer", "payment_method")),
    Operation("GET", "/setup_intents/{id}", setup_intents.retrieve, browser=True),
    Operation("POST", "/setup_intents/{id}", setup_intents.update),
    Operation("POST", "/setup_intents/{id}/confirm", setup_intents.confirm, browser=True),
    Operation("POST", "/setup_intents/{id}/cancel", setup_intents.cancel),
    Operation("GET", "/charges", lists.of("charge", "customer", "payment_intent")),
    Operation("GET", "/charges/{id}", _retrieve("charge")),
    Operation("GET", "/balance", balance.retrieve),
    Operation("GET", "/balance_transactions", lists.of("balance_transaction", "currency", "payout", "source", "type")),
    Operation("GET", "/balance_transactions/{id}", _retrieve("balance_transaction")),
    Operation("GET", "/disputes", lists.of("dispute", "charge", "payment_intent")),
    Operation("GET", "/disputes/{id}", _retrieve("dispute")),
    Operation("POST", "/disputes/{id}", disputes.update),
    Operation("POST", "/disputes/{id}/close", disputes.close),
    Operation("GET", "/payouts", lists.of("payout", "arrival_date", "destination", "status")),
    Operation("GET", "/payouts/{id}", _retrieve("payout")),
    Operation("POST", "/refunds", refunds.create),
    Operation("GET", "/refunds", lists.of("refund", "charge", "payment_intent")),
    Operation("GET", "/refunds/{id}", _retrieve("refund")),
    Operation("POST", "/refunds/{id}", refunds.update),
    Operation("POST", "/refunds/{id}/cancel", refunds.cancel),
    Operation("POST", "/customers", customers.create),
    Operation("GET", "/customers", lists.of("customer", "email")),
    Operation("GET", "/customers/{id}", customers.retrieve),
    Operation("POST", "/customers/{id}", customers.update),
    Operation("DELETE", "/customers/{id}", customers.delete),
    Operation("GET", "/customers/{id}/payment_methods", customers.methods_of),
    Operation("GET", "/customers/{id}/payment_methods/{method}", customers.method_of),
    Operation("GET", "/events", lists.of("event", "type", "types")),
    Operation("GET", "/events/{id}", _retrieve("event")),
    Operation("POST", "/webhook_endpoints", webhook_endpoints.create),
    Operation("GET", "/webhook_endpoints", lists.of("webhook_endpoint")),
    Operation("GET", "/webhook_endpoints/{id}", webhook_endpoints.retrieve),
    Operation("DELETE", "/webhook_endpoints/{id}", webhook_endpoints.delete),
)
