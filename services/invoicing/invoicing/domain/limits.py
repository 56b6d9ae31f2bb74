"""What a person may take off by hand alone. Whatever is taken off the draft by hand counts, whoever did it."""

from chassis.kernel.errors import Forbidden
from chassis.kernel.money import percent, times
from invoicing.domain.discounting import of_grant, parts_of
from invoicing.domain.discounts import RoleLimit
from invoicing.domain.invoice import Invoice
from invoicing.domain.line import Line
from invoicing.domain.parties import ActorRef


def is_within(invoice: Invoice, line_id: str | None, limit: RoleLimit) -> bool:
    """Whether discounts and prices by hand stay within the limit: those of the line, if it is one, and all together.

    The rate is of what the price lists say.
    """
    listed = [_listed_minor(line) for line in invoice.lines]
    cuts = [max(0, price - _minor(line)) for price, line in zip(listed, invoice.lines, strict=True)]
    whole = sum(cuts)
    for one in invoice.discounts:
        parts = parts_of(of_grant(one), invoice.lines)
        whole += sum(parts)
        if one.line_id is not None:
            cuts = [cut + part for cut, part in zip(cuts, parts, strict=True)]
    if limit.amount is not None and (limit.amount.currency != invoice.currency or whole > limit.amount.amount_minor):
        return False
    if limit.rate is None:
        return True
    at = [n for n, line in enumerate(invoice.lines) if line.line_id == line_id]
    return whole <= percent(sum(listed), limit.rate) and all(cuts[n] <= percent(listed[n], limit.rate) for n in at)


def is_cut(line: Line) -> bool:
    """Whether a person set a price below the list's."""
    return line.override is not None and _listed_minor(line) > _minor(line)


def demand_within(invoice: Invoice, line_id: str | None, limit: RoleLimit) -> None:
    """Raises Forbidden when it takes somebody with a higher limit."""
    if not is_within(invoice, line_id, limit):
        raise Forbidden("above-limit", "this is more than you may grant: it takes somebody with a higher limit")


def demand_other(maker: ActorRef, checker: ActorRef) -> None:
    """Raises Forbidden when maker and checker are the same person."""
    if maker.actor_id == checker.actor_id:
        raise Forbidden("maker-is-checker", "who asked for it cannot decide it")


def _listed_minor(line: Line) -> int:
    if line.override is not None and line.override.before is not None:
        return times(line.override.before.amount_minor, line.quantity)
    return _minor(line)


def _minor(line: Line) -> int:
    return line.amount.amount_minor if line.amount is not None else 0
