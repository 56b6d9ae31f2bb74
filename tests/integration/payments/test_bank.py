"""Bank statements come in, transfers find their invoices, and people have the last word."""

import gzip
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.payments.desk import Desk, body_of, code_of, money
from tests.parts.patience import until
from tests.parts.statements import Moved, camt

pytestmark = pytest.mark.any_broker

Json = dict[str, Any]
REFERENCES = ("RF18539007547034", "RF712348231")


def billed(desk: Desk, due: int, number: str | None = None, reference: str | None = None, **changes: Any) -> str:
    """A finalized invoice that payments has heard of."""
    named: Json = {"number": number or f"B-2026-{uuid4().hex[:8]}", "payment_reference": reference, **changes}
    invoice = desk.invoice("finalized", due, **named, finalized_at="2026-11-01T10:00:00Z")
    desk.publish(invoice)
    probe = desk.transfer(1, invoice_id=invoice.invoice_id, patient_id="pat-probe")
    until(lambda: code_of(desk.post("/payments", probe)), lambda code: code != "invoice-unknown")
    return invoice.invoice_id


def only(found: list[Json]) -> Json:
    assert len(found) == 1, found
    return found[0]


def payments_of(desk: Desk, transaction: Json) -> list[Json]:
    decision = transaction["decision"] or {"shares": []}
    return [desk.read(share["payment_id"]) for share in decision["shares"]]


def test_a_transfer_with_the_reference_pays_its_invoice(desk: Desk) -> None:
    invoice_id = billed(desk, 12_000, reference=REFERENCES[0])
    answer = body_of(desk.upload(camt([Moved(12_000, reference=REFERENCES[0]), Moved(-500, "fee", iban=None)])), 201)
    assert (answer["transactions"], answer["new_transactions"], len(answer["statements"])) == (2, 2, 1)
    paid, fee = sorted(desk.transactions(), key=lambda t: not t["credit"])
    assert (fee["status"], paid["status"]) == ("debit", "matched")
    assert (paid["decision"]["rule"], paid["decision"]["score"]) == ("reference", 100)
    payment = only(payments_of(desk, paid))
    assert (payment["invoice_id"], payment["settled"], payment["received_on"]) == (
        invoice_id,
        money(12_000),
        "2026-11-20",
    )
    assert payment["bank_transaction_id"] == paid["transaction_id"]
    assert payment["receipt_number"].startswith(f"R-{desk.clinic}-")
    assert desk.published(payment["payment_id"], 1) == [("payment-received", payment)]


def test_an_entry_of_zero_settles_nothing_and_says_so(desk: Desk) -> None:
    billed(desk, 12_000, reference=REFERENCES[0])
    body_of(desk.upload(camt([Moved(0, reference=REFERENCES[0])])), 201)
    entry = only(desk.transactions())
    assert (entry["status"], entry["decision"]) == ("set_aside", None)
    assert entry["history"][-1]["reason"] == "an entry of 0 settles nothing"
    assert desk.get("/payments").json()["items"] == []


def test_an_opening_balance_that_follows_is_said_to_follow(desk: Desk) -> None:
    whole = camt([Moved(500)])
    opening = whole.partition(b"<Bal>")[2].partition(b"</Bal>")[0]
    for content, derived in ((whole, False), (whole.replace(b"<Bal>" + opening + b"</Bal>", b""), True)):
        statement = only(body_of(desk.upload(content), 201)["statements"])
        assert (statement["opening_minor"], statement["opening_derived"]) == (100_000, derived)
    assert len(desk.transactions()) == 1


def test_the_same_file_and_overlapping_files_change_nothing_and_twins_count_twice(desk: Desk) -> None:
    billed(desk, 100_000, reference=REFERENCES[0])
    twins = [Moved(3_000, reference=REFERENCES[0])] * 2
    first = camt(twins)
    assert body_of(desk.upload(first), 201)["new_transactions"] == 2
    assert body_of(desk.upload(first), 200)["new_transactions"] == 2
    assert body_of(desk.upload(camt([*twins, Moved(500)], number="2")), 201)["new_transactions"] == 1
    assert len(desk.transactions()) == 3
    assert len(desk.get("/payments").json()["items"]) == 2
    assert len(desk.get("/bank-statements").json()["items"]) == 2


def test_an_account_that_paid_before_pays_exactly_what_is_open_or_a_sum(desk: Desk) -> None:
    billed(desk, 1_000, reference=REFERENCES[0])
    body_of(desk.upload(camt([Moved(1_000, reference=REFERENCES[0])])), 201)
    desk.transactions()
    second, third, fourth = (billed(desk, due) for due in (2_500, 3_100, 4_700))
    body_of(desk.upload(camt([Moved(3_100, "thanks"), Moved(7_200, "and the rest")], number="2")), 201)
    rules = {t["amount"]["amount_minor"]: t["decision"] for t in desk.transactions()}
    assert (rules[3_100]["rule"], only(rules[3_100]["shares"])["invoice_id"]) == ("payer", third)
    assert rules[7_200]["rule"] == "sum"
    assert {share["invoice_id"] for share in rules[7_200]["shares"]} == {second, fourth}


def split(insurer: int, patient: int) -> Json:
    parts: Json = {"insurer_part": money(insurer), "patient_part": money(patient)}
    paid: Json = {"insurer_paid": money(0), "patient_paid": money(0)}
    return {"insurance": {"payer_id": "aok", "rule": "plan", **parts, **paid}}


def test_an_insurers_transfer_pays_the_insurers_part_and_their_account_is_known_afterwards(desk: Desk) -> None:
    """By the exact amount for two patients; then their account is enough, whatever they pay."""
    for number, patient in enumerate(("pat-77", "pat-78")):
        billed(desk, 10_000, reference=REFERENCES[number], patient_id=patient, **split(8_000, 2_000))
    third = f"B-2026-{uuid4().hex[:8]}"
    invoice_id = billed(desk, 10_000, third, **split(8_000, 2_000))
    desk.upload(camt([Moved(8_000, reference=reference) for reference in REFERENCES]))
    assert {only(t["decision"]["shares"])["part"] for t in desk.transactions()} == {"insurer"}
    body_of(desk.upload(camt([Moved(7_000, f"case 7 {third}")], number="2")), 201)
    partly = next(t for t in desk.transactions() if t["amount"] == money(7_000))
    payment = only(payments_of(desk, partly))
    assert (payment["invoice_id"], payment["part"], payment["settled"]) == (invoice_id, "insurer", money(7_000))
    body_of(desk.upload(camt([Moved(2_000, third, iban=None)], number="3")), 201)
    own = next(t for t in desk.transactions() if t["amount"] == money(2_000))
    assert (only(payments_of(desk, own))["part"], own["decision"]["reason"][-7:]) == ("patient", "exactly")


def of_three(aok: int, dkv: int, patient: int) -> Json:
    """Each with their own part of an invoice."""
    owed: dict[str | None, int] = {"aok": aok, "dkv": dkv, None: patient}
    zero: Json = {name: money(0) for name in ("paid", "credited", "written_off")}
    payers: list[Json] = [
        {"part": "insurer" if id_ else "patient", "payer_id": id_, "amount": money(minor), "open": money(minor), **zero}
        for id_, minor in owed.items()
    ]
    return {**split(aok + dkv, patient), "payers": payers}


def test_of_two_insurers_the_one_whose_part_it_is_has_paid_and_their_account_is_known(desk: Desk) -> None:
    for number, patient in enumerate(("pat-77", "pat-78")):
        billed(desk, 10_000, reference=REFERENCES[number], patient_id=patient, **of_three(3_000, 2_000, 5_000))
    third = f"B-2026-{uuid4().hex[:8]}"
    billed(desk, 10_000, third, **of_three(3_000, 2_000, 5_000))
    desk.upload(camt([Moved(2_000, reference=reference) for reference in REFERENCES]))
    shares = [only(t["decision"]["shares"]) for t in desk.transactions()]
    assert [(share["part"], share["payer_id"]) for share in shares] == [("insurer", "dkv")] * 2
    body_of(desk.upload(camt([Moved(1_500, f"case 7 {third}")], number="2")), 201)
    partly = next(t for t in desk.transactions() if t["amount"] == money(1_500))
    payment = only(payments_of(desk, partly))
    assert (payment["part"], payment["payer_id"], payment["settled"]) == ("insurer", "dkv", money(1_500))
    body_of(desk.upload(camt([Moved(1_000, third, iban=None)], number="3")), 201)
    assert only(payments_of(desk, next(t for t in desk.transactions() if t["amount"] == money(1_000))))["part"] == (
        "patient"
    )


def test_a_person_says_whose_money_it_is_when_the_rules_cannot(desk: Desk) -> None:
    invoice_id = billed(desk, 10_000, reference=REFERENCES[0], **split(8_000, 2_000))
    body_of(desk.upload(camt([Moved(10_000, reference=REFERENCES[0])])), 201)
    queued = only(desk.transactions(status="unmatched"))
    assert {p["shares"][0]["part"] for p in queued["proposals"]} == {"patient", "insurer"}
    shares = [
        {"patient_id": "pat-77", "invoice_id": invoice_id, "amount": money(minor), "part": part}
        for minor, part in ((8_000, "insurer"), (2_000, "patient"))
    ]
    matched = body_of(desk.post(f"/bank-transactions/{queued['transaction_id']}/match", {"shares": shares}), 200)
    assert [p["part"] for p in payments_of(desk, matched)] == ["insurer", "patient"]


def test_the_patients_number_in_the_text_and_an_exact_sum_pay(desk: Desk) -> None:
    invoices = {billed(desk, due, patient_id="pat-4711") for due in (1_100, 2_200)}
    body_of(desk.upload(camt([Moved(3_300, "my number is pat 4711", iban=None)])), 201)
    decision = only(desk.transactions())["decision"]
    assert (decision["rule"], {share["invoice_id"] for share in decision["shares"]}) == ("sum", invoices)


def test_what_went_out_and_came_back_is_nobodys_payment(desk: Desk) -> None:
    """A refund by transfer that could not be delivered names the invoice as well."""
    billed(desk, 2_000, reference=REFERENCES[0])
    body_of(desk.upload(camt([Moved(2_000, reference=REFERENCES[0], reversal=True)])), 201)
    queued = only(desk.transactions())
    assert (queued["status"], queued["history"][-1]["command"]) == ("unmatched", "queue")
    assert desk.get("/payments").json()["items"] == []


def test_what_the_bank_takes_back_before_it_was_matched_is_offered_to_nobody(desk: Desk) -> None:
    body_of(desk.upload(camt([Moved(900, "who knows", end_to_end="E2E-9")])), 201)
    desk.transactions()
    body_of(desk.upload(camt([Moved(-900, "returned", end_to_end="E2E-9", reversal=True)], number="2")), 201)
    assert {(t["credit"], t["status"]) for t in desk.transactions()} == {(True, "reversed"), (False, "debit")}


def test_a_transfer_before_its_invoice_waits_and_is_matched_when_it_comes(desk: Desk) -> None:
    number = f"B-2026-{uuid4().hex[:8]}"
    body_of(desk.upload(camt([Moved(5_000, f"invoice {number} thanks")])), 201)
    assert only(desk.transactions())["status"] == "unmatched"
    invoice_id = billed(desk, 5_000, number=number)
    matched = until(lambda: only(desk.transactions()), lambda t: t["status"] == "matched")
    assert (matched["decision"]["rule"], only(matched["decision"]["shares"])["invoice_id"]) == ("number", invoice_id)


def test_what_only_fits_by_amount_is_proposed_and_a_person_decides_and_takes_back(desk: Desk) -> None:
    invoice_id = billed(desk, 4_200)
    body_of(desk.upload(camt([Moved(4_200, "treatment")])), 201)
    queued = only(desk.transactions(status="unmatched"))
    proposal = only(queued["proposals"])
    assert (proposal["rule"], proposal["shares"][0]["invoice_id"]) == ("amount", invoice_id)
    path = f"/bank-transactions/{queued['transaction_id']}"
    shares = [{"patient_id": "pat-77", "invoice_id": invoice_id, "amount": money(4_200)}]
    matched = body_of(desk.post(f"{path}/match", {"shares": shares}), 200)
    payment = only(payments_of(desk, matched))
    assert (matched["status"], payment["status"]) == ("matched", "settled")
    back = body_of(desk.manager.post(f"{path}/unmatch", {"reason": "another patient's"}), 200)
    assert (back["status"], back["decision"]) == ("unmatched", None)
    assert [step["command"] for step in back["history"]] == ["queue", "match", "unmatch"]
    reversed_ = desk.read(payment["payment_id"])
    assert (reversed_["status"], reversed_["settled"]) == ("reversed", money(0))
    assert [type_ for type_, _ in desk.published(payment["payment_id"], 2)] == ["payment-received", "payment-refunded"]
    aside = body_of(desk.post(f"{path}/set-aside", {"reason": "a gift"}), 200)
    assert aside["status"] == "set_aside"
    assert body_of(desk.manager.post(f"{path}/unmatch", {"reason": "no gift"}), 200)["status"] == "unmatched"


def test_a_person_splits_a_transfer_and_the_rest_becomes_credit(desk: Desk) -> None:
    first, second = billed(desk, 1_000), billed(desk, 2_000)
    body_of(desk.upload(camt([Moved(3_500)])), 201)
    path = f"/bank-transactions/{only(desk.transactions())['transaction_id']}/match"
    shares = [
        {"patient_id": "pat-77", "invoice_id": first, "amount": money(1_000)},
        {"patient_id": "pat-77", "invoice_id": second, "amount": money(2_000)},
        {"patient_id": "pat-77", "amount": money(500)},
    ]
    matched = body_of(desk.post(path, {"shares": shares}), 200)
    assert [p["invoice_id"] for p in payments_of(desk, matched)] == [first, second, None]


@pytest.mark.parametrize(
    ("amounts", "code", "field"),
    [
        ((900,), "shares-differ", "/shares"),
        ((1_500, -500), "amount-not-positive", "/shares/1/amount"),
        ((1_000,), "more-than-due", "/shares/0/amount"),
    ],
)
def test_a_match_that_does_not_fit_is_refused_and_names_the_share(
    desk: Desk, amounts: tuple[int, ...], code: str, field: str
) -> None:
    invoice_id = billed(desk, 800)
    body_of(desk.upload(camt([Moved(1_000)])), 201)
    path = f"/bank-transactions/{only(desk.transactions())['transaction_id']}/match"
    shares: list[Json] = [{"patient_id": "pat-77", "amount": money(a)} for a in amounts]
    if code == "more-than-due":
        shares[0]["invoice_id"] = invoice_id
    refused = desk.post(path, {"shares": shares})
    assert (refused.status_code, code_of(refused), refused.json()["field"]) == (422, code, field)
    assert desk.get("/payments").json()["items"] == []


def test_what_the_bank_takes_back_is_open_again(desk: Desk) -> None:
    billed(desk, 2_000, reference=REFERENCES[0])
    came = Moved(2_000, reference=REFERENCES[0], end_to_end="E2E-7")
    body_of(desk.upload(camt([came, Moved(-2_000, "returned", end_to_end="E2E-7", reversal=True)])), 201)
    original, reversal = sorted(desk.transactions(), key=lambda t: not t["credit"])
    assert (original["status"], reversal["reverses"]) == ("reversed", original["transaction_id"])
    assert only(payments_of(desk, original))["status"] == "reversed"


def test_files_that_are_wrong_are_refused_whole(desk: Desk) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE D [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><D>&b;</D>'
    two_good_then_bad = [Moved(1), Moved(2), Moved(3, day="2026-02-30")]
    for content, code in (
        (bomb, "document-type"),
        (b"{}", "not-xml"),
        (camt([Moved(1)], closing=5), "sums-differ"),
        (gzip.compress(camt([Moved(1)])), "compressed"),
        (camt([Moved(1)]).decode().encode("utf-16"), "not-text"),
        (camt([Moved(1, currency="USD")]), "currency-differs"),
        (camt(two_good_then_bad), "date-invalid"),
    ):
        refused = desk.upload(content)
        assert (refused.status_code, code_of(refused), refused.json()["field"]) == (422, code, "body")
    kept = desk.get("/bank-statements").json()["items"]
    assert [file["status"] for file in kept] == ["refused"] * 7
    assert desk.transactions() == []
    assert code_of(desk.upload(b"a", "csv", columns='{"nope": 1}')) == "columns-invalid"
    map_ = {"account": "1", "currency": "EUR", "booked_on": "d", "amount": "a", "text": "t", "date_format": "%y%y"}
    assert code_of(desk.upload(b"d,a,t\n2020,1.00,x\n", "csv", columns=json.dumps(map_))) == "columns-invalid"
    assert desk.upload(b"", "pdf").status_code == 422


def test_a_file_of_fifty_megabytes_is_taken_and_a_larger_one_refused(desk: Desk) -> None:
    text = b"<AddtlNtryInf>" + b"x" * (1024 * 1024) + b"</AddtlNtryInf>"
    wide = camt([Moved(100 + n) for n in range(50)]).replace(b"</NtryDtls>", b"</NtryDtls>" + text)
    taken = body_of(desk.upload(wide), 201)
    assert taken["transactions"] == 50
    assert desk.manager.get(f"/bank-statements/{taken['bank_statement_id']}/file").content == wide
    assert desk.upload(b"x" * (65 * 1024 * 1024)).status_code == 413


def test_only_the_right_people_touch_the_bank(desk: Desk) -> None:
    body_of(desk.upload(camt([Moved(1_000)])), 201)
    path = f"/bank-transactions/{only(desk.transactions())['transaction_id']}"
    assert desk.as_("auditor").get(path).status_code == 200
    for refused in (
        desk.as_("auditor").upload(camt([])),
        desk.post(f"{path}/unmatch", {"reason": "x"}),
        desk.as_("auditor").post(f"{path}/set-aside", {"reason": "x"}),
    ):
        assert (refused.status_code, code_of(refused)) == (403, "role-missing")
    stranger = desk.as_("billing_manager", "clinic-other")
    for hidden in (stranger.get(path), stranger.post(f"{path}/set-aside", {"reason": "x"}), stranger.upload(camt([]))):
        assert hidden.status_code == 404
    assert stranger.get("/bank-transactions").json()["items"] == []


def test_the_queue_is_paged_by_day_and_shows_the_best_proposals_first(desk: Desk) -> None:
    for due in (4_000, 4_000, 5_000):
        billed(desk, due)
    days = [f"2026-11-{day:02d}" for day in (3, 1, 4, 1, 5, 9, 2)]
    body_of(desk.upload(camt([Moved(4_000, f"no. {n}", day=day) for n, day in enumerate(days)])), 201)
    body_of(desk.upload(camt([Moved(-500, "fee", iban=None)], number="2")), 201)
    queue = desk.transactions(status="unmatched")
    assert [t["booked_on"] for t in queue] == sorted(days, reverse=True)
    for queued in queue:
        scores = [proposal["score"] for proposal in queued["proposals"]]
        assert scores == sorted(scores, reverse=True)
        assert {proposal["shares"][0]["amount"]["amount_minor"] for proposal in queued["proposals"]} == {4_000}
        assert len(scores) == 2
    paged: list[Json] = []
    cursor: Json = {}
    while True:
        page = desk.get("/bank-transactions", clinic_id=desk.clinic, status="unmatched", limit=2, **cursor).json()
        paged += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [t["transaction_id"] for t in paged] == [t["transaction_id"] for t in queue]


def test_a_known_payer_is_proposed_before_an_amount_that_fits(desk: Desk) -> None:
    billed(desk, 1_000, reference=REFERENCES[0])
    body_of(desk.upload(camt([Moved(1_000, reference=REFERENCES[0])])), 201)
    desk.transactions()
    billed(desk, 3_000)
    billed(desk, 700, patient_id="pat-other")
    body_of(desk.upload(camt([Moved(700, "who for?")], number="2")), 201)
    queued = only(desk.transactions(status="unmatched"))
    assert [(p["rule"], p["score"], p["shares"][0]["patient_id"]) for p in queued["proposals"]] == [
        ("payer", 40, "pat-77"),
        ("amount", 30, "pat-other"),
    ]
