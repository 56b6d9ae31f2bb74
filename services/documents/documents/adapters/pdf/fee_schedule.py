"""What the German fee schedule for dentists asks of an invoice: section 10 GOZ and its Annex 2.

Section 10(2): day, number and name of each service, an intelligible name of the tooth, amount and factor (no. 2); kind
and price of lab work (no. 5); kind, quantity and price of materials that are billed apart (no. 6). Section 10(3): above
2.3 times the single fee the reason. Annex 2: the columns date, region, number, service, reason, factor, count, EUR, and
a GOÄ number begins with Ä.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts.clinical import LabInvoice
from contracts.invoicing import InvoiceLine
from documents.adapters.pdf.parties import Fact, Reader
from kernel.money import Money, total

GOZ = frozenset(
    f"{scheme}://fhir.de/CodeSystem/{chamber}/goz" for scheme in ("http", "https") for chamber in ("bzäk", "bzaek")
)
GOÄ = frozenset(
    f"{scheme}://fhir.de/CodeSystem/{names}" for scheme in ("http", "https") for names in ("bäk/goä", "baek/goae")
)


def is_by_schedule(lines: Sequence[InvoiceLine]) -> bool:
    """Whether a line is a service of the GOZ: then the whole is laid out as its Annex 2 has it."""
    return any(line.system in GOZ for line in lines)


def number_of(line: InvoiceLine) -> str:
    return f"Ä{line.code.removeprefix('Ä')}" if line.system in GOÄ else line.code


def factor_of(line: InvoiceLine, reader: Reader) -> str:
    """With two places, as Annex 2 has it; a service without one has the single fee."""
    if line.system not in GOZ | GOÄ and line.factor is None:
        return ""
    return reader.formats.places(line.factor or "1", 2)


def lab_remark(lab: LabInvoice | None, reader: Reader) -> str | None:
    """Whose work it is, and by which invoice."""
    if lab is None:
        return None
    number = reader.words["lab_invoice"].format(number=lab.number) if lab.number else None
    day = reader.formats.day(lab.issued_on) if lab.issued_on else None
    return ", ".join(part for part in (lab.laboratory, number, day) if part) or None


@dataclass(slots=True)
class Reasons:
    """Of factors, numbered as they come; the same words have one number."""

    reader: Reader
    _numbers: dict[str, int] = field(default_factory=dict)

    def mark(self, line: InvoiceLine) -> str:
        """The number that refers to it; empty where the line needs none."""
        text = self._text(line)
        return f"{self._numbers.setdefault(text, len(self._numbers) + 1)})" if text else ""

    def facts(self, lines: Sequence[InvoiceLine]) -> tuple[Fact, ...]:
        """Those of these lines."""
        texts = {self.mark(line): self._text(line) for line in lines if self._text(line)}
        return tuple(texts.items())

    def _text(self, line: InvoiceLine) -> str:
        agreed = line.fee_agreed_on and self.reader.words["fee_agreement"].format(
            day=self.reader.formats.day(line.fee_agreed_on)
        )
        return "; ".join(part for part in ((line.factor_reason or "").strip(), agreed) if part)


def parts_of(lines: Sequence[InvoiceLine], currency: str) -> tuple[tuple[str, Money], ...]:
    """Fees, materials and lab work (section 9), each by its word, where there is more than one of them."""
    sums = {
        "fees": [line for line in lines if line.kind == "procedure"],
        "material_costs": [line for line in lines if line.kind != "procedure" and line.lab_invoice is None],
        "lab_costs": [line for line in lines if line.lab_invoice is not None],
    }
    found = [(word, total((line.net for line in those if line.net), currency)) for word, those in sums.items() if those]
    return tuple(found) if len(found) > 1 else ()
