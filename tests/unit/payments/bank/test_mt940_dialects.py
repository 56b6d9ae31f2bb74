"""MT940 as banks of several countries write it: what is about an entry, whose account it is, who paid."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from payments.adapters.bank_files import read
from payments.domain.bank.accounts import account_key
from payments.domain.bank.statement import Entry, StatementHead, check

SURROUNDINGS = {
    "a text about the statement": ":86:Zinsen B-2026-000009 RF18539007547034\r\n-\r\n",
    "texts after other balances": ":64:C261120EUR120,00\r\n:65:C261121EUR120,00\r\n:86:/SUM/1/\r\nmore of it\r\n-\r\n",
    "an end in braces": "-}\r\n",
    "an end with a trailer": "-}{5:{CHK:0123456789AB}}\r\n",
    "an end as ING writes it": ":86:/SUM/1/0/120,00/0,00/\r\n-XXX\r\n",
    "the next message's header": "-}\r\n{1:F01INGBNL2ABXXX0000000000}\r\n{2:I940INGBNL2AXXXN}\r\n{4:\r\n",
    "a header without braces": "-\r\nABNANL2A\r\n940\r\nABNANL2A\r\n",
    "empty lines": "-\r\n\r\n\r\n",
}


def message(*entries: str, after: str = "-\r\n", account: str = "NL91ABNA0417164300", closing: str = "120,00") -> str:
    lines = "".join(f"{entry}\r\n" for entry in entries)
    opening = f":20:START\r\n:25:{account}\r\n:28C:1/1\r\n:60F:C261119EUR0,00\r\n"
    return f"{opening}{lines}:62F:C261120EUR{closing}\r\n{after}"


def found(folder: Path, text: str) -> tuple[list[StatementHead], list[Entry]]:
    file = folder / "statement"
    file.write_bytes(text.encode())
    items = list(read("mt940", file))
    check(items)
    return [i for i in items if isinstance(i, StatementHead)], [i for i in items if isinstance(i, Entry)]


PAID = (":61:2611201120C120,00NTRFNONREF//BR1", ":86:Invoice B-2026-000001")


@pytest.mark.parametrize("what", SURROUNDINGS)
def test_what_stands_after_the_last_entry_is_no_text_of_it(tmp_path: Path, what: str) -> None:
    _, [alone] = found(tmp_path, message(*PAID))
    _, [surrounded, *further] = found(tmp_path, message(*PAID, after=SURROUNDINGS[what]) + message(*PAID))
    assert surrounded == alone
    assert further == [alone]


@given(st.lists(st.sampled_from(sorted(SURROUNDINGS.values())), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_statement_tells_another_entry_for_what_surrounds_it(tmp_path: Path, surroundings: list[str]) -> None:
    _, [alone] = found(tmp_path, message(*PAID))
    heads, entries = found(tmp_path, "".join(message(*PAID, after=after) for after in surroundings))
    assert len(heads) == len(surroundings)
    assert set(entries) == {alone}


def test_a_text_about_the_statement_before_its_first_entry_is_none_of_it(tmp_path: Path) -> None:
    _, [entry] = found(tmp_path, message(":86:of the statement", *PAID))
    assert entry.text == "Invoice B-2026-000001"


def test_an_entry_keeps_all_lines_of_its_text(tmp_path: Path) -> None:
    _, [entry] = found(tmp_path, message(PAID[0], ":86:Invoice\r\n- second line\r\n-\r\nB-2026-\r\n000001"))
    assert entry.text == "Invoice - second line B-2026- 000001"


def test_a_header_may_stand_before_the_first_field(tmp_path: Path) -> None:
    header = "{1:F01INGBNL2ABXXX0000000000}{2:I940INGBNL2AXXXN}{4:"
    [head], [entry] = found(tmp_path, header + message(*PAID, after="-}"))
    assert (head.closing_minor, entry.text) == (12_000, "Invoice B-2026-000001")


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("NL02INGB0001234567EUR", "NL02INGB0001234567"),
        ("NL02 INGB 0001 2345 67 EUR", "NL02INGB0001234567"),
        ("nl91abna0417164300eur", "NL91ABNA0417164300"),
        ("INGBNL2A/NL02INGB0001234567EUR", "NL02INGB0001234567"),
        ("NL02INGB0001234567", "NL02INGB0001234567"),
        ("MT84MALT011000012345MTLCAST001SEUR", "MT84MALT011000012345MTLCAST001S"),
        ("12030000/202051EUR", "DE02120300000000202051"),
        ("12030000/202051 EUR", "DE02120300000000202051"),
        ("0123456EUR", "0123456"),
    ],
)
def test_an_account_with_its_currency_behind_it_is_the_account(tmp_path: Path, written: str, account: str) -> None:
    [head], _ = found(tmp_path, message(*PAID, account=written))
    assert account_key(head.account) == account


PAYER = "NL32INGB0000012345"
DUTCH = {
    "ABN AMRO": (
        ":61:2611201120C120,00NTRFEREF//BR1\r\n/TRCD/00541/",
        f":86:/TRTP/SEPA OVERBOEKING/IBAN/{PAYER}/BIC/INGBNL2A/NAME/J. JANSEN/REMI\r\n/B-2026-000001/EREF/NOTPROVIDED",
    ),
    "ING": (
        ":61:2611201120C120,00NTRFNONREF//BR1\r\n/TRCD/00108/",
        f":86:/EREF/NOTPROVIDED//CNTP/{PAYER[:9]}\r\n{PAYER[9:]}/INGBNL2A/J. JANSEN///REMI/USTD//B-2026-000001/",
    ),
    "Rabobank": (
        f":61:2611201120C120,00N541NONREF//BR1\r\n{PAYER}",
        ":86:/ORDP//NAME/J. JANSEN/REMI/B-2026-000001/",
    ),
    "ASN and SNS": (
        f":61:2611201120C120,00NOVB{PAYER}//BR1\r\nj jansen",
        f":86:{PAYER} j jansen\r\nB-2026-000001",
    ),
    "a German bank": (
        ":61:2611201120CR120,00N166NONREF//BR1",
        f":86:166?00GUTSCHRIFT?20SVWZ+B-2026-000001?31{PAYER}?32J. JANSEN",
    ),
    "a German bank with line 2": (
        f":61:2611201120CR120,00N166NONREF//BR1\r\n{PAYER}",
        f":86:166?00GUTSCHRIFT?20SVWZ+B-2026-000001?32{PAYER} J. JANSEN",
    ),
}


@pytest.mark.parametrize("bank", DUTCH)
def test_who_paid_is_known_by_account_and_by_a_name_without_it(tmp_path: Path, bank: str) -> None:
    _, [entry] = found(tmp_path, message(*DUTCH[bank]))
    assert (entry.counterparty_iban, (entry.counterparty_name or "").upper()) in (
        (PAYER, "J. JANSEN"),
        (PAYER, "J JANSEN"),
    )
    assert (entry.end_to_end_id, entry.bank_reference) == (None, "BR1")
    assert "B2026000001" in entry.words


def test_bank_code_and_number_of_a_german_payer_are_their_iban(tmp_path: Path) -> None:
    _, [entry] = found(tmp_path, message(PAID[0], ":86:051?00GUTSCHRIFT?20Rechnung?3012030000?31202051?32MAX MUSTER"))
    assert (entry.counterparty_iban, entry.counterparty_name) == ("DE02120300000000202051", "MAX MUSTER")


@pytest.mark.parametrize("reference", ["E2E-7", "B-2026-000001", "RF18539007547034"])
def test_the_customers_reference_of_the_entry_is_read(tmp_path: Path, reference: str) -> None:
    _, [entry] = found(tmp_path, message(f":61:2611201120C120,00NTRF{reference}//BR1", ":86:166?00GUTSCHRIFT?20Danke"))
    assert "".join(filter(str.isalnum, reference)) in {*entry.words, *entry.references}
    assert (entry.counterparty_iban, entry.counterparty_name) == (None, None)


def test_an_entry_has_a_long_reference_and_several_lines_behind_it(tmp_path: Path) -> None:
    reference = "A123456789012345678901234567890123"
    _, [entry] = found(tmp_path, message(f":61:2611201120C120,00NTRF{reference}//BR1\r\none\r\ntwo", ":86:thanks"))
    assert (entry.bank_reference, entry.text) == ("BR1", "thanks one two")
    assert reference in entry.words


@pytest.mark.parametrize(("written", "statement"), [("1234567/00001", "1234567/00001"), ("20261120", "20261120")])
def test_a_statement_may_have_a_long_number(tmp_path: Path, written: str, statement: str) -> None:
    [head], _ = found(tmp_path, message(*PAID).replace(":28C:1/1", f":28C:{written}"))
    assert head.statement_id == statement


@pytest.mark.parametrize("code", ["108", "109", "110", "159", "160", "181", "184"])
@pytest.mark.parametrize("mark", ["C", "D"])
def test_what_the_german_table_calls_a_return_is_no_payment(tmp_path: Path, code: str, mark: str) -> None:
    closing = "120,00" if mark == "C" else "-120,00"
    text = message(f":61:2611201120{mark}R120,00NTRFNONREF//BR1", f":86:{code}?00X?20SVWZ+x", closing=closing)
    _, [entry] = found(tmp_path, text.replace("C261120EUR-", "D261120EUR"))
    assert (entry.reversal, entry.credit) == (True, mark == "C")


@pytest.mark.parametrize(
    ("line", "details"),
    [
        (":61:2611201120D120,00NRTINONREF//BR1", ":86:returned"),
        (":61:2611201120D120,00NTRFNONREF//BR1", ":86:/RTRN/MS03/EREF/E2E-1/REMI/x"),
        (":61:2611201120RC120,00NTRFNONREF//BR1", ":86:x"),
    ],
)
def test_other_marks_of_a_return_are_known(tmp_path: Path, line: str, details: str) -> None:
    text = message(line, details).replace(":62F:C261120", ":62F:D261120")
    _, [entry] = found(tmp_path, text)
    assert (entry.reversal, entry.credit) == (True, False)


@pytest.mark.parametrize("code", ["166", "168", "051", "153"])
def test_a_transfer_is_no_return(tmp_path: Path, code: str) -> None:
    _, [entry] = found(tmp_path, message(PAID[0], f":86:{code}?00GUTSCHRIFT?20SVWZ+x"))
    assert not entry.reversal


def test_a_message_may_begin_on_the_line_on_which_the_one_before_ends(tmp_path: Path) -> None:
    next_one = "-}{1:F01INGBNL2AXXXX0000000000}{2:I940INGBNL2AXXXXN}{4:"
    heads, entries = found(tmp_path, message(*PAID, after=next_one) + message(*PAID, after="-}"))
    assert (len(heads), len(entries), len(set(entries))) == (2, 2, 1)


POLISH = "PL61109010140000071219812874"


@pytest.mark.parametrize("mark", ["<", "~", "^"])
@pytest.mark.parametrize("code", ["", "020"])
def test_polish_banks_write_the_german_subfields_with_their_own_marks(tmp_path: Path, mark: str, code: str) -> None:
    text = "?00Przelew?20za fakture B-20?2126-000001?27Jan ?28Kowalski?30109010?31410000071219812874"
    for subfields in (f"{text}?38{POLISH}", text.replace("27", "32").replace("28", "33") + f"?38{POLISH}"):
        _, [entry] = found(tmp_path, message(PAID[0], f":86:{code}{subfields.replace('?', mark)}"))
        assert entry.text == "za fakture B-2026-000001"
        assert (entry.counterparty_iban, "B2026000001" in entry.words) == (POLISH, True)
        assert entry.counterparty_name == "Jan Kowalski"


def test_with_german_marks_27_is_text_and_38_the_account(tmp_path: Path) -> None:
    text = f"020?20Faktura ?27B-2026-000001?31410000071219812874?32Jan Kowalski?38{POLISH}"
    _, [entry] = found(tmp_path, message(PAID[0], f":86:{text}"))
    assert (entry.text, entry.counterparty_name) == ("Faktura B-2026-000001", "Jan Kowalski")
    assert entry.counterparty_iban == POLISH


@pytest.mark.parametrize(
    "text",
    [
        "SEPA OVERBOEKING IBAN: NL32INGB0000012345 BIC: INGBNL2A NAAM: J. Jansen OMSCHRIJVING: B-2026-000001",
        "SEPA iDEAL          IBAN: NL32INGB0000012345\n:BIC: INGBNL2A          NAAM: J. Jansen\nB-2026-000001",
    ],
)
def test_the_words_of_abn_amro_tell_who_paid(tmp_path: Path, text: str) -> None:
    _, [entry] = found(tmp_path, message(PAID[0], f":86:{text}"))
    assert (entry.counterparty_iban, entry.counterparty_name) == ("NL32INGB0000012345", "J. Jansen")


def test_an_account_that_somebody_writes_about_is_not_the_payers(tmp_path: Path) -> None:
    _, [entry] = found(tmp_path, message(PAID[0], ":86:please use IBAN: NL32INGB0000012345 next time"))
    assert entry.counterparty_iban is None
    _, [entry] = found(tmp_path, message(PAID[0], ":86:NL32INGB0000012345 J. Jansen B-2026-000001"))
    assert entry.counterparty_iban == "NL32INGB0000012345"


@pytest.mark.parametrize("account", ["NL00INGB0000000000", "DE00000000000000000000", "NL99ABNA0000000000"])
def test_an_account_of_zeros_is_nobodys(tmp_path: Path, account: str) -> None:
    _, [entry] = found(tmp_path, message(PAID[0], f":86:/IBAN/{account}//NAME/NOTPROVIDED//REMI/B-2026-000001"))
    assert (entry.counterparty_iban, entry.counterparty_name) == (None, None)
