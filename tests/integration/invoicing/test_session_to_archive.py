"""From a session to an archived invoice: every state, every event, every version."""

from datetime import date, timedelta

from contracts.invoicing import InvoiceDrafted
from contracts.topics import INVOICES
from tests.integration.invoicing.practice import GROSS_MINOR, Practice, body_of, money
from tests.parts.patience import until
from tests.parts.sessions import EXEMPT
from tests.parts.wire import sealed


def test_a_session_is_drafted_finalized_paid_and_archived(practice: Practice) -> None:
    draft = practice.drafted(patient={"email": "lucja@example.org"})
    assert (draft["status"], draft["number"], draft["problems"]) == ("draft", None, [])
    assert [(li["tooth"], li["surfaces"], li["net"]) for li in draft["lines"]] == [
        ("14", ["O"], money(12_500)),
        (None, [], money(600)),
    ]
    assert draft["totals"]["gross"] == draft["totals"]["due"] == money(GROSS_MINOR)
    assert [(t["category"], t["tax"], t["exemption_reason"]) for t in draft["tax"]] == [
        ("E", money(0), EXEMPT),
        ("S", money(114), None),
    ]

    answer = practice.post(f"/invoices/{draft['invoice_id']}/finalize", 1)
    final = body_of(answer)
    assert answer.headers["ETag"] == '"2"'
    assert (final["status"], final["number"]) == ("finalized", f"{practice.clinic}-{final['issued_on'][:4]}-000001")
    assert date.fromisoformat(final["due_on"]) == date.fromisoformat(final["issued_on"]) + timedelta(days=14)
    assert (final["seller"]["name"], final["seller"]["address"]["city"]) == ("Zahnarztpraxis am Markt", "Berlin")
    assert final["changed_by"] == {
        "actor_id": "usr-billing-manager",
        "name": "Billing Manager",
        "role": "billing_manager",
    }

    practice.hears(practice.payment(5_000))
    part = practice.until_version(3)
    assert (part["status"], part["totals"]["due"]) == ("finalized", money(GROSS_MINOR - 5_000))
    practice.hears(practice.payment(GROSS_MINOR - 5_000))
    paid = practice.until_version(4)
    assert (paid["status"], paid["totals"]["due"], len(paid["allocations"])) == ("paid", money(0), 2)
    archived = body_of(practice.post(f"/invoices/{draft['invoice_id']}/archive", 4))
    assert archived["status"] == "archived"

    published = practice.events(5)
    assert [(event.type, event.body["version"], event.body["status"]) for event in published] == [
        ("invoice-drafted", 1, "draft"),
        ("invoice-finalized", 2, "finalized"),
        ("invoice-payment-applied", 3, "finalized"),
        ("invoice-paid", 4, "paid"),
        ("invoice-archived", 5, "archived"),
    ]
    assert [event.id for event in published] == [f"{draft['invoice_id']}:{version}" for version in range(1, 6)]
    assert [event.body for event in published] == [draft, final, part, paid, archived]
    assert {event.headers["ce_partitionkey"] for event in published} == {f"{practice.clinic}/pat-77"}
    assert {event.headers["ce_source"] for event in published} == {"/chairside/invoicing"}


def test_what_is_told_is_the_event_of_the_contract_on_its_topic(practice: Practice) -> None:
    practice.drafted()
    [published] = practice.events(1)
    assert published.headers["ce_type"] in INVOICES.types()
    event = InvoiceDrafted.model_validate(published.body)
    assert event.model_dump(mode="json") == published.body


def test_the_trace_of_a_session_goes_on_in_its_invoice(practice: Practice) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    practice.hears(sealed(practice.session(), trace))
    practice.until_version(1)
    [published] = practice.events(1)
    assert published.headers["traceparent"] == trace


def test_a_session_that_is_said_again_changes_nothing(practice: Practice) -> None:
    completed = practice.session()
    practice.hears(completed, completed, practice.session("ses-2"))
    practice.hears(completed, practice.session("ses-2"), practice.session("ses-3"))
    practice.until_version(1, "ses-3")
    assert practice.read()["version"] == 1
    assert sorted(item["session_id"] for item in practice.all_invoices()) == ["ses-1", "ses-2", "ses-3"]


def test_sessions_of_many_patients_are_drafted_each_once(practice: Practice) -> None:
    sessions = [practice.session(f"ses-{n}", patient={"patient_id": f"pat-{n % 17}"}) for n in range(60)]
    practice.hears(*sessions, *sessions[:30])
    items = until(practice.all_invoices, lambda items: len(items) >= 60)
    assert sorted(item["session_id"] for item in items) == sorted(f"ses-{n}" for n in range(60))
    assert {item["version"] for item in items} == {1}
