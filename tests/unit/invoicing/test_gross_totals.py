"""Price lists with VAT in their prices: an invoice costs their sum to the cent, and its VAT is that of EN 16931."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invoicing.domain.clinics.clinic import Clinic
from invoicing.domain.corrections.merge import merged
from invoicing.domain.drafts.drafting import reprice
from invoicing.domain.drafts.manual_prices import HandPrice, set_price, waive
from invoicing.domain.invoice.credit_note import CreditNote, LineCredit, credit, credit_note
from invoicing.domain.invoice.invoice import Invoice
from invoicing.domain.invoice.lifecycle import finalize, redraft
from invoicing.domain.invoice.proration import spread
from invoicing.domain.invoice.totals import asked_minor, line_costs
from invoicing.domain.pricing.terms import Terms

from kernel.errors import BusinessError, Conflict
from kernel.money import Money
from tests.parts.sessions import item, material, taxed
from tests.unit.invoicing.examples import NOW, clinic, drafted, price_list

Price = tuple[int, str]
"""In minor units with VAT, and its rate; 0 is exempt."""
PRICES = st.lists(st.tuples(st.integers(0, 10**7), st.sampled_from(["0", "5.5", "7", "19", "20"])), min_size=1)


def gross(*prices: Price, currency: str = "EUR", net: Sequence[Price] = ()) -> Invoice:
    """One of each; those of `net` from a list of net prices that is asked afterwards."""
    lists = [
        price_list(*[_item(f"{name}{n}", *price) for n, price in enumerate(own)], currency=currency, basis=basis)
        for name, basis, own in (("G", "gross", prices), ("N", "net", net))
    ]
    known = Terms(_clinic(currency), lists[0], currency, None, (replace(lists[1], applies_to=AppliesToAll),))
    used = [material(f"G{n}", n, quantity="1") for n in range(len(prices))]
    used += [material(f"N{n}", 9_000 + n, quantity="1") for n in range(len(net))]
    return drafted(known, procedures=[], materials=used)


AppliesToAll = price_list(applies_to={}).applies_to


def _item(code: str, minor: int, rate: str) -> dict[str, Any]:
    return taxed(code, minor, rate) if rate != "0" else item(code, minor, system=None, unit="g")


def _clinic(currency: str) -> Clinic:
    return clinic(currency=currency)


def figures(invoice: Invoice) -> tuple[int, int, int, int | None, int]:
    """Net, VAT, gross, rounding, due."""
    t = invoice.totals
    rounding = None if t.rounding is None else t.rounding.amount_minor
    return t.net.amount_minor, t.tax.amount_minor, t.gross.amount_minor, rounding, t.due.amount_minor


@pytest.mark.parametrize(
    ("prices", "currency", "expected"),
    [
        ([(8_200, "20"), (8_200, "20"), (6_900, "20"), (10_199, "20")], "EUR", (27_916, 5_583, 33_499, None, 33_499)),
        ([(3, "20")], "EUR", (3, 1, 4, -1, 3)),  # 2.5 without VAT
        ([(9, "20")], "EUR", (8, 2, 10, -1, 9)),  # 7.5 without VAT
        ([(1_190, "19"), (1_070, "7"), (1_000, "0")], "EUR", (3_000, 260, 3_260, None, 3_260)),
        ([(1_100, "10"), (108, "8")], "JPY", (1_100, 108, 1_208, None, 1_208)),
        ([(1_005, "10")], "JPY", (914, 91, 1_005, None, 1_005)),
        ([(12_345, "5"), (1, "5")], "KWD", (11_758, 588, 12_346, None, 12_346)),
    ],
)
def test_gross_prices_are_what_the_invoice_costs(
    prices: list[Price], currency: str, expected: tuple[int, int, int, int | None, int]
) -> None:
    assert figures(gross(*prices, currency=currency)) == expected


def test_a_line_keeps_its_price_with_vat_and_tells_its_net_beside_it() -> None:
    line = gross((11_900, "19")).lines[0]
    assert (line.basis, line.unit_price, line.amount, line.net) == (
        "gross",
        Money(11_900, "EUR"),
        Money(11_900, "EUR"),
        Money(10_000, "EUR"),
    )


def test_a_thousand_lines_do_not_add_up_their_roundings() -> None:
    """Each by itself, 0.10 with 19 % has a net of 0.08: a thousand of them would be 4.03 off."""
    invoice = gross(*[(10, "19")] * 1_000)
    assert figures(invoice) == (8_403, 1_597, 10_000, None, 10_000)
    assert {line.net for line in invoice.lines} == {Money(8, "EUR"), Money(9, "EUR")}


@given(PRICES)
@settings(max_examples=60)
def test_whatever_the_prices_due_is_their_sum_and_vat_is_rounded_once(prices: list[Price]) -> None:
    invoice = gross(*prices)
    totals = invoice.totals
    assert asked_minor(totals) == totals.due.amount_minor == sum(minor for minor, _ in prices)
    assert totals.gross == totals.net + totals.tax
    assert totals.net.amount_minor == sum(line.net.amount_minor for line in invoice.lines if line.net)
    assert abs(asked_minor(totals) - totals.gross.amount_minor) <= len(invoice.tax)
    for group in invoice.tax:
        assert abs(group.tax.amount_minor - group.base.amount_minor * Fraction(group.rate) / 100) <= Fraction(1, 2)
    for line in invoice.lines:
        assert line.net is not None
        assert line.amount is not None
        exact = line.amount.amount_minor / (1 + Fraction(line.tax_rate or "0") / 100)
        assert 0 <= line.net.amount_minor <= line.amount.amount_minor
        assert abs(line.net.amount_minor - exact) < 2
    assert sum(line_costs(invoice)) == asked_minor(totals)


@given(PRICES, PRICES)
@settings(max_examples=40)
def test_net_prices_beside_cost_what_they_would_cost_alone(prices: list[Price], net: list[Price]) -> None:
    both = gross(*prices, net=net)
    assert asked_minor(both.totals) == asked_minor(gross(*prices).totals) + gross(net=net).totals.gross.amount_minor


@given(PRICES, st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5_000)), max_size=8))
@settings(max_examples=60)
def test_credited_in_any_parts_it_is_credited_whole_with_its_rounding(
    prices: list[Price], parts: list[tuple[int, int]]
) -> None:
    invoice, notes = finalize(gross(*prices), clinic(), "B-1", NOW).state, list[CreditNote]()
    asks = [LineCredit(invoice.lines[n % len(invoice.lines)].line_id, None, minor) for n, minor in parts]
    for ask in [*([line_credit] for line_credit in asks), None]:
        try:
            note = credit_note(invoice, notes, ask, "CN", date(2026, 11, 20), NOW)
        except Conflict:
            break
        except BusinessError:
            continue
        invoice, notes = credit(invoice, note, NOW).state, [*notes, note]
        assert invoice.totals.due.amount_minor >= 0
    assert sum(note.amount.amount_minor for note in notes) == sum(minor for minor, _ in prices)
    assert sum(note.net.amount_minor for note in notes) == invoice.totals.net.amount_minor
    assert sum(g.tax.amount_minor for note in notes for g in note.tax) == invoice.totals.tax.amount_minor


def test_a_price_by_hand_is_on_the_basis_of_the_line_and_outlives_a_correction() -> None:
    invoice = gross((11_900, "19"), (2_380, "19"))
    known = Terms(clinic(), None, "EUR")
    first = invoice.lines[0].line_id
    cheaper = set_price(invoice, first, HandPrice(Money(5_950, "EUR")), known, NOW).state
    assert (cheaper.lines[0].net, figures(cheaper)) == (Money(5_000, "EUR"), (7_000, 1_330, 8_330, None, 8_330))
    again = redraft(cheaper, merged(cheaper, invoice, known), NOW)
    assert figures(again) == figures(cheaper)
    with pytest.raises(BusinessError) as refused:
        set_price(cheaper, first, HandPrice(Money(5_000, "EUR"), basis="net"), known, NOW)
    assert refused.value.code == "basis-differs"
    assert figures(waive(invoice, first, known, NOW).state)[-1] == 2_380
    assert figures(reprice(invoice, known)) == figures(invoice)


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=30).flatmap(
        lambda weights: st.tuples(st.integers(0, sum(weights)), st.just(weights))
    ),
    st.randoms(),
)
def test_parts_sum_to_the_whole_and_do_not_depend_on_their_order(asked: tuple[int, list[int]], random: Any) -> None:
    whole, weights = asked
    named = {f"n{n}": weight for n, weight in enumerate(weights)}
    parts = dict(zip(named, spread(whole, list(named.values()), list(named)), strict=True))
    assert sum(parts.values()) == (whole if sum(weights) else 0)
    for name, weight in named.items():
        assert 0 <= parts[name] <= weight
        assert not sum(weights) or abs(parts[name] - Fraction(whole * weight, sum(weights))) < 1
    names = list(named)
    random.shuffle(names)
    assert dict(zip(names, spread(whole, [named[n] for n in names], names), strict=True)) == parts
