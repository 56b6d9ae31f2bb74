"""The balance: each movement of money with its fee, and what of it was not yet paid out."""

from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.errors import JsonObject

_UNPAID = ("id NOT IN (SELECT txn FROM paid_out)", "json_extract(body, '$.currency') = ?")
_ALL = 100_000


def book(
    call: Call,
    source: JsonObject,
    amount: int,
    kind: str,
    *,
    fee: int = 0,
    category: str | None = None,
    description: str | None = None,
    fee_description: str = "Stripe processing fees",
) -> JsonObject:
    """`amount` and `fee` in minor units; `category`: Stripe's reporting category where it differs from the type."""
    currency = source["currency"]
    fee_detail = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": fee_description,
        "type": "stripe_fee",
    }
    transaction: JsonObject = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": call.now,
        "balance_type": "payments",
        "created": call.now,
        "currency": currency,
        "description": description or source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [fee_detail] if fee else [],
        "net": amount - fee,
        "reporting_category": category or kind,
        "source": source["id"],
        "status": "available",
        "type": kind,
    }
    call.store.save(transaction)
    return transaction


def unpaid(call: Call, currency: str) -> list[JsonObject]:
    """What the next payout in that currency consists of, oldest first."""
    found = call.store.select("balance_transaction", _UNPAID, [currency], limit=_ALL, order="ASC")
    return [transaction for _, transaction in found]


def available(call: Call, currency: str) -> int:
    """In minor units: also what an earlier payout left, since a bank takes whole units only."""
    everything = call.store.select("balance_transaction", _UNPAID[1:], [currency], limit=_ALL, order="ASC")
    return sum(transaction["net"] for _, transaction in everything)


def retrieve(call: Call) -> JsonObject:
    call.params.only()
    sums: dict[str, int] = {}
    everything = call.store.select("balance_transaction", limit=_ALL, order="ASC")
    for _, transaction in everything:
        sums[transaction["currency"]] = sums.get(transaction["currency"], 0) + transaction["net"]
    available = [
        {"amount": amount, "currency": currency, "source_types": {"card": amount}}
        for currency, amount in sums.items()
        if amount
    ]
    pending = [{**entry, "amount": 0, "source_types": {"card": 0}} for entry in available]
    return {"object": "balance", "available": available, "livemode": False, "pending": pending}
