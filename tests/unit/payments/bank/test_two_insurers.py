"""A transfer for an invoice that two insurers pay a part of: rules say whose it is, or ask."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from payments.domain.bank.matching.evidence import Evidence, OpenItem, PayerAccount
from payments.domain.bank.matching.rules import decide, shared
from payments.domain.bank.transaction import Decision

from kernel.money import Money

AT = datetime(2026, 1, 2, tzinfo=UTC)
NOBODY, INSURER = PayerAccount(), PayerAccount(called_insurer=True)
DKV = PayerAccount(called_insurer=True, payer_ids=frozenset({"dkv"}))


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def owed(insurers: Mapping[str, int], patient: int = 5_000, number: int = 1) -> OpenItem:
    each = {payer_id: eur(minor) for payer_id, minor in insurers.items()}
    whole = eur(sum(insurers.values()))
    return OpenItem(f"inv-{number}", "pat-1", f"B-{number}", "finalized", AT, eur(patient), whole, each)


BOTH = owed({"aok": 3_000, "dkv": 2_000})


def shares(decision: Decision | None) -> list[tuple[str | None, int, str, str | None]]:
    assert decision is not None
    return [(s.invoice_id, s.amount.amount_minor, s.part, s.payer_id) for s in decision.shares]


@pytest.mark.parametrize(
    ("account", "paid", "expected"),
    [
        (NOBODY, 3_000, [("inv-1", 3_000, "insurer", "aok")]),
        (NOBODY, 2_000, [("inv-1", 2_000, "insurer", "dkv")]),
        (INSURER, 2_000, [("inv-1", 2_000, "insurer", "dkv")]),
        (DKV, 1_500, [("inv-1", 1_500, "insurer", "dkv")]),
        (DKV, 3_000, [("inv-1", 2_000, "insurer", "dkv"), (None, 1_000, "insurer", "dkv")]),
        (NOBODY, 1_000, [("inv-1", 1_000, "patient", None)]),
    ],
)
def test_the_amount_or_the_account_says_which_insurer_paid(
    account: PayerAccount, paid: int, expected: list[tuple[str | None, int, str, str | None]]
) -> None:
    assert shares(decide(Evidence(eur(paid), by_reference=[BOTH], account=account)).decision) == expected
    assert shares(decide(Evidence(eur(paid), by_number=[BOTH], account=account)).decision) == expected


@pytest.mark.parametrize(
    ("account", "paid", "proposed"),
    [
        (INSURER, 1_000, ["aok", "dkv"]),
        (NOBODY, 7_000, [None, "aok", "dkv"]),
        (INSURER, 5_000, ["aok", "dkv"]),
    ],
)
def test_what_may_be_either_insurers_waits_for_a_person(
    account: PayerAccount, paid: int, proposed: list[str | None]
) -> None:
    verdict = decide(Evidence(eur(paid), by_reference=[BOTH], account=account))
    assert verdict.decision is None
    assert [choice.shares[0].payer_id for choice in verdict.proposals] == proposed


def test_where_both_owe_the_same_nobody_is_guessed() -> None:
    same = owed({"aok": 2_000, "dkv": 2_000})
    assert decide(Evidence(eur(2_000), by_reference=[same])).decision is None
    guesses = decide(Evidence(eur(2_000), by_amount=[same])).proposals
    assert [choice.shares[0].payer_id for choice in guesses] == ["aok", "dkv"]


def test_what_one_transfer_takes_is_not_open_for_the_next() -> None:
    [share] = shared(eur(2_000), [BOTH], "insurer", "dkv")
    after = BOTH.less(share)
    assert after == replace(BOTH, insurer=eur(3_000), insurers={"aok": eur(3_000), "dkv": eur(0)})
    assert [after.owed("insurer", payer_id) for payer_id in ("aok", "dkv", None)] == [3_000, 0, 3_000]


def test_an_account_is_known_by_which_insurer_it_paid_as() -> None:
    account = NOBODY.taught(shared(eur(2_000), [BOTH], "insurer", "dkv"))
    assert account.payer_ids == {"dkv"}
