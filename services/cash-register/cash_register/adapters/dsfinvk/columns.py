"""What a table of DSFinV-K is made of, as annex E of the specification describes it."""

from dataclasses import dataclass

TAXONOMY_VERSION = "2.4"


@dataclass(frozen=True, slots=True)
class Text:
    """At most `longest` characters."""

    name: str
    longest: int
    description: str


@dataclass(frozen=True, slots=True)
class Key:
    """Tells one thing from others in at most `longest` characters: what is longer is shortened and stays different."""

    name: str
    longest: int
    description: str


@dataclass(frozen=True, slots=True)
class Number:
    """Exactly `places` after the comma; without any it counts something, or says which."""

    name: str
    places: int
    description: str


Column = Text | Key | Number


@dataclass(frozen=True, slots=True)
class Table:
    """A file of the export: `name` is the specification's, `columns` come after those that say which closing it is."""

    file: str
    name: str
    columns: tuple[Column, ...]

    @property
    def whole(self) -> tuple[Column, ...]:
        return (*CLOSING, *self.columns)


CLOSING: tuple[Column, ...] = (
    Key("Z_KASSE_ID", 50, "ID der (Abschluss-) Kasse"),
    Text("Z_ERSTELLUNG", 30, "Zeitpunkt des Kassenabschlusses"),
    Number("Z_NR", 0, "Nr. des Kassenabschlusses"),
)
"""The first columns of every table."""
RECEIPT = Key("BON_ID", 40, "Vorgangs-ID")
LINE = Text("POS_ZEILE", 50, "Zeilennummer")
VAT_KEY = Number("UST_SCHLUESSEL", 0, "ID des USt-Satzes")


def money(prefix: str, places: int = 5) -> tuple[Column, ...]:
    """With VAT, without it, and the VAT."""
    return (
        Number(f"{prefix}_BRUTTO", places, "Bruttoumsatz"),
        Number(f"{prefix}_NETTO", places, "Nettoumsatz"),
        Number(f"{prefix}_UST", places, "Umsatzsteuer"),
    )


def address(prefix: str, name: Text, *numbers: Text) -> tuple[Column, ...]:
    """Who it is, where they are, and under which numbers the tax office knows them."""
    return (
        name,
        Text(f"{prefix}STRASSE", 60, "Straße"),
        Text(f"{prefix}PLZ", 10, "Postleitzahl"),
        Text(f"{prefix}ORT", 62, "Ort"),
        Text(f"{prefix}LAND", 3, "Land"),
        *numbers,
    )
