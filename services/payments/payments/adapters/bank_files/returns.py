"""Which codes of banks say that money comes back, and is no payment."""

RETURNED_ITEM = "RTI"
"""SWIFT's transaction type of field 61, behind N, F or S."""
GERMAN_RETURNS = frozenset({"009", "059", "108", "109", "110", "111", "159", "160", "181", "182", "183", "184"})
"""Business transaction codes (GVC) of the German banks: returned direct debits, cards, cheques and transfers, and what
was debited and is credited again (DK, annex 3 of the agreement on remote data transmission).
"""


def is_returned(transaction_type: str = "", gvc: str = "") -> bool:
    """By SWIFT's transaction type (`NRTI`) and the German code, as far as a bank has them."""
    return transaction_type[1:] == RETURNED_ITEM or gvc in GERMAN_RETURNS
