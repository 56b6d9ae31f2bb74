"""Whose parts a credit note takes from: of each of its lines, those that bore it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from invoicing.domain.invoice.invoice import Invoice, PayerAmount
from invoicing.domain.invoice.line import Line
from invoicing.domain.invoice.payers import THE_PATIENT, Minors, Payer, credited_of, minor_of, parts_of
from invoicing.domain.invoice.totals import line_costs
from kernel.money import Money, round_half_up
from kernel.value import replace


def borne_by(
    invoice: Invoice, before: Iterable[Line], credited: Iterable[Line], amount: Money
) -> tuple[PayerAmount, ...]:
    """Whose parts a credit note of this amount takes from: of each of its lines, those that bore it.

    `before` are the lines of the notes before. What these were rounded by is made up for, but a line that somebody bore
    alone is taken from them alone, and no note takes more than is left of a part.
    """
    parts, had = parts_of(invoice), credited_of(invoice)
    gone = _by_line(before)
    taken = _costs_of(invoice, gone, _by_line(credited), amount.amount_minor)
    earlier = _costs_of(invoice, {}, gone, None)
    left = {payer: part - had.get(payer, 0) for payer, part in parts.items()}
    rest_minor, behind_minor, found = amount.amount_minor, sum(left.values()), []
    for payer, left_minor in left.items():
        behind_minor -= left_minor
        wanted_minor = _wanted(_shares(invoice, payer, parts), taken, earlier, had.get(payer, 0))
        minor = max(0, rest_minor - behind_minor, min(wanted_minor, left_minor, rest_minor))
        rest_minor -= minor
        if minor:
            found.append(PayerAmount(*payer, Money(minor, amount.currency)))
    return tuple(found)


def _wanted(shares: Mapping[str, Fraction], taken: Mapping[str, int], earlier: Mapping[str, int], had: int) -> int:
    """What of the `taken` costs of lines is somebody's by their shares, rounded once with what was taken earlier."""
    exact = sum((shares.get(id_, Fraction()) * minor for id_, minor in taken.items()), Fraction(-had))
    exact += sum((shares.get(id_, Fraction()) * minor for id_, minor in earlier.items()), Fraction())
    alone = sum(minor for id_, minor in taken.items() if shares.get(id_) == 1)
    most = sum(minor for id_, minor in taken.items() if shares.get(id_))
    return min(most, max(alone, round_half_up(exact.numerator, exact.denominator)))


def _costs_of(
    invoice: Invoice, gone: Mapping[str, int], credited: Mapping[str, int], amount_minor: int | None
) -> dict[str, int]:
    """What the credited net amounts of lines cost with VAT, by line, after those that are `gone`.

    They sum to the amount, where there is one: what rounding makes of it otherwise is the dearest line's.
    """
    costs: dict[str, int] = {}
    for line, cost in zip(invoice.lines, line_costs(invoice), strict=True):
        if (net := net_minor(line)) and (more := credited.get(line.line_id)):
            had = gone.get(line.line_id, 0)
            costs[line.line_id] = round_half_up(cost * (had + more), net) - round_half_up(cost * had, net)
    if costs and amount_minor is not None:
        dearest = max(costs, key=lambda line_id: costs[line_id])
        costs[dearest] += amount_minor - sum(costs.values())
    return costs


def _shares(invoice: Invoice, payer: Payer, parts: Minors) -> dict[str, Fraction]:
    """An insurer's share of each line; what they refused since is off each line as off the whole."""
    if payer == THE_PATIENT:
        return {}
    claims = claims_of(invoice, payer)
    scale = Fraction(parts[payer], sum(claims)) if any(claims) else Fraction()
    lines = zip(invoice.lines, claims, line_costs(invoice), strict=True)
    return {line.line_id: min(scale * Fraction(claim, cost), Fraction(1)) for line, claim, cost in lines if cost}


def _by_line(lines: Iterable[Line]) -> dict[str, int]:
    nets: dict[str, int] = defaultdict(int)
    for line in lines:
        nets[line.line_id] += net_minor(line)
    return nets


def tells_no_payers(invoice: Invoice) -> bool:
    """Whether it has parts, and a credit note that does not say from which of them it takes."""
    return invoice.insurance is not None and any(
        note.amount.amount_minor and not note.payers for note in invoice.credit_notes
    )


def told_apart(invoice: Invoice, lines_of: Mapping[str, Sequence[Line]]) -> Invoice:
    """The invoice with the payers of each of its credit notes, by their lines: for notes from before they said so."""
    known = replace(invoice, credit_notes=())
    before: list[Line] = []
    for note in invoice.credit_notes:
        own = lines_of.get(note.credit_note_id, ())
        payers = note.payers or borne_by(known, before, own, note.amount)
        known = replace(known, credit_notes=(*known.credit_notes, replace(note, payers=payers)))
        before += own
    return known


def claims_of(invoice: Invoice, payer: Payer) -> list[int]:
    """What each line costs an insurer. Whoever pays a part of the whole pays the same part of each line."""
    split = invoice.insurance
    if split is None or all(line.insurer_part is None for line in invoice.lines):
        return line_costs(invoice)
    of_second = [minor_of(line.secondary_part) for line in invoice.lines]
    of_first = [minor_of(line.insurer_part) - minor for line, minor in zip(invoice.lines, of_second, strict=True)]
    second = split.secondary
    of_payer = [of_first] if payer[1] == split.payer_id else []
    of_payer += [of_second] if second is not None and payer[1] == second.payer_id else []
    return [sum(minors) for minors in zip(*of_payer, strict=True)]


def net_minor(line: Line) -> int:
    """What it costs without VAT."""
    return minor_of(line.net)
