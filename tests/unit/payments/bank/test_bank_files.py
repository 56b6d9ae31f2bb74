"""Statement files of all kinds become the same items, or are refused with a reason; nothing else happens."""

import logging
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payments.adapters.bank_files import read
from payments.adapters.bank_files.amounts import minor
from payments.api.schemas.csv_columns import CsvColumnsBody
from payments.domain.bank.accounts import account_key
from payments.domain.bank.days import DayCollector
from payments.domain.bank.statement import (
    Entry,
    IdentifiedEntry,
    StatementFormat,
    StatementHead,
    StatementInvalid,
    StatementItem,
    check,
    identified,
)
from pydantic import ValidationError

from kernel.money import Money
from tests.parts.statements import OWN_IBAN, PAYER_IBAN, Moved, camt, mt940

CAMT = Path(__file__).parents[5] / "shared" / "data" / "camt"
COLUMNS = CsvColumnsBody(
    account=OWN_IBAN,
    currency="EUR",
    booked_on="Buchungstag",
    amount="Betrag",
    text="Zweck",
    counterparty_iban="IBAN",
    date_format="%d.%m.%Y",
    decimal=",",
    delimiter=";",
)
MT940 = (
    ":20:START\r\n:25:12030000/202051\r\n:28C:00001/001\r\n:60F:C261119EUR1000,00\r\n"
    ":61:2611201120CR120,00N051NONREF//BR1\r\n"
    ":86:166?00GUTSCHRIFT?20SVWZ+RE clinic-1-2026-?21000001?30GENODE?31DE89370400440532013000?32Max Muster\r\n"
    ":61:2611201120DR20,50N051NONREF//BR2\r\n:86:177?00ENTGELT?20Kontofuehrung\r\n"
    ":61:2611201120RC30,00N051NONREF//BR3\r\n:86:159?00RUECKLASTSCHRIFT?20Storno\r\n"
    ":62F:C261120EUR1069,50\r\n-\r\n"
)


def items(
    folder: Path, content: bytes, format_: StatementFormat = "camt.053", columns: CsvColumnsBody | None = None
) -> list[StatementItem]:
    file = folder / "statement"
    file.write_bytes(content)
    return list(read(format_, file, None if columns is None else columns.columns()))


def entries(found: list[StatementItem]) -> list[Entry]:
    return [item for item in found if isinstance(item, Entry)]


def refusal(
    folder: Path, content: bytes, format_: StatementFormat = "camt.053", columns: CsvColumnsBody | None = None
) -> str:
    with pytest.raises(StatementInvalid) as refused:
        check(items(folder, content, format_, columns))
    return refused.value.code


@pytest.mark.parametrize("version", ["02", "04", "08"])
def test_every_version_of_camt_says_the_same(tmp_path: Path, version: str) -> None:
    moves = [
        Moved(12_000, "RE B-2026-000001", reference="RF18539007547034", end_to_end="E2E-1", bank_reference="BR1"),
        Moved(-500, "fee", iban=None),
        Moved(700, "later", booked="PDNG"),
    ]
    found = items(tmp_path, camt(moves, version=version))
    assert found[0] == StatementHead("S1", OWN_IBAN, "EUR", 100_000, 111_500)
    first, second = entries(found)
    assert (first.amount_minor, first.credit, first.counterparty_iban) == (12_000, True, PAYER_IBAN)
    assert (first.end_to_end_id, first.bank_reference) == ("E2E-1", "BR1")
    assert first.references == ("RF18539007547034",)
    assert "B2026000001" in first.words
    assert (second.amount_minor, second.credit, second.end_to_end_id) == (500, False, None)
    assert [statement.entries for statement in check(found)] == [2]


@pytest.mark.skipif(not CAMT.exists(), reason="the shared data is not beside the project")
def test_a_real_statement_is_read_with_its_batch_and_its_reversal(tmp_path: Path) -> None:
    found = items(tmp_path, (CAMT / "oca-camt053.xml").read_bytes())
    assert found[0] == StatementHead("1234Test/1", "NL77ABNA0574908765", "EUR", 1_556_827, 1_512_112)
    booked = entries(found)
    assert (booked[0].amount_minor, booked[0].credit, booked[0].reversal) == (75_425, False, False)
    assert (booked[0].end_to_end_id, booked[0].counterparty_iban) == ("435005714488-ABNO33052620", "NL46ABNA0499998748")
    returned = [e for e in booked if e.reversal]
    assert (len(returned), sum(e.counts_minor for e in returned)) == (2, -66_405)
    # Its entries make -12.99, its balances -447.15.
    assert refusal(tmp_path, (CAMT / "oca-camt053.xml").read_bytes()) == "sums-differ"


@pytest.mark.skipif(not CAMT.exists(), reason="the shared data is not beside the project")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("genkgo-camt053.v2.wrong.xml", "no-statement"),
        ("genkgo-camt053.v2.minimal.xml", "currency-differs"),
        ("genkgo-camt053.v4.xml", "currency-differs"),
    ],
)
def test_a_real_statement_that_cannot_be_right_is_refused(tmp_path: Path, name: str, code: str) -> None:
    assert refusal(tmp_path, (CAMT / name).read_bytes()) == code


BATCH = (
    '<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>2026-11-20</Dt></BookgDt><NtryDtls>"
    '<TxDtls><Amt Ccy="EUR">10.00</Amt><RmtInf><Ustrd>one</Ustrd></RmtInf></TxDtls>'
    '<TxDtls><Amt Ccy="EUR">20.00</Amt><RmtInf><Ustrd>two</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>'
)


def with_entry(entry: str, closing: int) -> bytes:
    return camt([], closing=closing).replace(b"</Stmt>", entry.encode() + b"</Stmt>")


def test_a_batch_is_its_transactions_and_counts_once(tmp_path: Path) -> None:
    found = items(tmp_path, with_entry(BATCH, 103_000))
    check(found)
    assert [(e.amount_minor, e.text) for e in entries(found)] == [(1_000, "one"), (2_000, "two")]


def test_a_batch_without_amounts_stays_one_transaction(tmp_path: Path) -> None:
    bare = BATCH.replace('<Amt Ccy="EUR">10.00</Amt><RmtInf>', "<RmtInf>").replace(
        '<Amt Ccy="EUR">20.00</Amt><RmtInf>', "<RmtInf>"
    )
    assert [(e.amount_minor, e.text) for e in entries(items(tmp_path, with_entry(bare, 103_000)))] == [
        (3_000, "one two")
    ]


def test_charges_are_kept(tmp_path: Path) -> None:
    charged = BATCH.replace(
        "<NtryDtls>", '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">1.50</TtlChrgsAndTaxAmt></Chrgs><NtryDtls>'
    )
    assert {e.charges for e in entries(items(tmp_path, with_entry(charged, 103_000)))} == {Money(150, "EUR")}


def test_charges_in_another_currency_are_not_added_and_what_was_given_back_is_taken_off(tmp_path: Path) -> None:
    records = "".join(
        f'<Rcrd><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd></Rcrd>'
        for currency, amount, side in (("EUR", "2.00", "DBIT"), ("USD", "9.00", "DBIT"), ("EUR", "0.50", "CRDT"))
    )
    charged = BATCH.replace("<NtryDtls>", f"<Chrgs>{records}</Chrgs><NtryDtls>")
    assert {e.charges for e in entries(items(tmp_path, with_entry(charged, 103_000)))} == {Money(150, "EUR")}


def test_a_batch_may_be_booked_less_its_charges(tmp_path: Path) -> None:
    """The payers paid 30.05; the bank kept 0.05 of it."""
    charge = '<Chrgs><Rcrd><Amt Ccy="EUR">0.05</Amt></Rcrd></Chrgs>'
    charged = BATCH.replace(">20.00<", ">20.05<").replace("<RmtInf><Ustrd>two", f"{charge}<RmtInf><Ustrd>two")
    found = items(tmp_path, with_entry(charged, 103_000))
    check(found)
    assert [e.amount_minor for e in entries(found)] == [1_000, 2_005]


def test_one_transaction_of_an_entry_goes_where_the_entry_goes(tmp_path: Path) -> None:
    """Some banks give the direction of the payment that is returned, and its amount before charges."""
    detail = '<TxDtls><Amt Ccy="EUR">99.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>'
    entry = BATCH[: BATCH.index("<TxDtls>")].replace("CRDT", "DBIT") + detail + "</NtryDtls></Ntry>"
    found = items(tmp_path, with_entry(entry, 97_000))
    check(found)
    assert [(e.amount_minor, e.credit) for e in entries(found)] == [(3_000, False)]


@pytest.mark.parametrize("side", ["Dbtr", "Cdtr"])
def test_what_has_a_reason_of_return_is_a_reversal_whoever_is_named_first(tmp_path: Path, side: str) -> None:
    account = f"<{side}Acct><Id><IBAN>{PAYER_IBAN}</IBAN></Id></{side}Acct>"
    detail = f"<TxDtls><RltdPties>{account}</RltdPties><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"
    entry = BATCH[: BATCH.index("<TxDtls>")].replace("CRDT", "DBIT") + detail + "</NtryDtls></Ntry>"
    [back] = entries(items(tmp_path, with_entry(entry, 97_000)))
    assert (back.reversal, back.credit, back.counterparty_iban) == (True, False, PAYER_IBAN)


RETURNED = {
    "no reason": "<RtrInf/>",
    "a reason of the bank's own": "<RtrInf><Rsn><Prtry>x</Prtry></Rsn></RtrInf>",
    "only an originator": "<RtrInf><Orgtr><Nm>x</Nm></Orgtr></RtrInf>",
    "ISO's code": "<BkTxCd><Domn><Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>",
    "an unpaid debit": "<BkTxCd><Domn><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn></BkTxCd>",
    "the German code": "<BkTxCd><Prtry><Cd>NTRF+159+00931</Cd><Issr>DK</Issr></Prtry></BkTxCd>",
    "SWIFT's code": "<BkTxCd><Prtry><Cd>NRTI</Cd></Prtry></BkTxCd>",
}


@pytest.mark.parametrize("how", RETURNED)
@pytest.mark.parametrize("direction", ["CRDT", "DBIT"])
def test_a_return_is_no_payment_however_the_bank_says_it(tmp_path: Path, how: str, direction: str) -> None:
    detail = f"<TxDtls>{RETURNED[how]}</TxDtls></NtryDtls></Ntry>"
    entry = BATCH[: BATCH.index("<TxDtls>")].replace("CRDT", direction) + detail
    [back] = entries(items(tmp_path, with_entry(entry, 97_000 if direction == "DBIT" else 103_000)))
    assert (back.reversal, back.credit) == (True, direction == "CRDT")


def test_the_code_of_a_return_may_stand_at_the_entry_and_a_transfer_has_another(tmp_path: Path) -> None:
    for code, returned in (("RRTN", True), ("ESCT", False)):
        family = f"<Fmly><Cd>RCDT</Cd><SubFmlyCd>{code}</SubFmlyCd></Fmly>"
        entry = BATCH.replace("<NtryDtls>", f"<BkTxCd><Domn><Cd>PMNT</Cd>{family}</Domn></BkTxCd><NtryDtls>")
        assert {e.reversal for e in entries(items(tmp_path, with_entry(entry, 103_000)))} == {returned}


def test_the_number_of_the_document_that_is_paid_is_read(tmp_path: Path) -> None:
    document = "<RmtInf><Strd><RfrdDocInf><Nb>B-2026-000001</Nb></RfrdDocInf>"
    entry = BATCH[: BATCH.index("<TxDtls>")] + f"<TxDtls>{document}</Strd></RmtInf></TxDtls></NtryDtls></Ntry>"
    [paid] = entries(items(tmp_path, with_entry(entry, 103_000)))
    assert "B2026000001" in paid.words


@pytest.mark.parametrize("written", ["30", "30.", "030.00", "+30.0", "30.00000", "0000000000000000000030.00"])
def test_an_amount_is_any_decimal_of_xml_schema(tmp_path: Path, written: str) -> None:
    [whole] = entries(items(tmp_path, with_entry(BATCH.replace(">30.00<", f">{written}<"), 103_000)))[:1]
    assert whole.counts_minor == 3_000


@given(whole=st.text("0123456789", max_size=12), fraction=st.none() | st.text("0123456789", max_size=2))
def test_decimals_are_read_exactly(whole: str, fraction: str | None) -> None:
    written = whole if fraction is None else f"{whole}.{fraction}"
    if not (whole or fraction):
        with pytest.raises(StatementInvalid):
            minor(written, "EUR", "here")
    else:
        assert minor(written, "EUR", "here") == int(Decimal(written) * 100)


@pytest.mark.parametrize("written", ["", ".", "+", "-1", "1e3", "1,00", "NaN", "٣", "1 000"])
def test_what_is_no_amount_of_xml_schema_is_refused(written: str) -> None:
    with pytest.raises(StatementInvalid) as refused:
        minor(written, "EUR", "here")
    assert refused.value.code == "amount-invalid"


def test_pages_of_a_statement_open_and_close_with_interim_balances(tmp_path: Path) -> None:
    page = camt([Moved(500)]).replace(b"OPBD", b"ITBD").replace(b"CLBD", b"ITBD")
    found = items(tmp_path, page)
    assert found[0] == StatementHead("S1", OWN_IBAN, "EUR", 100_000, 100_500)
    check(found)


def test_a_number_that_the_bank_gives_within_a_file_makes_no_other_transaction(tmp_path: Path) -> None:
    plain = camt([Moved(500)])
    numbered = plain.replace(b"<Ntry>", b"<Ntry><NtryRef>17</NtryRef>")
    first, second = ([t.alike for t in identified("c", "f", items(tmp_path, each))] for each in (plain, numbered))
    assert first == second


BOMB = b'<?xml version="1.0"?><!DOCTYPE D [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><Document>&b;</Document>'
HOSTILE = {
    "an entity bomb": (BOMB, "document-type"),
    "a file from outside": (
        b'<!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>',
        "document-type",
    ),
    "no XML": (b"%PDF-1.7", "not-xml"),
    "nothing": (b"", "not-xml"),
    "another document": (b"<html/>", "format-unsupported"),
    "cut off": (camt([Moved(100)])[:-30], "not-xml"),
    "wrong sums": (camt([Moved(100)], closing=100_200), "sums-differ"),
    "an entry in another currency": (camt([Moved(100, currency="USD")]), "currency-differs"),
    "an unknown currency": (camt([Moved(100, currency="XXQ")]), "currency-unknown"),
    "a batch that does not sum": (with_entry(BATCH.replace(">20.00<", ">21.00<"), 103_000), "sums-differ"),
    "no date": (with_entry(BATCH.replace("<BookgDt><Dt>2026-11-20</Dt></BookgDt>", ""), 103_000), "date-invalid"),
    "no direction": (with_entry(BATCH.replace("<CdtDbtInd>CRDT</CdtDbtInd>", ""), 103_000), "direction-missing"),
    "half a cent": (with_entry(BATCH.replace(">30.00<", ">30.005<"), 103_000), "amount-invalid"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_not_right_is_refused_with_its_reason(tmp_path: Path, name: str) -> None:
    content, code = HOSTILE[name]
    assert refusal(tmp_path, content) == code


def test_mt940_is_read_with_payer_reversal_and_balances(tmp_path: Path) -> None:
    found = items(tmp_path, MT940.encode(), "mt940")
    head = found[0]
    assert isinstance(head, StatementHead)
    assert (head.currency, head.opening_minor, head.closing_minor) == ("EUR", 100_000, 106_950)
    first, fee, back = entries(found)
    assert (first.amount_minor, first.counterparty_iban, first.counterparty_name) == (12_000, PAYER_IBAN, "Max Muster")
    assert "CLINIC12026000001" in first.words
    assert (fee.credit, fee.counts_minor) == (False, -2_050)
    assert (back.credit, back.reversal, back.counts_minor) == (False, True, -3_000)
    check(found)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("hello", "not-mt940"),
        (MT940.replace("1069,50", "1070,50"), "sums-differ"),
        (MT940.replace(":60F:C261119EUR1000,00\r\n", ""), "balance-missing"),
        (MT940.replace(":25:12030000/202051\r\n", ""), "account-missing"),
    ],
)
def test_mt940_that_is_not_right_is_refused(tmp_path: Path, content: str, code: str) -> None:
    assert refusal(tmp_path, content.encode(), "mt940") == code


def test_what_cannot_be_read_is_in_no_log(tmp_path: Path) -> None:
    broken = MT940.replace(":61:2611201120CR120,00", ":61:Lucja Oster, root canal")
    logged = StringIO()
    handler = logging.StreamHandler(logged)
    # On the root, where the services' own handler is; pytest's fixture also hears loggers that do not propagate.
    logging.getLogger().addHandler(handler)
    try:
        assert refusal(tmp_path, broken.encode(), "mt940")
    finally:
        logging.getLogger().removeHandler(handler)
    assert logged.getvalue() == ""


def test_csv_is_read_by_its_map(tmp_path: Path) -> None:
    rows = (
        "Buchungstag;Betrag;Zweck;IBAN",
        "20.11.2026;1.234,56;RE B-1;DE89 3704 0044 0532 0130 00",
        "20.11.2026;-5,00;x;",
    )
    text = "\n".join(rows)
    first, second = entries(items(tmp_path, text.encode(), "csv", COLUMNS))
    assert (first.amount_minor, first.credit, first.counterparty_iban) == (123_456, True, PAYER_IBAN)
    assert (second.amount_minor, second.credit, second.counterparty_iban) == (500, False, None)


def test_every_bad_row_of_a_csv_is_named(tmp_path: Path) -> None:
    text = "Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;x;a;\n2026-11-20;1,00;b;\n20.11.2026;;c;\n20.11.2026;1,00;d;\n"
    with pytest.raises(StatementInvalid) as refused:
        items(tmp_path, text.encode(), "csv", COLUMNS)
    assert refused.value.code == "rows-invalid"
    assert [part.split(":")[0] for part in refused.value.message.split("; ")] == ["line 2", "line 3", "line 4"]


def test_a_csv_without_the_columns_of_its_map_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"a;b\n1;2\n", "csv", COLUMNS) == "column-missing"
    assert refusal(tmp_path, b"a;b\n1;2\n", "csv") == "columns-missing"
    assert refusal(tmp_path, "Buchungstag;Betrag\xff".encode("latin-1"), "csv", COLUMNS) == "not-csv"


def csv_columns(**changes: object) -> CsvColumnsBody:
    """The map with these changes; None takes a column away."""
    return CsvColumnsBody.model_validate({**COLUMNS.model_dump(), **changes})


def amounts(folder: Path, text: str, columns: CsvColumnsBody) -> list[int]:
    return [e.counts_minor for e in entries(items(folder, text.encode(), "csv", columns))]


def test_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    above = 'Girokonto "Praxis";DE02120300000000202051\n\nZeitraum;01.11.2026;30.11.2026\n'
    text = above + "Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;1,00;a;\n20.11.2026;x;b;\n"
    with pytest.raises(StatementInvalid) as refused:
        items(tmp_path, text.encode(), "csv", COLUMNS)
    assert refused.value.message.startswith("line 6:")
    assert amounts(tmp_path, text.replace(";x;", ";-2,00;"), COLUMNS) == [100, -200]


def test_debit_and_credit_may_be_two_columns(tmp_path: Path) -> None:
    columns = csv_columns(amount=None, debit="Soll", credit="Haben")
    text = "Buchungstag;Soll;Haben;Zweck;IBAN\n20.11.2026;{};{};a;\n"
    for debit, credit, minor_ in (("5,00", "", -500), ("-5,00", "", -500), ("", "7,50", 750), ("0,00", "7,50", 750)):
        assert amounts(tmp_path, text.format(debit, credit), columns) == [minor_]
    for debit, credit in (("", ""), ("1,00", "1,00")):
        assert refusal(tmp_path, text.format(debit, credit).encode(), "csv", columns) == "rows-invalid"


@pytest.mark.parametrize(
    ("minor_", "mark"),
    [
        *((500, mark) for mark in ("C", "CRDT", "Haben", "Bij", "+", "Entrada")),
        *((-500, mark) for mark in ("D", "dbit", "S", "Af", "-", "Saída")),
    ],
)
def test_a_mark_says_the_direction(tmp_path: Path, mark: str, minor_: int) -> None:
    columns = csv_columns(direction="Art", debit_marks=["Saída"], credit_marks=["Entrada"])
    text = f"Buchungstag;Betrag;Art;Zweck;IBAN\n20.11.2026;5,00;{mark};a;\n"
    assert amounts(tmp_path, text, columns) == [minor_]
    assert refusal(tmp_path, text.replace(f";{mark};", ";?;").encode(), "csv", columns) == "rows-invalid"


NEGATIVE = [
    "-1.234,50",
    "1.234,50-",
    "1234,5 D",
    "1.234,50 S",
    "- 1.234,50",
    "\N{EN DASH}1.234,50",
    "(1.234,50)",
    "( 1.234,50 )",
    "(1.234,50) €",
    "€ (1.234,50)",
    "(1.234,50 EUR)",
    "(€1.234,50)",
]


@pytest.mark.parametrize("written", NEGATIVE)
def test_a_sign_may_stand_before_or_behind_and_brackets_are_one(tmp_path: Path, written: str) -> None:
    assert amounts(tmp_path, f"Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;{written};a;\n", COLUMNS) == [-123_450]


@pytest.mark.parametrize("written", ["-1.234,50", "1.234,50-", "(1.234,50)"])
def test_what_is_negative_went_out_in_either_of_two_columns(tmp_path: Path, written: str) -> None:
    columns = csv_columns(amount=None, debit="Soll", credit="Haben")
    text = f"Buchungstag;Soll;Haben;Zweck;IBAN\n20.11.2026;{written};;a;\n20.11.2026;;{written};b;\n"
    assert amounts(tmp_path, text, columns) == [-123_450, -123_450]


@pytest.mark.parametrize("written", ["-(1,00)", "(1,00-)", "(-1,00)", "(1,00", "1,00)", "()", "((1,00))", "(1,00) H"])
def test_brackets_that_say_two_things_are_refused(tmp_path: Path, written: str) -> None:
    text = f"Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;{written};a;\n"
    assert refusal(tmp_path, text.encode(), "csv", COLUMNS) == "rows-invalid"


def test_a_map_that_cannot_tell_what_went_out_is_refused(tmp_path: Path) -> None:
    text = "Buchungstag;Betrag;Af Bij;Zweck;IBAN\n20.11.2026;5,00;Af;a;\n20.11.2026;6,00;Bij;b;\n"
    assert refusal(tmp_path, text.encode(), "csv", COLUMNS) == "direction-missing"
    assert amounts(tmp_path, text, csv_columns(direction="Af Bij")) == [-500, 600]
    assert amounts(tmp_path, text.replace("Af;", "Bij;"), COLUMNS) == [500, 600]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": None},
        {"amount": None, "credit": "Haben"},
        {"amount": None, "debit": "Soll"},
        {"debit": "Soll", "credit": "Haben"},
        {"amount": None, "debit": "Soll", "credit": "Haben", "direction": "Art"},
    ],
)
def test_a_map_says_in_one_way_what_went_out(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        csv_columns(**changes)


def test_a_row_of_zero_is_an_entry(tmp_path: Path) -> None:
    text = "Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;0,00;a;\n20.11.2026;-0,00;b;\n;;;\n"
    assert amounts(tmp_path, text, COLUMNS) == [0, 0]


@given(moves=st.lists(st.integers(-10_000, 10_000).filter(bool), max_size=5), closing=st.integers(-50_000, 50_000))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_without_an_opening_balance_it_follows_from_the_entries(tmp_path: Path, moves: list[int], closing: int) -> None:
    opening = closing - sum(moves)
    whole = camt([Moved(minor_) for minor_ in moves], opening=opening)
    balance = whole.partition(b"<Bal>")[2].partition(b"</Bal>")[0]
    cut = whole.replace(b"<Bal>" + balance + b"</Bal>", b"", 1)
    sides = []
    for content in (whole, cut):
        days = DayCollector("f", "camt.053")
        [statement] = check(days.noting(items(tmp_path, content)))
        sides.append((statement.head.opening_minor, statement.head.closing_minor))
        assert statement.opening_derived == (content is cut)
        assert [(d.opening_minor, d.closing_minor) for d in days.slices()] == [(opening, closing)] * bool(moves)
    assert sides == [(opening, closing)] * 2


def test_without_a_closing_balance_a_statement_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, camt([Moved(500)]).replace(b"CLBD", b"CLAV")) == "balance-missing"


MUTATION = st.tuples(st.integers(0, 2_000), st.binary(max_size=6))


@given(changes=st.lists(MUTATION, max_size=4), format_=st.sampled_from(["camt.053", "mt940", "csv"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_is_read_or_refused(
    tmp_path: Path, changes: list[tuple[int, bytes]], format_: StatementFormat
) -> None:
    content = {
        "camt.053": camt([Moved(100, "x"), Moved(-5)]),
        "mt940": MT940.encode(),
        "csv": b"Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;1,00;a;\n",
    }[format_]
    for place, patch in changes:
        content = content[: place % len(content)] + patch + content[place % len(content) + len(patch) :]
    try:
        check(items(tmp_path, content, format_, COLUMNS))
    except StatementInvalid as refused:
        assert refused.code  # noqa: PT017
        assert len(refused.message) < 10_000  # noqa: PT017


def entries_of(folder: Path, *moves: Moved, file: str = "f") -> list[IdentifiedEntry]:
    return list(identified("c", file, items(folder, camt(moves))))


def test_a_file_names_its_transactions_alike_each_time_and_twins_apart(tmp_path: Path) -> None:
    twin, other = Moved(100, "a"), Moved(200, "b")
    first = entries_of(tmp_path, twin, twin, other)
    assert first == entries_of(tmp_path, twin, twin, other)
    assert len({t.transaction_id for t in first}) == 3
    assert [t.alike for t in first] == [first[0].alike] * 2 + [first[2].alike]


def test_two_files_name_apart_what_they_say_alike(tmp_path: Path) -> None:
    first, second = (entries_of(tmp_path, Moved(100, "a"), file=file)[0] for file in ("f", "g"))
    assert first.alike == second.alike
    assert first.transaction_id != second.transaction_id


@pytest.mark.parametrize(
    ("written", "account"),
    [
        (OWN_IBAN, OWN_IBAN),
        ("DE02 1203 0000 0000 2020 51", OWN_IBAN),
        ("12030000/202051", OWN_IBAN),
        ("12030000/0000202051", OWN_IBAN),
        ("120300000000202051", OWN_IBAN),
        ("19043/234573201", "AT611904300234573201"),
        ("0123456", "0123456"),
    ],
)
def test_an_account_is_the_same_however_a_file_writes_it(written: str, account: str) -> None:
    assert account_key(written) == account


@pytest.mark.parametrize(
    ("came_in", "went_out"),
    [
        ("Credit", "Debet"),
        ("Kredit", "Debet"),
        ("Incoming", "Outgoing"),
        ("Inkomend", "Uitgaand"),
        ("Eingang", "Ausgang"),
        ("Entrée", "Sortie"),
        ("Entrada", "Salida"),
        ("Ma", "Winien"),
        ("Wpływ", "Wydatek"),
        ("Cr.", "Dr."),
        ("Money in", "Money out"),
    ],
)
def test_a_column_of_marks_that_the_map_leaves_out_is_never_read_as_money_that_came_in(
    tmp_path: Path, came_in: str, went_out: str
) -> None:
    text = f"Buchungstag;Betrag;Art;Zweck;IBAN\n20.11.2026;5,00;{came_in};a;\n20.11.2026;6,00;{went_out};b;\n"
    assert refusal(tmp_path, text.encode(), "csv", COLUMNS) == "direction-missing"
    assert amounts(tmp_path, text, csv_columns(direction="Art")) == [500, -600]


def test_two_words_that_nobody_knows_may_be_marks_too(tmp_path: Path) -> None:
    head = "Buchungstag;Betrag;Art;Zweck;IBAN\n"
    rows = [f"20.11.2026;{n},00;{word};text {n};\n" for n, word in enumerate(("vasen", "oikea") * 3, 1)]
    text = head + "".join(rows)
    assert refusal(tmp_path, text.encode(), "csv", COLUMNS) == "direction-missing"
    known = csv_columns(direction="Art", credit_marks=["vasen"], debit_marks=["oikea"])
    assert amounts(tmp_path, text, known) == [100, -200, 300, -400, 500, -600]
    both = csv_columns(direction="Art", credit_marks=["vasen", "oikea"])
    assert amounts(tmp_path, text, both) == [100, 200, 300, 400, 500, 600]
    for other in ("".join(rows[::2]), "".join(row.replace("vasen", "") for row in rows)):
        assert all(minor_ > 0 for minor_ in amounts(tmp_path, head + other, COLUMNS))


@pytest.mark.parametrize(
    ("written", "minor_"),
    [
        ("1.234,50 EUR", 123_450),
        ("EUR -1.234,50", -123_450),
        ("-€1.234,50", -123_450),
        ("\N{MINUS SIGN}1.234,50 €", -123_450),
        ("1.234,50 € S", None),
        ("$ 1.234,50", None),
    ],
)
def test_an_amount_may_have_its_currency_beside_it(tmp_path: Path, written: str, minor_: int | None) -> None:
    text = f"Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;{written};a;\n"
    if minor_ is None:
        assert refusal(tmp_path, text.encode(), "csv", COLUMNS) == "rows-invalid"
    else:
        assert amounts(tmp_path, text, COLUMNS) == [minor_]


STATUS = "Buchungstag;Betrag;Zweck;IBAN;{}\n20.11.2026;1,00;a;;{}\n{};2,00;b;;{}\n"


@pytest.mark.parametrize(
    ("column", "booked", "pending"),
    [
        ("Info", "Umsatz gebucht", "Umsatz vorgemerkt"),
        ("Status", "Gebucht", "Vorgemerkt"),
        ("State", "COMPLETED", "PENDING"),
        ("State", "COMPLETED", "DECLINED"),
        ("Status", "", "pending"),
        ("Buchungsstatus", "gebucht", "In Bearbeitung"),
    ],
)
def test_what_is_only_pending_is_never_booked(tmp_path: Path, column: str, booked: str, pending: str) -> None:
    text = STATUS.format(column, booked, "21.11.2026", pending)
    assert amounts(tmp_path, text, COLUMNS) == [100], "by the name of its column"
    assert amounts(tmp_path, text.replace(column, "Merkmal"), csv_columns(status="Merkmal")) == [100], "by the map"
    assert refusal(tmp_path, text.replace(column, "Merkmal").encode(), "csv", COLUMNS) == "rows-invalid", "asked for"


@pytest.mark.parametrize("word", ["offen", "Vorgemerkt", "PENDING"])
def test_a_word_where_the_day_would_be_says_that_it_is_not_booked(tmp_path: Path, word: str) -> None:
    assert amounts(tmp_path, STATUS.format("x", "", word, ""), COLUMNS) == [100]


def test_a_status_that_nobody_knows_is_asked_for(tmp_path: Path) -> None:
    text = STATUS.format("Status", "kész", "21.11.2026", "várakozik").encode()
    assert refusal(tmp_path, text, "csv", csv_columns(status="Status")) == "rows-invalid"
    known = csv_columns(status="Status", booked_marks=["kész"], pending_marks=["várakozik"])
    assert amounts(tmp_path, text.decode(), known) == [100]


def test_a_payer_who_writes_of_something_pending_has_paid(tmp_path: Path) -> None:
    text = "Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;1,00;vorgemerkt;\n"
    assert amounts(tmp_path, text, COLUMNS) == [100]


@pytest.mark.parametrize("version", ["02", "08"])
@pytest.mark.parametrize("status", ["PDNG", "INFO", "FUTR"])
def test_an_entry_of_camt_that_is_not_booked_is_no_money(tmp_path: Path, status: str, version: str) -> None:
    found = items(tmp_path, camt([Moved(500), Moved(700, booked=status)], version=version))
    assert [e.counts_minor for e in entries(found)] == [500]
    check(found)


def test_what_a_bank_expects_is_no_money_and_an_interim_report_no_statement(tmp_path: Path) -> None:
    whole = mt940([Moved(500)])
    line = next(line for line in whole.splitlines(keepends=True) if line.startswith(b":61:"))
    expected = b":61:2611201120EC7,00NTRFNONREF\n:86:expected\n"
    assert [e.counts_minor for e in entries(items(tmp_path, whole.replace(line, expected + line), "mt940"))] == [500]
    interim = b":20:A\n:25:12030000/202051\n:28C:1/1\n:34F:EUR0,\n:13D:2611201200+0100\n" + line
    assert refusal(tmp_path, interim, "mt940") == "format-unsupported"
    assert refusal(tmp_path, whole + b"\n" + interim, "mt940") == "format-unsupported"


def test_rows_may_end_in_more_delimiters_than_the_header(tmp_path: Path) -> None:
    text = "Buchungstag;Betrag;Zweck;IBAN\n20.11.2026;1,00;a;;;;\n"
    assert amounts(tmp_path, text, COLUMNS) == [100]
    assert refusal(tmp_path, text.replace(";;;;", ";;;x").encode(), "csv", COLUMNS) == "rows-invalid"
