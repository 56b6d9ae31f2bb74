"""Rows of a CSV that are only announced, or came to nothing: they are no money, and are not taken."""

from collections.abc import Iterable, Mapping

from payments.domain.bank.clues import key_of
from payments.domain.bank.statement import CsvColumns, StatementInvalid

_NOT_BOOKED = """
VORGEMERKT UMSATZVORGEMERKT VORGEMERKTERUMSATZ VORMERKUNG VORMERKPOSTEN OFFEN UNGEBUCHT NICHTGEBUCHT NOCHNICHTGEBUCHT
INBEARBEITUNG AUSSTEHEND ANGEKÜNDIGT ERWARTET RESERVIERT RESERVIERUNG PENDING PENDINGTRANSACTION NOTBOOKED NOTPOSTED
UNPOSTED UNBOOKED UNCLEARED AUTHORISED AUTHORIZED AUTHORISATION AUTHORIZATION PROCESSING INPROGRESS SCHEDULED EXPECTED
PDNG INFO FUTR GERESERVEERD RESERVERING INBEHANDELING VERWACHT NIETGEBOEKT ENATTENTE ENCOURS AVENIR NONCOMPTABILISÉ
NONCOMPTABILISE PENDIENTE PENDENTE ENPROCESO PREVISTO NOCONTABILIZADO INSOSPESO INATTESA NONCONTABILIZZATO
DACONTABILIZZARE OCZEKUJĄCA OCZEKUJĄCE OCZEKUJE WTOKU WREALIZACJI NIEROZLICZONA NIEZAKSIĘGOWANA BLOKADA RESERVERAD
RESERVERT RESERVERET AVVENTER KESKEN VARAUS
DECLINED REJECTED FAILED CANCELLED CANCELED REVERTED DENIED EXPIRED VOIDED ABGELEHNT ABGEBROCHEN FEHLGESCHLAGEN
REFUSÉ ANNULÉ ÉCHOUÉ RECHAZADO CANCELADO RIFIUTATO ANNULLATO GEWEIGERD GEANNULEERD ODRZUCONA ANULOWANA
"""
NOT_BOOKED = frozenset(_NOT_BOOKED.split())
"""Announced, or come to nothing, in the languages that marks of the direction are known in."""
_BOOKED = """
GEBUCHT UMSATZGEBUCHT VERBUCHT AUSGEFÜHRT ABGESCHLOSSEN BOOK BOOKED POSTED COMPLETE COMPLETED CLEARED SETTLED EXECUTED
DONE GEBOEKT VERWERKT UITGEVOERD COMPTABILISÉ COMPTABILISÉE EXÉCUTÉ EXÉCUTÉE CONTABILIZADO REALIZADO CONTABILIZZATO
ESEGUITO ZAKSIĘGOWANA ZAKSIĘGOWANE ZREALIZOWANA ROZLICZONA BOKFÖRD BOKFØRT KIRJATTU
"""
BOOKED = frozenset(_BOOKED.split())
STATUS_NAMES = (
    "BUCHUNGSSTATUS",
    "UMSATZSTATUS",
    "TRANSACTIONSTATUS",
    "BOOKINGSTATUS",
    "STATUS",
    "STATE",
    "INFO",
    "ÉTAT",
    "ETAT",
    "ESTADO",
    "STATO",
    "STAN",
    "TILA",
)
"""Begin of the names of columns that say it; the surer ones first."""


def tells_status(words: Iterable[str]) -> bool:
    """Whether these are words for booked or not booked, and one at least."""
    keys = {key_of(word) for word in words}
    return bool(keys) and keys <= BOOKED | NOT_BOOKED


def is_booked(cells: Mapping[str, str], other: Mapping[str, str], columns: CsvColumns, where: str) -> bool:
    """Whether a row is money; `cells` are by the fields of the map, `other` those of columns that the map leaves out.

    A word where the day of booking would be says it too. Raises StatementInvalid for a status that nobody knows, and
    for a column that may be the status and is not named as it.
    """
    if _says(cells["booked_on"], columns) is False:
        return False
    if columns.status is not None:
        booked = _says(cells["status"], columns)
        if booked is None and cells["status"]:
            raise StatementInvalid(
                "status-unknown", f"{where}: its status is not known; name it in booked_marks or pending_marks"
            )
        return booked is not False
    pending = [column for column, cell in other.items() if _says(cell, columns) is False]
    if any(key_of(column).startswith(STATUS_NAMES) for column in pending):
        return False
    if pending:
        raise StatementInvalid(
            "status-missing",
            f"{where}: {', '.join(sorted(pending))} may say that it is not booked yet: name it as status, or its word "
            "in booked_marks",
        )
    return True


def _says(cell: str, columns: CsvColumns) -> bool | None:
    """Whether it says booked, or not booked; None where it says neither."""
    key = key_of(cell)
    if not key or key in set(map(key_of, columns.booked_marks)):
        return True if key else None
    if key in NOT_BOOKED or key in set(map(key_of, columns.pending_marks)):
        return False
    return True if key in BOOKED else None
