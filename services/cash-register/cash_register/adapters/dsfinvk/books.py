"""The rows of one closing in each table, as its receipts go by; the sums are those of the receipts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cash_register.adapters.dsfinvk import tables
from cash_register.adapters.dsfinvk.cells import Row, cell, device_time, local_time
from cash_register.adapters.dsfinvk.columns import CLOSING, TAXONOMY_VERSION
from cash_register.adapters.dsfinvk.countries import ALPHA_3
from cash_register.domain.exports.closings import Closing, Line, NotSigned, Receipt, Signed, SigningDevice
from cash_register.domain.exports.sums import Sum, Sums, by_key
from cash_register.domain.exports.vat import UNKNOWN, VatShare
from cash_register.domain.registers.register import register_key
from kernel.currencies import PLACES
from kernel.errors import BusinessError

Rows = Mapping[str, list[list[str]]]
"""By the file that they belong to."""
CASH, RECEIPT, PATIENT, OWN, NO, YES = "Bar", "Beleg", "Patient", 0, "0", "1"
NOBODY_KNOWN = "unbekannt"
BRAND, MODEL = "Chairside", "Kassenbuch"
LATE = "Nachgebucht: kam, als keine Kasse geöffnet war"
INVOICE, TRANSACTION, OTHER = "ExterneRechnung", "Transaktion", "ExterneSonstige"

_ADDRESS = ("STRASSE", "PLZ", "ORT", "LAND")
_CLOSING = Row(
    tables.CLOSINGS,
    *("Z_BUCHUNGSTAG", "TAXONOMIE_VERSION", "Z_START_ID", "Z_ENDE_ID", "NAME", *_ADDRESS, "STNR", "USTID"),
    *("Z_SE_ZAHLUNGEN", "Z_SE_BARZAHLUNGEN"),
)
_LOCATION = Row(tables.LOCATIONS, "LOC_NAME", *(f"LOC_{name}" for name in _ADDRESS), "LOC_USTID")
_REGISTER = Row(
    tables.REGISTERS,
    *("KASSE_BRAND", "KASSE_MODELL", "KASSE_SERIENNR", "KASSE_SW_BRAND", "KASSE_SW_VERSION", "KASSE_BASISWAEH_CODE"),
    "KEINE_UST_ZUORDNUNG",
)
_TSE = Row(
    tables.TSES,
    *("TSE_ID", "TSE_SERIAL", "TSE_SIG_ALGO", "TSE_ZEITFORMAT", "TSE_PD_ENCODING", "TSE_PUBLIC_KEY"),
    *("TSE_ZERTIFIKAT_I", "TSE_ZERTIFIKAT_II"),
)
_VAT_RATE = Row(tables.VAT_RATES, "UST_SCHLUESSEL", "UST_SATZ", "UST_BESCHR")
_CASE = Row(tables.BUSINESS_CASES, "GV_TYP", "AGENTUR_ID", "UST_SCHLUESSEL", "Z_UMS_BRUTTO", "Z_UMS_NETTO", "Z_UST")
_PAYMENT = Row(tables.PAYMENTS, "ZAHLART_TYP", "Z_ZAHLART_BETRAG")
_CURRENCY = Row(tables.CASH_PER_CURRENCY, "ZAHLART_WAEH", "ZAHLART_BETRAG_WAEH")
_RECEIPT = Row(
    tables.RECEIPTS,
    *("BON_ID", "BON_NR", "BON_TYP", "BON_STORNO", "BON_START", "BON_ENDE", "BEDIENER_ID", "BEDIENER_NAME"),
    *("UMS_BRUTTO", "KUNDE_ID", "KUNDE_TYP", "BON_NOTIZ"),
)
_RECEIPT_PAYMENT = Row(tables.RECEIPT_PAYMENTS, "BON_ID", "ZAHLART_TYP", "ZAHLWAEH_CODE", "BASISWAEH_BETRAG")
_RECEIPT_VAT = Row(tables.RECEIPT_VAT, "BON_ID", "UST_SCHLUESSEL", "BON_BRUTTO", "BON_NETTO", "BON_UST")
_LINE = Row(
    tables.LINES,
    *("BON_ID", "POS_ZEILE", "ARTIKELTEXT", "GV_TYP", "INHAUS", "P_STORNO", "AGENTUR_ID"),
)
_LINE_VAT = Row(tables.LINE_VAT, "BON_ID", "POS_ZEILE", "UST_SCHLUESSEL", "POS_BRUTTO", "POS_NETTO", "POS_UST")
_GROUP = Row(tables.ALLOCATION_GROUPS, "BON_ID", "ABRECHNUNGSKREIS")
_REFERENCE = Row(tables.REFERENCES, "BON_ID", "POS_ZEILE", "REF_TYP", "REF_NAME", "REF_BON_ID")
_EARLIER = Row(tables.REFERENCES, "BON_ID", "REF_TYP", "REF_DATUM", "REF_Z_KASSE_ID", "REF_Z_NR", "REF_BON_ID")
_SIGNED = Row(
    tables.TSE_TRANSACTIONS,
    *("BON_ID", "TSE_ID", "TSE_TANR", "TSE_TA_START", "TSE_TA_ENDE", "TSE_TA_VORGANGSART", "TSE_TA_SIGZ"),
    *("TSE_TA_SIG", "TSE_VORGANGSDATEN"),
)
_NOT_SIGNED = Row(tables.TSE_TRANSACTIONS, "BON_ID", "TSE_TA_VORGANGSART", "TSE_TA_FEHLER", "TSE_VORGANGSDATEN")


class Books:
    """Of one closing: `receipts` for some of them after another, then once `end` for what is said of all of them.

    Raises BusinessError for a currency that the tables have no room for.
    """

    def __init__(self, closing: Closing) -> None:
        demand_room(closing.currency)
        self._closing = closing
        self._scale = 10 ** (2 - PLACES[closing.currency])
        said = (closing.register_id, local_time(closing.closed_at), closing.number)
        self._head = [cell(column)(value) for column, value in zip(CLOSING, said, strict=True)]
        self._sums = Sums()
        self._devices: dict[str, tuple[int, SigningDevice]] = {}

    def receipts(self, receipts: Iterable[Receipt]) -> Rows:
        """Their rows, in their order."""
        rows: defaultdict[str, list[list[str]]] = defaultdict(list)
        for receipt in receipts:
            self._sums.add(receipt)
            self._receipt(rows, receipt)
            for number, line in enumerate(receipt.lines, 1):
                self._line(rows, receipt.receipt_id, number, line)
            self._references(rows, receipt)
            self._signing(rows, receipt)
        return rows

    def end(self) -> Rows:
        """Master data, and the sums of all receipts that went by."""
        closing, sums, who = self._closing, self._sums, self._closing.business
        booked_on = None if closing.on == closing.closed_at.date() else closing.on.isoformat()
        address = (who.name, who.street, who.postal_code, who.city, ALPHA_3.get(who.country, who.country))
        serial = register_key(closing.clinic_id, closing.register_id)
        software = (BRAND, closing.software_version)
        cash = sums.cash_minor * self._scale
        ids = (sums.first_id, sums.last_id)
        master: dict[Row, list[tuple[object, ...]]] = {
            _CLOSING: [(booked_on, TAXONOMY_VERSION, *ids, *address, who.tax_number, who.vat_id, cash, cash)],
            _LOCATION: [(*address, who.vat_id)],
            _REGISTER: [(BRAND, MODEL, serial, *software, closing.currency, YES if UNKNOWN in sums.keys else NO)],
            _TSE: [(number, *_device(device)) for number, device in self._devices.values()],
            _VAT_RATE: [(key.number, key.rate_hundredths, key.description) for key in sums.keys],
            _CASE: [(one.case, OWN, one.key.number, *self._amounts(one)) for one in sums.cases],
            _PAYMENT: [(CASH, cash)],
            _CURRENCY: [(closing.currency, cash)],
        }
        return {row.file: [row.of(self._head, *values) for values in several] for row, several in master.items()}

    def _receipt(self, rows: Mapping[str, list[list[str]]], receipt: Receipt) -> None:
        head, id_, at = self._head, receipt.receipt_id, local_time(receipt.at)
        gross = receipt.gross_minor * self._scale
        who = (receipt.person_id or NOBODY_KNOWN, receipt.person_name)
        customer = (receipt.patient_id, PATIENT if receipt.patient_id else None)
        kind = (RECEIPT, YES if receipt.void else NO)
        of = (id_, receipt.number, *kind, at, at, *who, gross, *customer, LATE if receipt.late else None)
        rows[_RECEIPT.file].append(_RECEIPT.of(head, *of))
        rows[_RECEIPT_PAYMENT.file].append(_RECEIPT_PAYMENT.of(head, id_, CASH, self._closing.currency, gross))
        for share in by_key(share for line in receipt.lines for share in line.shares):
            rows[_RECEIPT_VAT.file].append(_RECEIPT_VAT.of(head, id_, share.key.number, *self._amounts(share)))

    def _line(self, rows: Mapping[str, list[list[str]]], id_: str, number: int, line: Line) -> None:
        head = self._head
        of = (id_, str(number), line.text, line.case, NO, NO, OWN)
        rows[_LINE.file].append(_LINE.of(head, *of))
        for share in by_key(line.shares):
            rows[_LINE_VAT.file].append(_LINE_VAT.of(head, id_, str(number), share.key.number, *self._amounts(share)))

    def _references(self, rows: Mapping[str, list[list[str]]], receipt: Receipt) -> None:
        head, id_ = self._head, receipt.receipt_id
        add = rows[_REFERENCE.file].append
        if receipt.receipt_number:
            add(_REFERENCE.of(head, id_, None, OTHER, "Quittung", receipt.receipt_number))
        if earlier := receipt.returns:
            closed_at = None if earlier.closed_at is None else local_time(earlier.closed_at)
            of = (closed_at, earlier.register_id, earlier.closing, earlier.receipt_id)
            add(_EARLIER.of(head, id_, TRANSACTION, *of))
        for number, line in enumerate(receipt.lines, 1):
            if line.invoice_number:
                add(_REFERENCE.of(head, id_, str(number), INVOICE, None, line.invoice_number))
                rows[_GROUP.file].append(_GROUP.of(head, id_, line.invoice_number))
            if line.voucher_number:
                add(_REFERENCE.of(head, id_, str(number), OTHER, "Eingangsbeleg", line.voucher_number))

    def _signing(self, rows: Mapping[str, list[list[str]]], receipt: Receipt) -> None:
        head, id_, signing = self._head, receipt.receipt_id, receipt.signing
        if isinstance(signing, Signed):
            device, _ = self._devices.setdefault(signing.device.serial, (len(self._devices) + 1, signing.device))
            times = (device_time(signing.started_at), device_time(signing.finished_at))
            answered = (signing.process_type, signing.counter, signing.signature, signing.process_data)
            rows[_SIGNED.file].append(_SIGNED.of(head, id_, device, signing.transaction, *times, *answered))
        elif isinstance(signing, NotSigned):
            told = (signing.process_type, signing.reason, signing.process_data)
            rows[_NOT_SIGNED.file].append(_NOT_SIGNED.of(head, id_, *told))

    def _amounts(self, of: VatShare | Sum) -> tuple[int, int, int]:
        scale = self._scale
        return of.gross_minor * scale, of.net_minor * scale, of.tax_minor * scale


def demand_room(currency: str) -> None:
    """Raises BusinessError for a currency whose amounts have more than two decimal places."""
    if PLACES[currency] > 2:
        raise BusinessError("currency-not-exported", f"amounts in {currency} have {PLACES[currency]} decimal places")


def _device(device: SigningDevice) -> tuple[str, ...]:
    part = tables.CERTIFICATE_PART
    certificate = (device.certificate[:part], device.certificate[part:])
    return (device.serial, device.algorithm, device.time_format, "UTF-8", device.public_key, *certificate)
