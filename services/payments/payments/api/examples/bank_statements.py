"""Statement files, as banks make them and as they are shown."""

from payments.api.examples.values import BANK_STATEMENT_ID, CLINIC, FRONT_DESK, Json

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-20T18:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>2026-11-20</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1050.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="EUR">50.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-20</Dt></BookgDt><AcctSvcrRef>2026112000017</AcctSvcrRef>
<NtryDtls><TxDtls><RmtInf><Ustrd>RF18539007547034</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>
"""
MT940 = """:20:STARTUMS
:25:12030000/202051
:28C:1/1
:60F:C261119EUR1000,00
:61:2611201120CR50,00NTRFNONREF
:86:166?00GUTSCHRIFT?20RF18539007547034
:62F:C261120EUR1050,00
-
"""
CSV = "Buchung;Betrag;Text\n20.11.2026;50,00;RF18539007547034\n"
CSV_COLUMNS = (
    '{"account": "DE02120300000000202051", "currency": "EUR", "booked_on": "Buchung", "amount": "Betrag", '
    '"text": "Text", "date_format": "%d.%m.%Y", "decimal": ",", "delimiter": ";"}'
)
STATEMENT: Json = {
    "bank_statement_id": BANK_STATEMENT_ID,
    "clinic_id": CLINIC,
    "format": "camt.053",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size_bytes": 1482,
    "status": "imported",
    "refusal": None,
    "received_at": "2026-11-21T08:00:00Z",
    "received_by": FRONT_DESK,
    "statements": [
        {
            "statement_id": "2026-11-20",
            "account": "DE02120300000000202051",
            "currency": "EUR",
            "opening_minor": 100000,
            "closing_minor": 105000,
            "entries": 1,
            "opening_derived": False,
        }
    ],
    "transactions": 1,
    "new_transactions": 1,
    "suspected_transactions": 0,
}
PROFILE: Json = {
    "format": "csv",
    "encoding": "utf-8",
    "columns": {
        "booked_on": "Buchung",
        "amount": "Betrag",
        "text": "Text",
        "account": "DE02120300000000202051",
        "currency": "EUR",
        "date_format": "%d.%m.%Y",
        "decimal": ",",
        "delimiter": ";",
        "encoding": "utf-8",
    },
    "missing": [],
    "refusal": None,
    "statements": [
        {
            "statement_id": "statement",
            "account": "DE02120300000000202051",
            "currency": "EUR",
            "opening_minor": None,
            "closing_minor": None,
            "entries": 1,
            "opening_derived": False,
        }
    ],
    "entries": [
        {
            "booked_on": "2026-11-20",
            "amount": {"amount_minor": 5000, "currency": "EUR"},
            "credit": True,
            "reversal": False,
            "text": "RF18539007547034",
            "counterparty_name": None,
            "counterparty_iban": None,
            "references": ["RF18539007547034"],
        }
    ],
}
