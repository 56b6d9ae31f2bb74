"""Handed over, looked at, closed with a number, and the rest brought to the bank."""

import pytest

from tests.integration.cash_register.test_registers import refusal
from tests.integration.cash_register.till import TODAY, TOMORROW, Till, eur


def test_a_drawer_is_handed_over_and_closed_with_a_z_report(till: Till) -> None:
    till.open(TODAY)
    till.publish(till.payment(5_000, receipt_number="B-1"), till.payment(2_500, receipt_number="B-2"))
    till.until_booked(2)
    assert refusal(till.hand_over(eur(17_400))) == (422, "variance-unexplained")
    handed = till.hand_over(eur(17_400), taken_over_by="usr-late", reason="a euro short").json()
    assert (handed["status"], handed["awaiting_approval"]) == ("open", True)
    assert (handed["handovers"][0]["expected"], handed["handovers"][0]["counted"]) == (eur(17_500), eur(17_400))
    assert (handed["handovers"][0]["variance"], handed["handovers"][0]["taken_over_by"]) == (eur(-100), "usr-late")

    looked = till.as_("auditor").read(f"/days/{TODAY}/x-report")
    assert looked["expected"] == eur(17_400)
    assert (looked["totals"]["turnover"], looked["grand_total"]) == (eur(7_500), eur(7_500))
    assert refusal(till.get(f"/days/{TODAY}/z-report")) == (404, "z-report-not-found")
    closed = till.close(eur(17_400), TODAY, deposit=eur(7_400)).json()
    assert (closed["variance"], closed["deposit"], closed["left"]) == (eur(0), eur(7_400), eur(10_000))
    assert refusal(till.as_("auditor").get(f"/days/{TODAY}/x-report")) == (409, "day-not-open")

    report = till.read(f"/days/{TODAY}/z-report")
    assert (report["number"], report["grand_total"]) == (1, eur(7_500))
    assert (report["totals"]["first_receipt"], report["totals"]["last_receipt"]) == ("B-1", "B-2")
    assert [line["category"] for line in report["totals"]["by_category"]] == ["payment", "difference"]
    events = till.published(closed["day_id"], closed["version"])
    assert [event.type for event in events] == [
        "day-opened",
        "cash-recorded",
        "cash-recorded",
        "cash-recorded",
        "drawer-counted",
        "day-closed",
    ]
    assert events[-1].body["z_report"] == {name: report[name] for name in ("number", "totals", "grand_total")}

    assert till.open(TOMORROW, opening=10_000).json()["opening_variance"] == eur(0)
    till.close(eur(10_000), TOMORROW)
    assert till.read(f"/days/{TOMORROW}/z-report")["number"] == 2


@pytest.mark.any_broker
def test_who_counts_sees_what_was_expected_only_afterwards(till: Till) -> None:
    expected = ("cash_in", "cash_out", "expected")
    answers = [
        till.open(opening=10_000).json(),
        till.move("pay_in", eur(500)).json(),
        till.read(f"/days/{TODAY}"),
        till.read("/days")["items"][0],
        till.hand_over(eur(10_500)).json(),
    ]
    assert [[answer[name] for name in expected] for answer in answers] == [[None] * 3] * len(answers)
    assert refusal(till.get(f"/days/{TODAY}/x-report")) == (403, "role-missing")
    for role in ("billing_manager", "auditor"):
        assert till.as_(role).read(f"/days/{TODAY}")["expected"] == eur(10_500)
    assert refusal(till.close(eur(10_499))) == (422, "variance-unexplained")
    closed = till.close(eur(10_499), reason="a cent on the floor").json()
    assert [closed[name] for name in expected] == [eur(500), eur(0), eur(10_500)]


@pytest.mark.any_broker
def test_a_manager_who_counts_is_blind_and_one_who_looked_before_says_so(till: Till) -> None:
    manager = till.as_("billing_manager")
    till.open(TODAY)
    assert manager.move("pay_in", eur(500)).json()["expected"] is None
    assert manager.read(f"/days/{TODAY}/x-report")["expected"] == eur(10_500)
    assert till.hand_over(eur(10_500)).json()["handovers"][0]["counted_blind"] is True
    assert manager.close(eur(10_500), TODAY).json()["counted_blind"] is False

    manager.open(TOMORROW, opening=10_500)
    assert manager.read(f"/days/{TOMORROW}")["expected"] is None
    assert manager.read("/days")["items"][0]["expected"] is None
    for told in ("x-report", "revisions"):
        assert refusal(manager.get(f"/days/{TOMORROW}/{told}")) == (403, "count-is-blind")
    assert manager.close(eur(10_500), TOMORROW).json()["counted_blind"] is True


@pytest.mark.any_broker
def test_a_handover_is_approved_by_somebody_else(till: Till) -> None:
    till.open()
    till.hand_over(eur(9_000), reason="ten short")
    approved = till.as_("billing_manager").approve().json()
    assert approved["handovers"][0]["approved_by"]["actor_id"] == "usr-billing-manager"
    assert approved["awaiting_approval"] is False


@pytest.mark.any_broker
def test_no_more_is_brought_to_the_bank_than_was_counted(till: Till) -> None:
    till.open()
    assert refusal(till.close(eur(10_000), deposit=eur(10_001))) == (422, "not-enough-cash")
    assert till.day()["status"] == "open"
