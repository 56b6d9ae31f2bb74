"""The fee schedule for dentists in Germany, GOZ of 5 December 2011: how a fee is made, and what has to be said of it.

Section 5(1): a fee is 1 to 3.5 times the single fee, which is the points of the service x 5.62421 cents; a fraction of
a cent is rounded half up, and only after the multiplication by the factor. Section 2: another fee than that is agreed
to in writing before the treatment. Section 10(3): without such an agreement, a factor above 2.3 has its reason in the
invoice.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from invoicing.domain.invoice.line import Line
from kernel.money import round_half_up, scaled

SYSTEMS: Final = frozenset(
    f"{scheme}://fhir.de/CodeSystem/{chamber}/goz" for scheme in ("http", "https") for chamber in ("bzäk", "bzaek")
)
"""The URIs that are written: with the umlaut by HL7 Germany and gematik, without it by others."""
CURRENCY: Final = "EUR"
POINT_VALUE: Final = (562_421, 100_000)
"""Cents, as numerator and denominator."""
USUAL_FACTOR, LEAST_FACTOR, MOST_FACTOR = "2.3", "1", "3.5"
MOST_POINTS = 100_000


def fee_minor(points: int, factor: str = "1") -> int:
    """The fee of one service in cents: 100 points 2.3 times are 1294. Raises ValueError for no decimal factor."""
    number, scale = scaled(factor)
    cents, parts = POINT_VALUE
    return round_half_up(points * cents * number, parts * scale)


def lacking(lines: Iterable[Line]) -> Iterator[tuple[str, str]]:
    """What no invoice may lack: a code, and the words for it, naming the line. What is given for nothing needs none."""
    for line in lines:
        if line.system not in SYSTEMS or line.factor is None or line.waiver or line.fee_agreed_on:
            continue
        what = f"{line.line_id} has factor {line.factor}"
        if not _is_allowed(line.factor):
            yield "fee-agreement-missing", f"{what}: say when it was agreed (section 2 GOZ)"
        elif not _is_at_most(line.factor, USUAL_FACTOR) and not (line.factor_reason or "").strip():
            yield "factor-reason-missing", f"{what}: say why (section 10(3) GOZ)"


def _is_allowed(factor: str) -> bool:
    return _is_at_most(LEAST_FACTOR, factor) and _is_at_most(factor, MOST_FACTOR)


def _is_at_most(factor: str, limit: str) -> bool:
    (number, scale), (most, parts) = scaled(factor), scaled(limit)
    return number * parts <= most * scale
