"""Histories of profiles and price lists beside those of invoices, and an invoice as it was."""

import pytest

from tests.integration.invoicing.practice import Json, Practice, body_of, refusal
from tests.parts.sessions import CROWN, FILLING, clinic, item, prices, taxed

pytestmark = pytest.mark.any_broker


def changes(revision: Json) -> Json:
    return {c["field"]: (c["before"], c["after"]) for c in revision["changes"]}


def test_each_change_of_a_profile_is_a_revision_with_who_and_why(practice: Practice) -> None:
    path = f"/clinics/{practice.clinic}"
    body_of(practice.put(path, clinic(phone="030", reason="moved") | {"payment_terms_days": 30}))
    first, second = body_of(practice.get(f"{path}/revisions"))["items"]
    assert (first["version"], first["type"], first["previous"]) == (1, "invoicing.clinic-configured", "")
    assert changes(first)["/name"] == (None, "Zahnarztpraxis am Markt")
    assert (second["actor_role"], second["reason"], second["cause"]) == ("billing_manager", "moved", None)
    assert second["actor_id"] == "usr-billing-manager"
    assert changes(second) == {"/phone": (None, "030"), "/payment_terms_days": (14, 30), "/version": (1, 2)}
    assert second["previous"] == first["hash"]
    assert "reason" not in body_of(practice.get(path))


def test_each_change_of_a_price_list_is_a_revision_down_to_the_price(practice: Practice) -> None:
    path = f"/clinics/{practice.clinic}/price-lists/standard"
    listed = (item(FILLING, 13_000), item(CROWN, 68_000), item("D0220", 1_800), taxed("COMP-A2", 1_200))
    body_of(practice.put(path, prices(*listed, reason="new year")))
    items = body_of(practice.get(f"{path}/revisions"))["items"]
    assert [(r["version"], r["reason"]) for r in items] == [(1, None), (2, "new year")]
    assert changes(items[1]) == {f"/periods/0/items/{FILLING}/unit_price_minor": (12_500, 13_000), "/version": (1, 2)}
    assert refusal(practice.get(f"/clinics/{practice.clinic}/price-lists/none/revisions")) == (
        404,
        "price-list-unknown",
    )


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("", clinic()),
        ("/price-lists/standard", prices()),
        ("/discount-policy", {"discounts": []}),
        ("/families/fam-1", {"patient_ids": ["pat-1", "pat-2"]}),
    ],
)
def test_who_says_which_version_he_read_overwrites_no_other(practice: Practice, place: str, body: Json) -> None:
    path = f"/clinics/{practice.clinic}{place}"
    first = practice.put(path, body)
    version = body_of(first)["version"]
    read = practice.get(path)
    assert first.headers["ETag"] == read.headers["ETag"] == f'"{version}"'
    mine = practice.put(path, {**body, "reason": "mine"}, version)
    assert body_of(mine)["version"] == version + 1
    assert refusal(practice.put(path, {**body, "reason": "theirs"}, version)) == (412, "version-stale")
    history = body_of(practice.get(f"{path}/revisions"))["items"]
    assert [revision["reason"] for revision in history][version - 1 :] == [None, "mine"]


def test_what_is_refused_leaves_no_revision(practice: Practice) -> None:
    path = f"/clinics/{practice.clinic}"
    assert refusal(practice.put(path, clinic(number_format="{seq}")))[0] == 422
    assert len(body_of(practice.get(f"{path}/revisions"))["items"]) == 1


def test_a_long_history_is_paged_without_gap_or_repetition_and_keeps_its_differences(practice: Practice) -> None:
    path = f"/clinics/{practice.clinic}"
    for n in range(4):
        body_of(practice.put(path, clinic(phone=str(n))))
    whole = body_of(practice.get(f"{path}/revisions"))
    assert whole["next_cursor"] is None
    seen: list[Json] = []
    cursor: str | None = ""
    sizes = []
    while cursor is not None:
        page = body_of(practice.get(f"{path}/revisions", limit=2, cursor=cursor))
        sizes.append(len(page["items"]))
        seen, cursor = seen + page["items"], page["next_cursor"]
    assert (sizes, seen) == ([2, 2, 1], whole["items"])


def test_a_consequence_names_the_event_that_caused_it(practice: Practice) -> None:
    final = practice.finalized()
    payment = practice.payment(100)
    practice.hears(payment)
    practice.until_version(3)
    items = body_of(practice.get(f"/invoices/{final['invoice_id']}/revisions"))["items"]
    assert [entry["cause"] for entry in items] == ["ses-1:1", None, f"{payment.payment_id}:1"]


def test_an_invoice_is_read_as_it_was_at_a_revision_or_at_a_time(practice: Practice) -> None:
    draft = practice.drafted()
    path = f"/invoices/{draft['invoice_id']}"
    final = body_of(practice.post(f"{path}/finalize", 1))
    practice.hears(practice.payment(100))
    paid = practice.until_version(3)
    assert [body_of(practice.get(path, revision=n)) for n in (1, 2, 3)] == [draft, final, paid]
    assert practice.get(path, revision=2).headers["etag"] == '"2"'
    for state in (draft, final, paid):
        assert body_of(practice.get(path, as_of=state["changed_at"]))["version"] == state["version"]
    assert body_of(practice.get(path, as_of="2099-01-01T00:00:00+01:00")) == paid
    assert refusal(practice.get(path, as_of="2020-01-01T00:00:00Z")) == (404, "revision-unknown")
    assert refusal(practice.get(path, revision=4)) == (404, "revision-unknown")
    assert refusal(practice.get(path, revision=0)) == (422, "invalid-request")
    assert refusal(practice.get(path, as_of="yesterday")) == (422, "invalid-request")
    assert refusal(practice.get(path, revision=1, as_of="2099-01-01T00:00:00Z")) == (422, "revision-or-time")
    stranger = practice.as_("billing_manager", "clinic-elsewhere")
    assert stranger.get(path, revision=1).status_code == 404
