"""What the clinic does and uses up, what it costs, and how it is taxed in Germany."""

from dataclasses import dataclass
from typing import Any

CDT = "http://www.ada.org/cdt"
UNPRICED = "D9999"
EXEMPT = {"tax_category": "E", "exemption_reason": "Heilbehandlung, § 4 Nr. 14 Buchst. a UStG"}
LABORATORY = {"tax_category": "S", "tax_rate": "7"}  # § 12 Abs. 2 Nr. 6 UStG
COSMETIC = {"tax_category": "S", "tax_rate": "19"}  # no medical purpose: the normal rate
Tax = dict[str, str]


@dataclass(frozen=True, slots=True)
class Treatment:
    """A procedure with its net price in cents; `surfaces` is how many of the tooth it takes."""

    code: str
    description: str
    price_minor: int
    tax: Tax
    on_a_tooth: bool = False
    surfaces: int = 0


@dataclass(frozen=True, slots=True)
class Supply:
    """A material with its net price in cents for one unit."""

    sku: str
    description: str
    unit: str
    price_minor: int
    tax: Tax


@dataclass(frozen=True, slots=True)
class Visit:
    """What one kind of session is made of: codes, and quantities by SKU."""

    codes: tuple[str, ...]
    supplies: tuple[tuple[str, str], ...] = ()


_TREATMENTS = (
    Treatment("D0120", "Periodic oral evaluation", 4_500, EXEMPT),
    Treatment("D0150", "Comprehensive oral evaluation", 8_050, EXEMPT),
    Treatment("D0220", "Intraoral periapical image", 2_215, EXEMPT, on_a_tooth=True),
    Treatment("D0330", "Panoramic image", 7_490, EXEMPT),
    Treatment("D1110", "Prophylaxis, adult", 9_580, EXEMPT),
    Treatment("D2391", "Composite, one surface, posterior", 11_820, EXEMPT, on_a_tooth=True, surfaces=1),
    Treatment("D2392", "Composite, two surfaces, posterior", 15_645, EXEMPT, on_a_tooth=True, surfaces=2),
    Treatment("D2740", "Crown, ceramic", 64_990, LABORATORY, on_a_tooth=True),
    Treatment("D3330", "Root canal treatment, molar", 61_275, EXEMPT, on_a_tooth=True),
    Treatment("D4341", "Periodontal scaling, one quadrant", 12_960, EXEMPT),
    Treatment("D5110", "Complete denture, upper jaw", 98_300, LABORATORY),
    Treatment("D7140", "Extraction", 9_835, EXEMPT, on_a_tooth=True),
    Treatment("D9941", "Athletic mouthguard", 11_933, COSMETIC),
    Treatment("D9972", "External bleaching, one arch", 27_731, COSMETIC),
)
_SUPPLIES = (
    Supply("COMP-A2", "Composite A2", "g", 3_835, EXEMPT),
    Supply("ANEST-4", "Articaine 4 %", "ml", 445, EXEMPT),
    Supply("SUTURE-4", "Suture 4-0", "each", 685, EXEMPT),
    Supply("IMPR-PVS", "Impression material", "ml", 93, LABORATORY),
    Supply("BLEACH-35", "Bleaching gel 35 %", "ml", 1_217, COSMETIC),
    Supply("BRUSH-S", "Toothbrush, soft", "each", 415, COSMETIC),
)
VISITS = (
    Visit(("D0120", "D1110"), (("BRUSH-S", "1"),)),
    Visit(("D2391",), (("COMP-A2", "0.3"), ("ANEST-4", "1.7"))),
    Visit(("D0120", "D2392"), (("COMP-A2", "0.45"), ("ANEST-4", "1.7"))),
    Visit(("D0220", "D3330"), (("ANEST-4", "3.4"),)),
    Visit(("D7140",), (("ANEST-4", "1.7"), ("SUTURE-4", "2"))),
    Visit(("D0150", "D0330")),
    Visit(("D2740",), (("IMPR-PVS", "12.5"), ("ANEST-4", "1.7"))),
    Visit(("D9972",), (("BLEACH-35", "2.5"), ("BRUSH-S", "2"))),
    Visit(("D4341", "D4341"), (("ANEST-4", "3.4"),)),
    Visit(("D0120", "D9941"), (("IMPR-PVS", "18"),)),
    Visit(("D5110",), (("IMPR-PVS", "24"),)),
)
TREATMENTS = {treatment.code: treatment for treatment in _TREATMENTS}
SUPPLIES = {supply.sku: supply for supply in _SUPPLIES}


def price_list(valid_from: str) -> dict[str, Any]:
    """The body that puts the clinic's prices."""
    procedures = [{"code": t.code, "system": CDT, "unit_price_minor": t.price_minor, **t.tax} for t in _TREATMENTS]
    materials = [{"code": s.sku, "unit": s.unit, "unit_price_minor": s.price_minor, **s.tax} for s in _SUPPLIES]
    return {"currency": "EUR", "periods": [{"valid_from": valid_from, "items": [*procedures, *materials]}]}
