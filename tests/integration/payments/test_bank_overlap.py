"""Several files of one day: each transfer counts once, and what nobody can tell apart waits for a person."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.integration.payments.test_bank import REFERENCES, billed, only
from tests.parts.statements import OWN_IBAN, PAYER_IBAN, Moved, camt, mt940

pytestmark = pytest.mark.any_broker

TWIN = Moved(3_000, reference=REFERENCES[0])
DAY = [
    Moved(3_000, REFERENCES[0]),
    Moved(3_000, "thanks", iban="DE02100500000024290661"),
    Moved(-450, "fee", iban=None),
    Moved(1_200, "Recall visit"),
]
MAP = f'{{"account": "{OWN_IBAN}", "currency": "EUR", "booked_on": "d", "amount": "a", "text": "t"}}'


def counted(desk: Desk) -> tuple[int, int]:
    """How many transactions came in, and how many of them are suspected."""
    some = [t for t in desk.transactions() if t["credit"]]
    return len(some), len([t for t in some if t["suspected_duplicate"]])


def csv_file(*rows: str) -> bytes:
    return "\n".join(["d,a,t", *rows]).encode()


def test_two_equal_transfers_in_two_files_that_follow_each_other_are_two_payments(desk: Desk) -> None:
    billed(desk, 100_000, reference=REFERENCES[0])
    assert body_of(desk.upload(camt([TWIN])), 201)["new_transactions"] == 1
    assert body_of(desk.upload(camt([TWIN], opening=103_000, number="2")), 201)["new_transactions"] == 1
    whole = body_of(desk.upload(camt([TWIN, TWIN, Moved(100)], number="3")), 201)
    assert (whole["new_transactions"], whole["suspected_transactions"]) == (1, 0)
    assert counted(desk) == (3, 0)
    assert [p["amount"] for p in desk.get("/payments").json()["items"]] == [money(3_000)] * 2


@pytest.mark.parametrize("turned", [False, True])
def test_the_same_day_as_camt_and_as_mt940_counts_once(desk: Desk, turned: bool) -> None:
    billed(desk, 100_000, reference=REFERENCES[0])
    files = [(camt(DAY), "camt.053"), (mt940(DAY), "mt940")]
    first, second = (body_of(desk.upload(*file), 201) for file in (files[::-1] if turned else files))
    assert (first["new_transactions"], second["new_transactions"], second["transactions"]) == (4, 0, 4)
    assert counted(desk) == (3, 0)
    assert len(desk.get("/payments").json()["items"]) == 1


def suspect(desk: Desk) -> Json:
    """Of the same account and amount in two rows of CSV files that are not the same."""
    billed(desk, 100_000, reference=REFERENCES[0])
    body_of(desk.upload(csv_file("2026-11-20,1.00,a", f"2026-11-20,30.00,{REFERENCES[0]}"), "csv", columns=MAP), 201)
    later = csv_file(f"2026-11-20,30.00,{REFERENCES[0]}", "2026-11-20,2.00,b")
    taken = body_of(desk.upload(later, "csv", columns=MAP), 201)
    assert (taken["new_transactions"], taken["suspected_transactions"]) == (2, 1)
    found = only([t for t in desk.transactions(status="unmatched") if t["suspected_duplicate"]])
    original = only(desk.transactions(status="matched"))
    assert found["suspected_duplicate"]["transaction_id"] == original["transaction_id"]
    assert found["history"][-1]["reason"] == found["suspected_duplicate"]["reason"]
    return found


def test_what_cannot_be_known_waits_and_a_person_takes_it(desk: Desk) -> None:
    path = f"/bank-transactions/{suspect(desk)['transaction_id']}"
    assert len(desk.get("/payments").json()["items"]) == 1
    body_of(desk.post(f"{path}/take", {"reason": "came twice"}), 200)
    desk.transactions()
    taken = body_of(desk.get(path), 200)
    assert (taken["status"], taken["suspected_duplicate"], taken["decision"]["rule"]) == ("matched", None, "reference")
    assert [step["command"] for step in taken["history"]] == ["queue", "take", "match"]
    assert len(desk.get("/payments").json()["items"]) == 2
    assert code_of(desk.post(f"{path}/take", {"reason": "again"})) == "illegal-transition"


def test_what_is_the_same_a_person_sets_aside_and_no_invoice_wakes_it(desk: Desk) -> None:
    path = f"/bank-transactions/{suspect(desk)['transaction_id']}"
    billed(desk, 5_000, reference=REFERENCES[0])
    assert body_of(desk.get(path), 200)["status"] == "unmatched"
    aside = body_of(desk.post(f"{path}/set-aside", {"reason": "the same"}), 200)
    assert aside["status"] == "set_aside"
    assert len(desk.get("/payments").json()["items"]) == 1


def test_exports_of_days_that_overlap_change_nothing_and_twins_in_them_are_two(desk: Desk) -> None:
    """A CSV has no balances: one export has all rows of a day that the other has, or they are not the same hours."""
    row = f"2026-11-20,10.00,x {PAYER_IBAN}"
    noon = csv_file("2026-11-19,5.00,y", row, row)
    evening = csv_file(row, row, row, "2026-11-21,7.00,z")
    assert body_of(desk.upload(noon, "csv", columns=MAP), 201)["new_transactions"] == 3
    taken = body_of(desk.upload(evening, "csv", columns=MAP), 201)
    assert (taken["new_transactions"], taken["suspected_transactions"]) == (2, 0)


def test_a_batch_that_another_format_has_as_one_sum_waits_for_a_person(desk: Desk) -> None:
    body_of(desk.upload(mt940([Moved(5_000, "Sammler")]), "mt940"), 201)
    parts = body_of(desk.upload(camt([Moved(2_000), Moved(3_000)])), 201)
    assert (parts["new_transactions"], parts["suspected_transactions"]) == (2, 2)
    assert counted(desk) == (3, 2)


def test_overlapping_files_at_the_same_moment_count_once(desk: Desk) -> None:
    moves = [Moved(1_000 + n, f"no. {n}") for n in range(40)]
    files = [(camt(moves), "camt.053"), (camt([*moves, Moved(5)], number="2"), "camt.053"), (mt940(moves), "mt940")]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda file: desk.upload(*file), files))
    taken = [body_of(answer, 201) for answer in answers]
    assert sum(file["new_transactions"] for file in taken) == 41
    # The one that MT940 does not have is suspect when that came first.
    assert sum(file["suspected_transactions"] for file in taken) <= 1


def test_a_statement_twice_in_one_file_counts_once(desk: Desk) -> None:
    once = camt([TWIN, Moved(100)])
    begin, end = once.index(b"<Stmt>"), once.index(b"</BkToCstmrStmt>")
    twice = once[:end] + once[begin:end] + once[end:]
    taken = body_of(desk.upload(twice), 201)
    assert (taken["transactions"], taken["new_transactions"]) == (4, 2)
