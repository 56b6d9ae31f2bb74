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


def mt940(moves: Sequence[Moved], *, opening: int = 100_000, number: str = "1") -> bytes:
    """The same as MT940, with bank code and number instead of the IBAN, and texts as German banks break them."""
    entries = "".join(map(_line, moves))
    balances = [
        f"C261120EUR{decimal(minor).replace('.', ',')}" for minor in (opening, opening + sum(m.minor for m in moves))
    ]
    return (
        f":20:START\r\n:25:12030000/202051\r\n:28C:{number}/1\r\n:60F:{balances[0]}\r\n"
        f"{entries}:62F:{balances[1]}\r\n-\r\n"
    ).encode()


def _line(move: Moved) -> str:
    way = ("R" if move.reversal else "") + ("D" if (move.minor < 0) != move.reversal else "C")
    day = move.day.replace("-", "")[2:]
    payer = f"?31{move.iban}" if move.iban else ""
    reference = move.bank_reference or "NONREF"
    return (
        f":61:{day}{day[2:]}{way}R{decimal(move.minor).replace('.', ',')}N051NONREF//{reference}\r\n"
        f":86:166?00GUTSCHRIFT?20SVWZ+{move.text}{payer}?32Lucja Oster\r\n"
    )


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
