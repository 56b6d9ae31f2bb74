"""Bank statements, their transactions, and who pays from which account."""

from collections.abc import Sequence

from pymongo import IndexModel

from chassis.database.mongo import Mongo
from payments.store.bank import days, files, payers, queue, statements, transactions

INDEXES: dict[str, Sequence[IndexModel]] = {
    **statements.INDEXES,
    **transactions.INDEXES,
    **payers.INDEXES,
    **files.INDEXES,
    **days.INDEXES,
    **queue.INDEXES,
}


class BankStore:
    """All collections of the subject."""

    def __init__(self, mongo: Mongo) -> None:
        self.statements = statements.StatementStore(mongo)
        self.files = files.BankFiles(mongo)
        self.queue = queue.BankQueue(mongo)
        self.days = days.BankDays(mongo)
        self.payers = payers.PayerStore(mongo)
        self.transactions = transactions.TransactionStore(mongo, self.queue, self.days)
