"""The rows of one closing in each table, as its receipts go by; the sums are those of the receipts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cash_register.adapters.dsfinvk import tables
from cash_register.adapters.dsfinvk.cells import NOTHING, Cell, Row, beside, decimal, device_time, local_time, written
from cash_register.adapters.dsfinvk.columns import CLOSING, RECEIPT, TAXONOMY_VERSION, Table
from cash_register.adapters.dsfinvk.countries import ALPHA_3
from cash_register.domain.exports.closings import Closing, NotSigned, Receipt, Signed, SigningDevice
from cash_register.domain.exports.sums import Sum, Sums, by_key
from cash_register.domain.exports.vat import UNKNOWN, VatShare
from cash_register.domain.registers.register import register_key
from cash_register.domain.registers.takings import PaidBy
from kernel.currencies import PLACES
from kernel.errors import BusinessError

Rows = Mapping[str, list[str]]
"""Lines, by the file that they belong to."""
BON, PATIENT, OWN, NO, YES = "Beleg", "Patient", "0", "0", "1"
HOW: Mapping[PaidBy, Mapping[str, str]] = {
    "cash": {"ZAHLART_TYP": "Bar"},
    "card_terminal": {"ZAHLART_TYP": "Unbar", "ZAHLART_NAME": "Kartenterminal"},
    "cheque": {"ZAHLART_TYP": "Unbar", "ZAHLART_NAME": "Scheck"},
    "none": {"ZAHLART_TYP": "Keine"},
}
"""Which card it was the terminal knows."""
NOBODY_KNOWN = "unbekannt"
THREE_MORE = "000"
"""VAT has five places in the tables: of a hundredth, these are nothing."""
BRAND, MODEL = "Chairside", "Kassenbuch"
LATE = "Nachgebucht: kam, als keine Kasse geöffnet war"

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
_CASE = Row(tables.BUSINESS_CASES, "GV_TYP", "UST_SCHLUESSEL", "Z_UMS_BRUTTO", "Z_UMS_NETTO", "Z_UST", AGENTUR_ID=OWN)
_PAYMENT = Row(tables.PAYMENTS, "ZAHLART_TYP", "ZAHLART_NAME", "Z_ZAHLART_BETRAG")
_CURRENCY = Row(tables.CASH_PER_CURRENCY, "ZAHLART_WAEH", "ZAHLART_BETRAG_WAEH")
_RECEIPT = Row(
    tables.RECEIPTS,
    *("BON_ID", "BON_NR", "BON_STORNO", "BON_START", "BON_ENDE", "BEDIENER_ID", "BEDIENER_NAME"),
    *("UMS_BRUTTO", "KUNDE_ID", "KUNDE_TYP", "BON_NOTIZ"),
    BON_TYP=BON,
)
_PAID = {
    method: Row(tables.RECEIPT_PAYMENTS, "BON_ID", "ZAHLWAEH_CODE", "BASISWAEH_BETRAG", **how)
    for method, how in HOW.items()
}
_RECEIPT_VAT = Row(tables.RECEIPT_VAT, "BON_ID", "UST_SCHLUESSEL", "BON_BRUTTO", "BON_NETTO", "BON_UST")
_LINE = Row(
    tables.LINES,
    *("BON_ID", "POS_ZEILE", "ARTIKELTEXT", "GV_TYP", "STK_BR"),
    **{"INHAUS": NO, "P_STORNO": NO, "AGENTUR_ID": OWN, "MENGE": "1,000"},
)
"""A line is one claim, one voucher, one deposit: its price is its amount."""
_LINE_VAT = Row(tables.LINE_VAT, "BON_ID", "POS_ZEILE", "UST_SCHLUESSEL", "POS_BRUTTO", "POS_NETTO", "POS_UST")
_GROUP = Row(tables.ALLOCATION_GROUPS, "BON_ID", "ABRECHNUNGSKREIS")
_PATIENTS_RECEIPT = Row(tables.REFERENCES, "BON_ID", "REF_BON_ID", REF_TYP="ExterneSonstige", REF_NAME="Quittung")
_VOUCHER = Row(
    tables.REFERENCES, "BON_ID", "POS_ZEILE", "REF_BON_ID", REF_TYP="ExterneSonstige", REF_NAME="Eingangsbeleg"
)
_INVOICE = Row(tables.REFERENCES, "BON_ID", "POS_ZEILE", "REF_BON_ID", REF_TYP="ExterneRechnung")
_EARLIER = Row(
    tables.REFERENCES, "BON_ID", "REF_DATUM", "REF_Z_KASSE_ID", "REF_Z_NR", "REF_BON_ID", REF_TYP="Transaktion"
)
_SIGNED = Row(
    tables.TSE_TRANSACTIONS,
    *("BON_ID", "TSE_ID", "TSE_TANR", "TSE_TA_START", "TSE_TA_ENDE", "TSE_TA_VORGANGSART", "TSE_TA_SIGZ"),
    *("TSE_TA_SIG", "TSE_VORGANGSDATEN"),
)
_NOT_SIGNED = Row(tables.TSE_TRANSACTIONS, "BON_ID", "TSE_TA_VORGANGSART", "TSE_TA_FEHLER", "TSE_VORGANGSDATEN")


def _column(table: Table, name: str) -> Cell:
    return written(next(column for column in table.columns if column.name == name))


_BON_ID = written(RECEIPT)
_USER, _NAME, _CUSTOMER = (_column(tables.RECEIPTS, name) for name in ("BEDIENER_ID", "BEDIENER_NAME", "KUNDE_ID"))
_TEXT, _GROUP_NAME = _column(tables.LINES, "ARTIKELTEXT"), _column(tables.ALLOCATION_GROUPS, "ABRECHNUNGSKREIS")


class Books:
    """Of one closing: `receipts` for some of them after another, then once `end` for what is said of all of them.

    Raises BusinessError for a currency that the tables have no room for.
    """

    def __init__(self, closing: Closing) -> None:
        demand_room(closing.currency)
        self._closing = closing
        self._scale = 10 ** (2 - PLACES[closing.currency])
        said = (closing.register_id, local_time(closing.closed_at), closing.number)
        self._head = beside(CLOSING, said)
        self._sums = Sums()
        self._devices: dict[str, tuple[int, SigningDevice]] = {}

    def receipts(self, receipts: Iterable[Receipt]) -> Rows:
        """Their rows, in their order."""
        rows: defaultdict[str, list[str]] = defaultdict(list)
        for receipt in receipts:
            self._sums.add(receipt)
            id_ = _BON_ID(receipt.receipt_id)
            self._receipt(rows, receipt, id_)
            self._lines(rows, receipt, id_)
            self._references(rows, receipt, id_)
            self._signing(rows, receipt)
        return rows

    def end(self) -> Rows:
        """Master data, and the sums of all receipts that went by."""
        closing, sums, who = self._closing, self._sums, self._closing.business
        booked_on = None if closing.on == closing.closed_at.date() else closing.on.isoformat()
        address = (who.name, who.street, who.postal_code, who.city, ALPHA_3.get(who.country, who.country))
        serial = register_key(closing.clinic_id, closing.register_id)
        software = (BRAND, closing.software_version)
        cash, paid = sums.cash_minor * self._scale, sums.paid_minor * self._scale
        ids = (sums.first_id, sums.last_id)
        master: dict[Row, list[tuple[object, ...]]] = {
            _CLOSING: [(booked_on, TAXONOMY_VERSION, *ids, *address, who.tax_number, who.vat_id, paid, cash)],
            _LOCATION: [(*address, who.vat_id)],
            _REGISTER: [(BRAND, MODEL, serial, *software, closing.currency, YES if UNKNOWN in sums.keys else NO)],
            _TSE: [(number, *_device(device)) for number, device in self._devices.values()],
            _VAT_RATE: [(key.number, key.rate_hundredths, key.description) for key in sums.keys],
            _CASE: [(one.case, one.key.number, *self._amounts(one)) for one in sums.cases],
            _PAYMENT: [self._paid(method, minor) for method, minor in sums.methods.items()],
            _CURRENCY: [(closing.currency, cash)],
        }
        return {row.file: [row.of(self._head, *values) for values in several] for row, several in master.items()}

    def _receipt(self, rows: Mapping[str, list[str]], receipt: Receipt, id_: str) -> None:
        head, at, gross = self._head, local_time(receipt.at), decimal(receipt.gross_minor * self._scale)
        void, who = YES if receipt.void else NO, (_USER(receipt.person_id or NOBODY_KNOWN), _NAME(receipt.person_name))
        customer = (_CUSTOMER(receipt.patient_id), PATIENT if receipt.patient_id else NOTHING)
        of = (id_, str(receipt.number), void, at, at, *who, gross, *customer, LATE if receipt.late else NOTHING)
        rows[_RECEIPT.file].append(_RECEIPT.put(head, *of))
        row = _PAID[receipt.method]
        rows[row.file].append(row.put(head, id_, self._closing.currency, gross))

    def _lines(self, rows: Mapping[str, list[str]], receipt: Receipt, id_: str) -> None:
        """With their VAT, which is that of the receipt where it has no more than one."""
        head = self._head
        vat: list[tuple[str, ...]] = []
        for number, line in enumerate(receipt.lines, 1):
            price = decimal(line.gross_minor * self._scale, THREE_MORE)
            rows[_LINE.file].append(_LINE.put(head, id_, str(number), _TEXT(line.text), line.case, price))
            vat = [self._written(share) for share in by_key(line.shares)]
            rows[_LINE_VAT.file].extend(_LINE_VAT.put(head, id_, str(number), *cells) for cells in vat)
        if len(receipt.lines) > 1:
            whole = by_key(share for line in receipt.lines for share in line.shares)
            vat = [self._written(share) for share in whole]
        rows[_RECEIPT_VAT.file].extend(_RECEIPT_VAT.put(head, id_, *cells) for cells in vat)

    def _references(self, rows: Mapping[str, list[str]], receipt: Receipt, id_: str) -> None:
        head, add = self._head, rows[_EARLIER.file].append
        if receipt.receipt_number:
            add(_PATIENTS_RECEIPT.put(head, id_, _BON_ID(receipt.receipt_number)))
        if earlier := receipt.returns:
            closed_at = None if earlier.closed_at is None else local_time(earlier.closed_at)
            of = (closed_at, earlier.register_id, earlier.closing, earlier.receipt_id)
            add(_EARLIER.of(head, receipt.receipt_id, *of))
        for number, line in enumerate(receipt.lines, 1):
            if line.invoice_number:
                add(_INVOICE.put(head, id_, str(number), _BON_ID(line.invoice_number)))
                rows[_GROUP.file].append(_GROUP.put(head, id_, _GROUP_NAME(line.invoice_number)))
            if line.voucher_number:
                add(_VOUCHER.put(head, id_, str(number), _BON_ID(line.voucher_number)))

    def _signing(self, rows: Mapping[str, list[str]], receipt: Receipt) -> None:
        head, id_, signing = self._head, receipt.receipt_id, receipt.signing
        if isinstance(signing, Signed):
            device, _ = self._devices.setdefault(signing.device.serial, (len(self._devices) + 1, signing.device))
            times = (device_time(signing.started_at), device_time(signing.finished_at))
            answered = (signing.process_type, signing.counter, signing.signature, signing.process_data)
            rows[_SIGNED.file].append(_SIGNED.of(head, id_, device, signing.transaction, *times, *answered))
        elif isinstance(signing, NotSigned):
            unsigned = (signing.process_type, signing.reason, signing.process_data)
            rows[_NOT_SIGNED.file].append(_NOT_SIGNED.of(head, id_, *unsigned))

    def _paid(self, method: PaidBy, amount_minor: int) -> tuple[object, ...]:
        how = HOW[method]
        return how["ZAHLART_TYP"], how.get("ZAHLART_NAME"), amount_minor * self._scale

    def _written(self, share: VatShare) -> tuple[str, str, str, str]:
        """Its key and amounts, as both tables of VAT have them."""
        gross, net, tax = self._amounts(share)
        return str(share.key.number), decimal(gross, THREE_MORE), decimal(net, THREE_MORE), decimal(tax, THREE_MORE)

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
