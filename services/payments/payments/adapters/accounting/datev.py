"""A booking batch as DATEV reads it: EXTF, header 700, category 21, format 13.

https://developer.datev.de/datev/platform/de/dtvf: semicolons, CR LF, Windows-1252, every text in quotation marks also
when it is empty, a decimal comma, and the day and month of a booking; the year is that of the header.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never

from contracts.money import exponent
from kernel.errors import BusinessError, Conflict
from kernel.money import plain
from payments.domain.accounting.accounts import Accounting, Datev
from payments.domain.accounting.bookings import Booking
from payments.domain.intake.payment import Method
from payments.domain.settlement.movements import MovementKind

ENCODING = "cp1252"
PLACES = 2
MOST_MINOR = 10**12 - 1
"""Ten digits before the comma."""
LONGEST_DOCUMENT, LONGEST_TEXT = 36, 60
_NOT_IN_A_DOCUMENT = re.compile(r"[^A-Za-z0-9$&%*+/-]")
_PAIRS = "{0} - Art {2};{0}{1} Inhalt {2}"
COLUMNS: Sequence[str] = (
    "Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;Kurs;Basis-Umsatz;WKZ Basis-Umsatz;Konto;"
    "Gegenkonto (ohne BU-Schlüssel);BU-Schlüssel;Belegdatum;Belegfeld 1;Belegfeld 2;Skonto;Buchungstext;Postensperre;"
    "Diverse Adressnummer;Geschäftspartnerbank;Sachverhalt;Zinssperre;Beleglink;"
    + ";".join(_PAIRS.format("Beleginfo", " -", number) for number in range(1, 9))
    + ";KOST1 - Kostenstelle;KOST2 - Kostenstelle;Kost-Menge;EU-Land u. UStID (Bestimmung);"
    "EU-Steuersatz (Bestimmung);Abw. Versteuerungsart;Sachverhalt L+L;Funktionsergänzung L+L;BU 49 Hauptfunktionstyp;"
    "BU 49 Hauptfunktionsnummer;BU 49 Funktionsergänzung;"
    + ";".join(_PAIRS.format("Zusatzinformation", "-", number) for number in range(1, 21))
    + ";Stück;Gewicht;Zahlweise;Forderungsart;Veranlagungsjahr;Zugeordnete Fälligkeit;Skontotyp;Auftragsnummer;"
    "Buchungstyp;USt-Schlüssel (Anzahlungen);EU-Land (Anzahlungen);Sachverhalt L+L (Anzahlungen);"
    "EU-Steuersatz (Anzahlungen);Erlöskonto (Anzahlungen);Herkunft-Kz;Buchungs GUID;KOST-Datum;SEPA-Mandatsreferenz;"
    "Skontosperre;Gesellschaftername;Beteiligtennummer;Identifikationsnummer;Zeichnernummer;Postensperre bis;"
    "Bezeichnung SoBil-Sachverhalt;Kennzeichen SoBil-Buchung;Festschreibung;Leistungsdatum;"
    "Datum Zuord. Steuerperiode;Fälligkeit;Generalumkehr (GU);Steuersatz;Land;Abrechnungsreferenz;BVV-Position;"
    "EU-Land u. UStID (Ursprung);EU-Steuersatz (Ursprung);Abw. Skontokonto"
).split(";")
_TEXTS = frozenset(
    {2, 3, 6, 9, 11, 12, 14, 16, *range(20, 39), 40, 42, *range(48, 88), 91, 95, 96, 98, 102, 103, 105, 107, 109, 110}
    | {112, 118, 120, 121, 123}
)
"""Numbers of the columns that hold text."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the header says: the days of the batch, its currency, and when it was made, by the clinic's clocks."""

    first: date
    last: date
    currency: str
    made_at: datetime


def write(booked: Iterable[Booking], accounting: Accounting, batch: Batch) -> bytes:
    """One file; bookings in another currency are left out.

    Raises Conflict where the clinic said nothing of its tax adviser, and BusinessError for days of more than one
    financial year, for a currency without two decimal places, and for an amount that has no room.
    """
    datev = accounting.datev
    if datev is None:
        raise Conflict("accounting-not-set", "set `accounting.datev` in the clinic's payment settings")
    if exponent(batch.currency) != PLACES:
        raise BusinessError("currency-not-exported", "amounts in the file have two places", field="currency")
    begins = year_of(batch.first, datev)
    if year_of(batch.last, datev) != begins:
        raise BusinessError("period", "the days are of more than one financial year", field="to")
    lines = [_header(accounting, datev, begins, batch), ";".join(COLUMNS)]
    lines += [_line(booking, accounting) for booking in booked if booking.amount.currency == batch.currency]
    return "".join(f"{line}\r\n" for line in lines).encode(ENCODING, "replace")


def year_of(day: date, datev: Datev) -> date:
    """The first day of the financial year that has this day."""
    begins = date.fromisoformat(f"{day.year:04d}-{datev.year_begins}")
    return begins if begins <= day else begins.replace(year=day.year - 1)


def _header(accounting: Accounting, datev: Datev, begins: date, batch: Batch) -> str:
    chart = accounting.chart.removeprefix("SKR") if accounting.chart else ""
    fields = (
        *(_text("EXTF"), "700", "21", _text("Buchungsstapel"), "13", f"{batch.made_at:%Y%m%d%H%M%S%f}"[:17], ""),
        *(_text(""), _text(""), _text(""), str(datev.consultant), str(datev.client), f"{begins:%Y%m%d}"),
        *(str(datev.account_length), f"{batch.first:%Y%m%d}", f"{batch.last:%Y%m%d}", _text("Zahlungen"), _text("")),
        *("1", "0", "0", _text(batch.currency), "", _text(""), "", "", _text(chart), "", "", _text(""), _text("")),
    )
    return ";".join(fields)


def _line(booking: Booking, accounting: Accounting) -> str:
    """`Konto` is where the money is, or what a fee costs; S says that it is debited, H that it is credited."""
    if booking.amount.amount_minor > MOST_MINOR:
        raise BusinessError("amount-too-large", f"{booking.document}: an amount in the file has ten digits at most")
    moves_in = booking.credit == "patients" or booking.debit == "payment_fees"
    account, other = (booking.debit, booking.credit) if moves_in else (booking.credit, booking.debit)
    cells = {
        "Umsatz (ohne Soll/Haben-Kz)": plain(booking.amount).replace(".", ","),
        "Soll/Haben-Kennzeichen": "S" if moves_in else "H",
        "WKZ Umsatz": booking.amount.currency,
        "Konto": accounting.number(account),
        "Gegenkonto (ohne BU-Schlüssel)": accounting.number(other),
        "Belegdatum": f"{booking.on:%d%m}",
        "Belegfeld 1": document_of(booking),
        "Buchungstext": _words(booking.movement.kind, booking.movement.method)[:LONGEST_TEXT],
        "Zusatzinformation - Art 1": "Zahlung",
        "Zusatzinformation- Inhalt 1": _inert(booking.movement.payment_id),
        "Festschreibung": "0",
    }
    return ";".join(
        _text(cells.get(name, "")) if number in _TEXTS else cells.get(name, "")
        for number, name in enumerate(COLUMNS, 1)
    )


def document_of(booking: Booking) -> str:
    """The end of it, which tells it from others, in the letters that a document number may have."""
    return _inert(_NOT_IN_A_DOCUMENT.sub("-", booking.document))[-LONGEST_DOCUMENT:].lstrip("$&%*+/-")


def _inert(text: str) -> str:
    """Without what a spreadsheet takes for the beginning of a formula."""
    return text.lstrip("=+-@'")


def _text(content: str) -> str:
    return '"' + content.replace('"', '""') + '"'


def _words(kind: MovementKind, method: Method) -> str:
    return f"{_what(kind)} {_how(method)}"


def _what(kind: MovementKind) -> str:
    match kind:
        case "received":
            return "Zahlung"
        case "refunded":
            return "Rückzahlung"
        case "returned":
            return "Rückzahlung nicht zustellbar"
        case "disputed":
            return "Rückbelastung"
        case "won":
            return "Rückbelastung zurückgenommen"
        case "reversed":
            return "Zahlung zurückgenommen"
        case "rounded":
            return "Rundung"
        case "fee":
            return "Gebühr"
        case _:
            assert_never(kind)


def _how(method: Method) -> str:
    match method:
        case "cash":
            return "bar"
        case "bank_transfer":
            return "Überweisung"
        case "cheque":
            return "Scheck"
        case "card":
            return "Karte"
        case "card_terminal":
            return "Karte am Terminal"
        case _:
            assert_never(method)
