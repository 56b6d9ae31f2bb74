"""Whose a thing is never changes, whoever says so."""

from collections.abc import Mapping

from kernel.errors import BusinessError

Account = tuple[str, str]
"""(clinic_id, patient_id)"""


class Owners:
    """Of the things that a batch is about: what was said first, before or within the batch, stays."""

    def __init__(self, known: Mapping[str, Account]) -> None:
        self._accounts = dict(known)

    def demand_same(self, subject: str, account: Account) -> None:
        """Raises BusinessError for what is known as another account's."""
        if self._accounts.setdefault(subject, account) != account:
            raise BusinessError("owner-changed", f"{subject} is known as another account's, and stays there")
