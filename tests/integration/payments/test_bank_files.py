"""Every statement file is kept as it came before it is understood, and can be had again."""

import hashlib
import json
from uuid import uuid4

import httpx2
import pytest
from pymongo import MongoClient

from dev.parts.service import ServicePart
from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.integration.payments.dying import armed, risen
from tests.parts.statements import Moved, camt, mt940
from tests.unit.payments.bank.test_bank_files import MT940

pytestmark = pytest.mark.any_broker

CHUNKS = "bank_file_chunks"


def some(amount: int = 100) -> bytes:
    """A file that no other test sends."""
    return camt([Moved(amount, uuid4().hex)])


def file_of(desk: Desk, statement: Json) -> httpx2.Response:
    return desk.get(f"/bank-statements/{statement['bank_statement_id']}/file")


@pytest.mark.parametrize(
    ("format_", "content", "kind", "ending"),
    [
        ("camt.053", camt([Moved(100, "Zahnärztin")]), "application/xml", "xml"),
        ("mt940", MT940.replace("Muster", "Müster").encode("latin-1"), "text/plain", "sta"),
    ],
)
def test_a_file_comes_back_byte_for_byte_with_its_kind_and_a_name(
    desk: Desk, format_: str, content: bytes, kind: str, ending: str
) -> None:
    taken = body_of(desk.upload(content, format_), 201)
    assert (taken["status"], taken["refusal"], taken["size_bytes"]) == ("imported", None, len(content))
    answer = file_of(desk.manager, taken)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == kind
    name = f"{taken['received_at'][:10]}-{taken['bank_statement_id']}.{ending}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert body_of(desk.get(f"/bank-statements/{taken['bank_statement_id']}"), 200) == taken


def test_what_is_refused_is_kept_with_the_refusal_and_may_be_sent_again(desk: Desk) -> None:
    content = some()
    refused = desk.upload(content, "mt940")
    assert (refused.status_code, code_of(refused)) == (422, "not-mt940")
    [kept] = desk.get("/bank-statements", status="refused").json()["items"]
    assert (kept["status"], kept["refusal"]["code"], kept["transactions"]) == ("refused", "not-mt940", 0)
    assert kept["refusal"]["message"] == refused.json()["detail"]
    assert file_of(desk.manager, kept).content == content
    taken = body_of(desk.upload(content), 201)
    assert (taken["bank_statement_id"], taken["format"]) == (kept["bank_statement_id"], "camt.053")
    assert (taken["status"], taken["refusal"]) == ("imported", None)
    assert desk.get("/bank-statements", clinic_id=desk.clinic).json()["items"] == [taken]
    # What is taken over is no more refused, whatever it is sent as.
    assert body_of(desk.upload(content, "mt940"), 200) == taken


def test_the_same_file_is_kept_once_for_each_clinic(desk: Desk, settings: dict[str, str]) -> None:
    content, other = some(), desk.of(f"clinic-{uuid4().hex[:8]}")
    first, again, theirs = (
        body_of(sender.upload(content), status) for sender, status in ((desk, 201), (desk, 200), (other, 201))
    )
    assert first == again
    assert first["bank_statement_id"] != theirs["bank_statement_id"]
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        chunks = client[settings["MONGO_DATABASE"]][CHUNKS]
        ids = [f"{file['bank_statement_id']}/00000" for file in (first, theirs)]
        assert [row["data"] for row in chunks.find({"_id": {"$in": ids}})] == [content, content]


def test_the_files_of_another_clinic_and_of_the_desk_are_not_seen(desk: Desk) -> None:
    taken = body_of(desk.upload(some()), 201)
    stranger = desk.as_("billing_manager", "clinic-other")
    for hidden in (file_of(stranger, taken), stranger.get(f"/bank-statements/{taken['bank_statement_id']}")):
        assert (hidden.status_code, code_of(hidden)) == (404, "not-found")
    assert stranger.get("/bank-statements").json()["items"] == []
    assert code_of(file_of(desk, taken)) == "role-missing"
    assert file_of(desk.as_("auditor"), taken).status_code == 200


def test_a_large_file_is_kept_in_chunks(desk: Desk) -> None:
    text = b"<AddtlNtryInf>" + b"x" * (1024 * 1024) + b"</AddtlNtryInf>"
    content = camt([Moved(100 + n) for n in range(5)]).replace(b"</NtryDtls>", b"</NtryDtls>" + text)
    taken = body_of(desk.upload(content), 201)
    assert file_of(desk.manager, taken).content == content


@pytest.mark.parametrize("point", ["statements-after-chunk", "statements-after-chunks", "statements-after-record"])
def test_what_a_crash_cut_off_is_whole_or_not_there(mortal: ServicePart, own_desk: Desk, point: str) -> None:
    content = camt([Moved(100)]) + b"\n" * (2 * 1024 * 1024)
    armed(mortal, point)
    with pytest.raises(httpx2.TransportError):
        own_desk.upload(content)
    risen(mortal)
    cut_off = own_desk.get("/bank-statements").json()["items"]
    if point == "statements-after-record":
        [kept] = cut_off
        assert (kept["status"], file_of(own_desk.manager, kept).content) == ("received", content)
    else:
        assert cut_off == []
    taken = body_of(own_desk.upload(content), 201)
    assert (taken["status"], taken["new_transactions"]) == ("imported", 1)
    assert file_of(own_desk.manager, taken).content == content


def test_an_import_that_was_cut_off_goes_on_whatever_came_meanwhile(mortal: ServicePart, own_desk: Desk) -> None:
    """Five hundred of six hundred are stored; the others come by another format, and wait, and then the file again."""
    moves = [Moved(1_000 + n // 2, f"no. {n}", iban=None) for n in range(600)]
    armed(mortal, "statements-after-portion")
    with pytest.raises(httpx2.TransportError):
        own_desk.upload(camt(moves))
    risen(mortal)
    meanwhile = body_of(own_desk.upload(mt940(moves), "mt940"), 201)
    again = body_of(own_desk.upload(camt(moves)), 201)
    counts = [
        (file["transactions"], file["new_transactions"], file["suspected_transactions"]) for file in (meanwhile, again)
    ]
    assert counts == [(600, 100, 100), (600, 0, 0)]


def test_a_file_that_nobody_described_is_shown_as_it_would_be_read_and_not_kept(desk: Desk) -> None:
    rows = "Buchungstag;Betrag;Verwendungszweck;Waehrung\n20.11.2026;1.118,20;RF18 5390 0754 7034;EUR\n"
    path, asked = "/bank-statements/profile", {"clinic_id": desk.clinic}

    def looked_at(**further: str) -> Json:
        params = {**asked, **further}
        answer = desk.http.post(path, content=rows.encode(), params=params, headers=desk.authorization())
        return body_of(answer, 200)

    seen = looked_at()
    assert (seen["format"], seen["missing"], seen["entries"]) == ("csv", ["account"], [])
    seen = looked_at(columns='{"account": "DE02120300000000202051"}')
    assert (seen["missing"], seen["refusal"]) == ([], None)
    [entry] = seen["entries"]
    assert (entry["amount"], entry["references"]) == (money(111_820), ["RF18539007547034"])
    assert desk.get("/bank-statements").json()["items"] == []
    taken = body_of(desk.upload(rows.encode(), "csv", columns=json.dumps(seen["columns"])), 201)
    assert taken["new_transactions"] == 1


def test_only_who_may_send_a_file_may_have_it_looked_at(desk: Desk) -> None:
    for other, status in ((desk.as_("auditor"), 403), (desk.as_("front_desk", "clinic-other"), 404)):
        params = {"clinic_id": desk.clinic}
        answer = desk.http.post(
            "/bank-statements/profile", content=some(), params=params, headers=other.authorization()
        )
        assert answer.status_code == status
