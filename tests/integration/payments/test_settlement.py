"""A clinic closes its day: what was taken and given back, by whom, and why Stripe and the bank say otherwise."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from pymongo import MongoClient

from tests.integration.payments.conftest import Build, Settings
from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.parts.patience import until
from tests.parts.statements import Moved, camt

pytestmark = pytest.mark.any_broker

BOOKED = "2026-11-20"


def day(desk: Desk, on: str | None = None, **params: Any) -> Json:
    """The report; of today unless it is said otherwise."""
    asked = {"date": on or datetime.now(UTC).date().isoformat(), **params}
    return body_of(desk.get(f"/clinics/{desk.clinic}/reports/settlement", **asked), 200)


def of(rows: list[Json], **named: Any) -> Json:
    [row] = [listed for listed in rows if all(listed[name] == value for name, value in named.items())]
    return row


def total(count: int, amount: int) -> Json:
    return {"count": count, "amount": money(amount)}


def test_a_day_is_summed_by_method_and_by_person_with_its_receipts(desk: Desk) -> None:
    desk.refund_limit(10_000)
    desk.open_register()
    cash = body_of(desk.post("/payments", desk.cash(5_000)), 201)["payment_id"]
    body_of(desk.post("/payments", desk.transfer(3_000)), 201)
    body_of(desk.manager.post("/payments", desk.transfer(700)), 201)
    body_of(desk.manager.refund(cash, 1_200, register_id="till-1"), 201)
    report = day(desk)
    assert (report["time_zone"], report["clinic_id"]) == ("UTC", desk.clinic)
    till = of(report["by_method"], method="cash", currency="EUR")
    # One cent was taken to see whether the register is open.
    assert (till["received"], till["refunded"], till["net"]) == (total(2, 5_001), total(1, -1_200), money(3_801))
    transfers = of(report["by_method"], method="bank_transfer", currency="EUR")
    assert (transfers["received"], transfers["net"]) == (total(2, 3_700), money(3_700))
    by = {row["user"]["actor_id"]: (row["received"]["count"], row["net"]) for row in report["by_user"]}
    assert by == {"usr-front-desk": (3, money(8_001)), "usr-billing-manager": (1, money(-500))}
    assert report["receipts"] == {
        "count": 5,
        "first": f"R-{desk.clinic}-000001",
        "last": f"R-{desk.clinic}-000005",
        "missing": [],
    }


def test_what_stripe_booked_is_what_we_have_with_its_fees(desk: Desk) -> None:
    paid = desk.paid_by_card(5_000)
    body_of(desk.manager.refund(paid["payment_id"], 2_000), 201)
    desk.until_status(paid["payment_id"], "partly_refunded")
    report = until(lambda: day(desk), lambda seen: seen["stripe"] and seen["stripe"][0]["difference"] == money(0))
    [stripe] = report["stripe"]
    assert (stripe["ours"], stripe["theirs"], stripe["lines"], stripe["explained"]) == (
        money(3_000),
        money(3_000),
        [],
        True,
    )
    [fees] = report["fees"]
    assert (fees["ours"], fees["theirs"], fees["lines"], report["stripe_fees"]) == (
        money(100),
        money(100),
        [],
        [money(100)],
    )
    card = of(report["by_method"], method="card")
    assert (card["received"], card["refunded"]) == (total(1, 5_000), total(1, -2_000))
    assert of(report["by_user"], user=paid["taken_by"])["received"] == total(1, 5_000)


def test_a_refund_in_stripes_dashboard_is_in_the_report_of_stripe(desk: Desk) -> None:
    paid = desk.paid_by_card(5_000)
    desk.stripe.refund(paid["card_payment_intent_id"], 1_000)
    desk.until_status(paid["payment_id"], "partly_refunded")
    [stripe] = until(lambda: day(desk)["stripe"], lambda seen: seen[0]["difference"] == money(0))
    assert (stripe["ours"], stripe["theirs"]) == (money(4_000), money(4_000))


def test_a_disputes_fee_is_shown_as_what_it_is(desk: Desk) -> None:
    paid = desk.paid_by_card(5_000)
    desk.stripe.dispute(paid["card_payment_intent_id"])
    desk.until_status(paid["payment_id"], "disputed")
    report = until(lambda: day(desk), lambda seen: seen["stripe"] and seen["stripe"][0]["difference"] == money(0))
    [fees] = report["fees"]
    assert (fees["ours"], fees["theirs"], fees["explained"]) == (money(100), money(1_600), True)
    assert fees["lines"] == [
        {
            "why": "dispute-fee",
            "amount": money(1_500),
            "payment_id": paid["payment_id"],
            "other_id": paid["card_payment_intent_id"],
        }
    ]


def test_without_stripe_the_report_says_as_of_when_it_knows_its_balance(desk: Desk) -> None:
    read = until(lambda: day(desk)["stripe_as_of"])
    paid = desk.paid_by_card(5_000)
    body_of(desk.post("/payments", desk.transfer(700)), 201)
    desk.stripe.faults(next_requests=[{"status": 500, "path": "/v1/balance_transactions"}] * 20)
    report = day(desk)
    assert report["stripe_as_of"] < read, "as the reconciler read it, in its last round"
    [stripe] = report["stripe"]
    assert [(line["why"], line["payment_id"]) for line in stripe["lines"]] == [("not-read-yet", paid["payment_id"])]
    assert stripe["explained"]
    assert of(report["by_method"], method="bank_transfer")["received"] == total(1, 700)


def test_what_the_reconciler_has_copied_needs_no_stripe_any_more(build: Build, settings: Settings) -> None:
    name = f"test_{uuid4().hex[:12]}"
    desk = build(RECONCILE_EVERY_S="0.5", MONGO_DATABASE=name)
    other = desk.of("clinic-other")
    paid, others = desk.paid_by_card(5_000), other.paid_by_card(3_000)
    body_of(desk.manager.refund(paid["payment_id"], 2_000), 201)
    desk.until_status(paid["payment_id"], "partly_refunded")
    auditor = desk.as_("auditor", "*")
    until(lambda: all(auditor.read(payment["payment_id"])["fee"] for payment in (paid, others)))
    with MongoClient[Json](settings["MONGO_URI"]) as client:
        until(lambda: client[name]["balance_entries"].count_documents({}), lambda count: count == 3)
    desk.stripe.faults(next_requests=[{"status": 500, "path": "/v1/balance_transactions"}] * 10_000)
    for seen, fee in ((desk, 100), (other, 70)):
        report = day(seen)
        [stripe], [fees] = report["stripe"], report["fees"]
        assert (stripe["theirs"], stripe["lines"]) == (money(3_000), [])
        assert (fees["theirs"], fees["lines"]) == (money(fee), [])


def test_each_difference_to_the_bank_has_its_line(desk: Desk) -> None:
    share = {"patient_id": "pat-77", "amount": money(4_000)}
    moved = [Moved(4_000, "a"), Moved(3_000, "b"), Moved(2_000, "c"), Moved(-500, "fee", iban=None)]
    body_of(desk.upload(camt(moved)), 201)
    by_amount = {
        transaction["amount"]["amount_minor"]: transaction["transaction_id"]
        for transaction in desk.transactions()
        if transaction["credit"]
    }
    body_of(desk.post(f"/bank-transactions/{by_amount[4_000]}/match", {"shares": [share]}), 200)
    body_of(desk.post(f"/bank-transactions/{by_amount[2_000]}/set-aside", {"reason": "rent"}), 200)
    entered = body_of(desk.post("/payments", desk.transfer(900)), 201)["payment_id"]
    [bank] = day(desk, BOOKED)["bank"]
    assert (bank["ours"], bank["theirs"], bank["difference"]) == (money(4_900), money(9_000), money(4_100))
    assert bank["explained"]
    lines = {
        (line["why"], line["amount"]["amount_minor"], line["payment_id"] or line["other_id"]) for line in bank["lines"]
    }
    assert lines == {
        ("unmatched", 3_000, by_amount[3_000]),
        ("set-aside", 2_000, by_amount[2_000]),
        ("no-statement", -900, entered),
    }


def test_the_day_is_the_clinics_and_a_report_of_a_day_that_is_over_does_not_change(desk: Desk) -> None:
    zone = "Pacific/Kiritimati"  # 14 hours ahead of UTC
    body_of(desk.manager.put(desk.settings_path, {"calendar": {"time_zone": zone}}), 200)
    payment_id = body_of(desk.post("/payments", desk.transfer(700)), 201)["payment_id"]
    today = datetime.now(ZoneInfo(zone)).date()
    report = day(desk, today.isoformat())
    assert (report["time_zone"], report["begin"]) == (
        zone,
        datetime(today.year, today.month, today.day, tzinfo=ZoneInfo(zone))
        .astimezone(UTC)
        .isoformat()
        .replace("+00:00", "Z"),
    )
    assert of(report["by_method"], method="bank_transfer")["received"] == total(1, 700)
    body_of(desk.manager.refund(payment_id, 700), 201)
    again = of(day(desk, today.isoformat())["by_method"], method="bank_transfer")
    assert (again["received"], again["refunded"], again["net"]) == (total(1, 700), total(1, -700), money(0))
    assert day(desk, "2020-01-01")["by_method"] == []


@pytest.mark.parametrize("on", ["", "today", "2026-02-30", "1999-12-31", "9999-12-31"])
def test_a_day_that_is_none_is_refused(desk: Desk, on: str) -> None:
    refused = desk.get(f"/clinics/{desk.clinic}/reports/settlement", date=on)
    assert (refused.status_code, refused.json()["field"]) == (422, "date")


def test_everybody_of_the_clinic_reads_it_and_nobody_else(desk: Desk) -> None:
    for role in ("front_desk", "billing_manager", "auditor"):
        assert day(desk.as_(role))["by_method"] == []
    stranger = desk.as_("auditor", "clinic-other").get(f"/clinics/{desk.clinic}/reports/settlement", date="2026-11-20")
    assert (stranger.status_code, code_of(stranger)) == (404, "not-found")
