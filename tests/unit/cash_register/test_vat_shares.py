"""Which VAT is in what was paid: each cent is under one key, and a whole invoice has its own VAT back."""

import pytest
from cash_register.domain.exports.vat import (
    EXEMPT,
    UNKNOWN,
    ZERO_RATED,
    TaxCategory,
    Taxed,
    VatShare,
    shares_of,
    split,
    vat_key,
)
from hypothesis import given
from hypothesis import strategies as st

AMOUNTS = st.integers(-(10**12), 10**12)


def taxed() -> st.SearchStrategy[Taxed]:
    return st.builds(
        lambda category, rate, net: Taxed(category, rate, net, net * int(float(rate) * 10) // 1000),
        st.sampled_from(["S", "Z", "E"]),
        st.sampled_from(["0", "7", "19", "8.1", "20"]),
        st.integers(0, 10**9),
    )


@given(AMOUNTS, st.lists(taxed(), max_size=5))
def test_the_shares_of_a_payment_sum_to_it(amount_minor: int, invoice: list[Taxed]) -> None:
    shares = shares_of(amount_minor, invoice)
    assert sum(share.gross_minor for share in shares) == amount_minor
    assert len({share.key for share in shares}) == len(shares)


@given(st.lists(taxed(), min_size=1, max_size=5))
def test_an_invoice_that_is_paid_whole_has_its_own_vat_back(invoice: list[Taxed]) -> None:
    whole_minor = sum(part.gross_minor for part in invoice)
    shares = shares_of(whole_minor, invoice)
    assert sum(share.tax_minor for share in shares) == sum(part.tax_minor for part in invoice)
    assert [-share.gross_minor for share in shares_of(-whole_minor, invoice)] == [s.gross_minor for s in shares]


@given(AMOUNTS, st.lists(st.integers(0, 10**9), min_size=1, max_size=6).filter(any))
def test_what_is_split_sums_to_the_amount_and_misses_no_share_by_more_than_a_unit(
    amount_minor: int, weights: list[int]
) -> None:
    parts = split(amount_minor, weights)
    assert sum(parts) == amount_minor
    whole = sum(weights)
    assert all(abs(part * whole - amount_minor * weight) <= whole for part, weight in zip(parts, weights, strict=True))


def test_a_part_of_an_invoice_of_two_rates_is_of_both() -> None:
    invoice = [Taxed("S", "19", 10_000, 1_900), Taxed("E", "0", 11_900, 0)]
    general = vat_key("S", "19")
    assert shares_of(11_900, invoice) == (VatShare(general, 5_950, 5_000), VatShare(EXEMPT, 5_950, 5_950))


def test_an_invoice_without_amounts_says_nothing_of_vat() -> None:
    assert shares_of(500, []) == (VatShare(UNKNOWN, 500, 500),)


@pytest.mark.parametrize(
    ("category", "rate", "number"),
    [("S", "19", 1), ("S", "19.00", 1), ("S", "7.0", 2), ("S", "16", 21), ("S", "5", 22), ("E", "0", 6), ("Z", "0", 8)],
)
def test_a_rate_has_the_key_that_the_tax_offices_gave_it(category: TaxCategory, rate: str, number: int) -> None:
    assert vat_key(category, rate).number == number


def test_a_rate_that_germany_never_had_has_a_key_of_our_own_that_says_it() -> None:
    key = vat_key("S", "8.1")
    assert (key.number, key.rate_hundredths, key.description) == (1810, 810, "8,10 %")
    assert vat_key("S", "0") == ZERO_RATED
