"""What the receipts of a closing come to, as they go by."""

from collections.abc import Iterable
from dataclasses import dataclass

from cash_register.domain.exports.closings import BusinessCase, Receipt
from cash_register.domain.exports.vat import VatKey, VatShare
from cash_register.domain.registers.takings import PaidBy


@dataclass(frozen=True, slots=True)
class Sum:
    """Of one case under one key, in minor units."""

    case: BusinessCase
    key: VatKey
    gross_minor: int
    net_minor: int

    @property
    def tax_minor(self) -> int:
        return self.gross_minor - self.net_minor


class Sums:
    """Of all receipts that were added: `cases` in the order in which they came first."""

    def __init__(self) -> None:
        self._cases: dict[tuple[BusinessCase, int], tuple[VatKey, int, int]] = {}
        self.first_id: str | None = None
        self.last_id: str | None = None
        self.methods: dict[PaidBy, int] = {"cash": 0}
        self.receipts = 0

    def add(self, receipt: Receipt) -> None:
        self.first_id = self.first_id or receipt.receipt_id
        self.last_id = receipt.receipt_id
        self.receipts += 1
        self.methods[receipt.method] = self.methods.get(receipt.method, 0) + receipt.gross_minor
        for line in receipt.lines:
            for share in line.shares:
                under = (line.case, share.key.number)
                _, gross_minor, net_minor = self._cases.get(under, (share.key, 0, 0))
                self._cases[under] = (share.key, gross_minor + share.gross_minor, net_minor + share.net_minor)

    @property
    def cash_minor(self) -> int:
        return self.methods["cash"]

    @property
    def paid_minor(self) -> int:
        """In whichever way."""
        return sum(self.methods.values())

    @property
    def cases(self) -> list[Sum]:
        return [Sum(case, *amounts) for (case, _), amounts in self._cases.items()]

    @property
    def keys(self) -> list[VatKey]:
        """Those that occur, in their order."""
        return sorted({key for key, _, _ in self._cases.values()}, key=lambda key: key.number)


def by_key(shares: Iterable[VatShare]) -> list[VatShare]:
    """One share a key."""
    found: dict[int, VatShare] = {}
    for share in shares:
        number = share.key.number
        if before := found.get(number):
            gross_minor, net_minor = before.gross_minor + share.gross_minor, before.net_minor + share.net_minor
            found[number] = VatShare(share.key, gross_minor, net_minor)
        else:
            found[number] = share
    return list(found.values())
