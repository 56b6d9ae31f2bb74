"""What the service keeps in its own database."""

from collections.abc import Sequence

from pymongo import IndexModel

from chassis.database.mongo import Mongo
from chassis.journal import seals
from chassis.journal.revisions import Revisions
from chassis.journal.seals import Seals
from chassis.journal.verifier import Verifier
from payments.journal import JOURNAL
from payments.store import (
    bank,
    cards_on_file,
    payment_policy,
    payments,
    payouts,
    read_positions,
    receipts,
    register_movements,
    replicas,
    stripe_balance,
    watches,
    webhooks,
)

INDEXES: dict[str, Sequence[IndexModel]] = {
    **payments.INDEXES,
    **replicas.INDEXES,
    **receipts.INDEXES,
    **webhooks.INDEXES,
    **watches.INDEXES,
    **bank.INDEXES,
    **payouts.INDEXES,
    **read_positions.INDEXES,
    **stripe_balance.INDEXES,
    **payment_policy.INDEXES,
    **cards_on_file.INDEXES,
    **register_movements.INDEXES,
    **seals.INDEXES,
}


class Store:
    """All collections of the service, by subject."""

    def __init__(self, mongo: Mongo) -> None:
        self.payments = payments.PaymentStore(mongo)
        self.replicas = replicas.ReplicaStore(mongo)
        self.receipts = receipts.ReceiptNumbers(mongo)
        self.webhooks = webhooks.WebhookStore(mongo)
        self.watches = watches.WatchStore(mongo)
        self.bank = bank.BankStore(mongo)
        self.payouts = payouts.PayoutStore(mongo)
        self.stripe_balance = stripe_balance.BalanceStore(mongo)
        self.read_positions = read_positions.ReadPositionStore(mongo)
        self.payment_policy = payment_policy.SettingsStore(mongo)
        self.cards = cards_on_file.CardStore(mongo)
        self.register_movements = register_movements.RegisterMovementStore(mongo)
        self.revisions = Revisions(mongo)
        self.seals = Seals(mongo)
        self.verifier = Verifier(mongo, JOURNAL)
