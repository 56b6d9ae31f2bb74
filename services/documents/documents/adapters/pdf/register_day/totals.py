"""The totals of a Z report, as tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.cash_register import DayClosed, TakenUnderVat, Total, Totals
from documents.adapters.pdf.grids import Column, Grid, Kind
from documents.adapters.pdf.parties import Reader
from kernel.money import Money

NOT_TAXABLE, EXEMPT, NOT_KNOWN = 5, 6, 7
"""VAT keys that have a name rather than a rate."""
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its table, or with a sentence instead of one."""

    title: str
    grid: Grid | None = None
    says: str = ""


def drawer_rows(day: DayClosed, reader: Reader) -> tuple[Row, ...]:
    """The float, then what moved: by category, or on days from before there were Z reports into and out of it."""
    words, bare = reader.words, reader.formats.bare
    opening = (words["opening"], "", "", "", bare(day.opening))
    if day.z_report is None:
        return (
            opening,
            (words["cash_in"], "", bare(day.cash_in), "", bare(day.cash_in)),
            (words["cash_out"], "", "", bare(day.cash_out), bare(-day.cash_out)),
        )
    lines = ((words[f"category_{line.category}"], line) for line in day.z_report.totals.by_category)
    return (opening, *(_moved(label, line, reader) for label, line in lines))


def sections(day: DayClosed, reader: Reader) -> tuple[Section, ...]:
    return tuple(_sections(day, reader))


def _sections(day: DayClosed, reader: Reader) -> Iterator[Section]:
    words = reader.words
    if day.z_report is not None:
        totals = day.z_report.totals
        yield from _takings(totals, reader)
        for title, rates in (("purchases_by_vat", totals.by_vat_rate), ("tips_by_vat", totals.tips_by_vat_rate)):
            if rates:
                rows = tuple(_moved(f"{reader.formats.number(r.vat_rate)} %", r, reader) for r in rates)
                yield Section(words[title], _table(reader, ("tax_rate", *_MOVED), rows))
        if totals.by_person:
            people = ((line.person.name or words["by_itself"], line) for line in totals.by_person)
            rows = tuple(_moved(name, line, reader) for name, line in people)
            yield Section(words["persons"], _table(reader, ("person", *_MOVED), rows))
        yield Section(words["closing_sums"], _closing(totals, day.z_report.grand_total, reader))
    if day.denominations:
        yield Section(words["coins"], _coins(day, reader))


def _takings(totals: Totals, reader: Reader) -> Iterator[Section]:
    words, bare = reader.words, reader.formats.bare
    if not totals.by_method:
        return
    ways = tuple(
        (
            words[f"method_{way.method}"],
            str(way.count),
            bare(way.taken),
            bare(way.given_back),
            bare(way.taken - way.given_back),
        )
        for way in totals.by_method
    )
    yield Section(words["takings"], _table(reader, ("way_paid", "count", "taken", "given_back", "remaining"), ways))
    if totals.taken_under_vat is None:
        yield Section(words["takings_by_vat"], says=words["vat_pending"])
        return
    rates = tuple(
        (_rate(line, reader), bare(line.gross), bare(line.net), bare(line.tax)) for line in totals.taken_under_vat
    )
    yield Section(words["takings_by_vat"], _table(reader, ("tax_rate", "gross", "net_amount", "tax_amount"), rates))


def _rate(line: TakenUnderVat, reader: Reader) -> str:
    named = {NOT_TAXABLE: "vat_none", EXEMPT: "vat_exempt", NOT_KNOWN: "vat_not_known"}.get(line.vat_key)
    return f"{reader.formats.number(line.vat_rate)} %" if named is None else reader.words[named]


def _closing(totals: Totals, grand_total: Money, reader: Reader) -> Grid:
    words, bare = reader.words, reader.formats.bare
    refunds = next((line for line in totals.by_category if line.category == "refund"), None)
    back = totals.counter_entries
    rows = [(words["voids"], str(back.count), bare(back.cash_in - back.cash_out))]
    rows += [(words["category_refund"], str(refunds.count), bare(-refunds.cash_out))] if refunds else []
    rows += [(words["turnover_cash"], "", bare(totals.turnover))]
    if totals.rounding is not None and totals.rounding.amount_minor:
        rows += [(words["rounding_in_it"], "", bare(totals.rounding))]
    rows += [(words["grand_total"], "", bare(grand_total))]
    return _table(reader, ("", "count", "sum"), tuple(rows))


def _coins(day: DayClosed, reader: Reader) -> Grid:
    """From the largest down, as they are counted."""
    bare = reader.formats.bare
    rows = tuple(
        (
            bare(Money(coin.value_minor, day.currency)),
            str(coin.count),
            bare(Money(coin.value_minor * coin.count, day.currency)),
        )
        for coin in sorted(day.denominations, key=lambda coin: -coin.value_minor)
        if coin.count
    )
    return _table(reader, ("coin", "pieces", "sum"), rows)


_MOVED = ("count", "into", "out_of", "balance_of")


def _moved(label: str, line: Total, reader: Reader) -> Row:
    bare = reader.formats.bare
    return label, str(line.count), bare(line.cash_in), bare(line.cash_out), bare(line.cash_in - line.cash_out)


def _table(reader: Reader, columns: tuple[str, ...], rows: tuple[Row, ...]) -> Grid:
    """What is counted stands in columns of amounts, beside each other."""

    def kind(at: int) -> Kind:
        return "amount" if at else "text"

    return Grid(
        tuple(Column(reader.words[name] if name else "", kind(at)) for at, name in enumerate(columns)), rows, plain=True
    )
