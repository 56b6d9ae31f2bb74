"""Which transfer the bank takes back."""

from collections.abc import Sequence

from payments.domain.bank.accounts import account_key
from payments.domain.bank.transaction import Transaction


def taken_back(reversal: Transaction, earlier: Sequence[Transaction]) -> Transaction | None:
    """The one transfer of this account that a reversal takes back; None when that is not certain.

    It says so by its references, or there is only one of its payer that it can be. The amount is the same, or the same
    with the bank's charges on it.
    """
    charges = reversal.charges.amount_minor if reversal.charges else 0
    amounts = {reversal.amount.amount_minor, reversal.amount.amount_minor - charges}
    account = account_key(reversal.account)
    fitting = [
        t
        for t in earlier
        if t.credit
        and not t.reversal
        and account_key(t.account) == account
        and t.booked_on <= reversal.booked_on
        and t.amount.currency == reversal.amount.currency
        and t.amount.amount_minor in amounts
    ]
    named = [t for t in fitting if _same_names(t, reversal)]
    payer = reversal.counterparty_iban
    known = [t for t in fitting if payer is not None and t.counterparty_iban == payer]
    sure = named or known
    return sure[0] if len(sure) == 1 else None


def _same_names(original: Transaction, reversal: Transaction) -> bool:
    same_id = original.end_to_end_id is not None and original.end_to_end_id == reversal.end_to_end_id
    return same_id or bool(set(original.references) & set(reversal.references))
