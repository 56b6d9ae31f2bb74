"""Bank statements as files, for tests: what a bank would send for these movements."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

OWN_IBAN = "DE02120300000000202051"
PAYER_IBAN = "DE89370400440532013000"
DATE = "2026-11-20"


@dataclass(frozen=True)
class Moved:
    """One movement; `minor` is negative when it goes out."""

    minor: int
    text: str = ""
    reference: str | None = None
    iban: str | None = PAYER_IBAN
    end_to_end: str = "NOTPROVIDED"
    bank_reference: str = ""
    reversal: bool = False
    booked: str = "BOOK"
    day: str = DATE
    currency: str = "EUR"


def camt(
    moves: Sequence[Moved],
    *,
    version: str = "08",
    opening: int = 100_000,
    closing: int | None = None,
    number: str = "1",
) -> bytes:
    """A camt.053 of one statement whose balances fit, unless `closing` says otherwise."""
    booked = sum(m.minor for m in moves if m.booked == "BOOK")
    closes = opening + booked if closing is None else closing
    entries = "".join(_entry(move, version) for move in moves)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M{number}</MsgId><CreDtTm>2026-11-20T18:00:00Z</CreDtTm></GrpHdr>"
        f"<Stmt><Id>S{number}</Id><Acct><Id><IBAN>{OWN_IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{_balance('OPBD', opening)}{_balance('CLBD', closes)}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def decimal(minor: int) -> str:
    return f"{abs(minor) // 100}.{abs(minor) % 100:02d}"


def direction(minor: int) -> str:
    return "DBIT" if minor < 0 else "CRDT"


def _balance(code: str, minor: int) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{decimal(minor)}</Amt>'
        f"<CdtDbtInd>{direction(minor)}</CdtDbtInd><Dt><Dt>{DATE}</Dt></Dt></Bal>"
    )


def _entry(move: Moved, version: str) -> str:
    side = "Dbtr" if move.minor > 0 else "Cdtr"
    status = f"<Cd>{move.booked}</Cd>" if version == "08" else move.booked
    person = "<Nm>Łucja Øster</Nm>"
    party = f"<{side}><Pty>{person}</Pty></{side}>" if version == "08" else f"<{side}>{person}</{side}>"
    account = f"<{side}Acct><Id><IBAN>{move.iban}</IBAN></Id></{side}Acct>" if move.iban else ""
    structured = f"<Strd><CdtrRefInf><Ref>{move.reference}</Ref></CdtrRefInf></Strd>" if move.reference else ""
    unstructured = f"<Ustrd>{escape(move.text)}</Ustrd>" if move.text else ""
    bank_reference = f"<AcctSvcrRef>{move.bank_reference}</AcctSvcrRef>" if move.bank_reference else ""
    reversal = "<RvslInd>true</RvslInd>" if move.reversal else ""
    return (
        f'<Ntry><Amt Ccy="{move.currency}">{decimal(move.minor)}</Amt>'
        f"<CdtDbtInd>{direction(move.minor)}</CdtDbtInd>{reversal}<Sts>{status}</Sts>"
        f"<BookgDt><Dt>{move.day}</Dt></BookgDt><ValDt><Dt>{move.day}</Dt></ValDt>{bank_reference}"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{move.end_to_end}</EndToEndId></Refs>"
        f"<RltdPties>{party}{account}</RltdPties><RmtInf>{unstructured}{structured}</RmtInf></TxDtls></NtryDtls></Ntry>"
    )
