"""Lists, roles and clinics."""

from tests.integration.payments.desk import Desk, body_of, code_of, money


def test_lists_are_paged_newest_first_and_filtered(desk: Desk) -> None:
    desk.open_register()
    taken = [body_of(desk.post("/payments", desk.transfer(100 + n)), 201)["payment_id"] for n in range(5)]
    first = desk.get("/payments", method="bank_transfer", limit=3).json()
    second = desk.get("/payments", method="bank_transfer", limit=3, cursor=first["next_cursor"]).json()
    listed = [payment["payment_id"] for payment in first["items"] + second["items"]]
    assert (listed, second["next_cursor"]) == (taken[::-1], None)
    assert len(desk.get("/payments", clinic_id=desk.clinic).json()["items"]) == 6
    assert len(desk.get("/payments", method="cash", status="settled", patient_id="pat-77").json()["items"]) == 1
    for other in ({"status": "failed"}, {"patient_id": "pat-78"}, {"invoice_id": "inv-1"}):
        assert desk.get("/payments", **other).json()["items"] == []


def test_payments_of_an_invoice_are_found(desk: Desk) -> None:
    invoice_id = desk.known_invoice()
    paid = body_of(desk.post("/payments", desk.transfer(invoice_id=invoice_id)), 201)
    desk.post("/payments", desk.transfer())
    assert desk.get("/payments", invoice_id=invoice_id).json() == {"items": [paid], "next_cursor": None}


def test_an_auditor_reads_and_changes_nothing(desk: Desk) -> None:
    payment_id = body_of(desk.post("/payments", desk.transfer()), 201)["payment_id"]
    auditor = desk.as_("auditor")
    assert auditor.read(payment_id)["payment_id"] == payment_id
    for refused in (
        auditor.post("/payments", desk.transfer()),
        auditor.post("/card-payments", desk.card()),
        auditor.cancel(payment_id),
        auditor.refund(payment_id, 100),
    ):
        assert (refused.status_code, code_of(refused)) == (403, "role-missing")


def test_the_front_desk_gives_no_money_back(desk: Desk) -> None:
    payment_id = body_of(desk.post("/payments", desk.transfer()), 201)["payment_id"]
    refused = desk.refund(payment_id, 100)
    assert (refused.status_code, code_of(refused)) == (403, "role-missing")


def test_another_clinics_payments_do_not_exist(desk: Desk) -> None:
    payment_id = body_of(desk.post("/payments", desk.transfer()), 201)["payment_id"]
    stranger = desk.as_("billing_manager", "clinic-other")
    for refused in (
        stranger.get(f"/payments/{payment_id}"),
        stranger.get("/payments", clinic_id=desk.clinic),
        stranger.refund(payment_id, 100),
        stranger.post("/payments", desk.transfer()),
        stranger.post("/card-payments", desk.card()),
        stranger.cancel(payment_id),
    ):
        assert (refused.status_code, code_of(refused)) == (404, "not-found")
    assert stranger.get("/payments").json()["items"] == []


def test_nobody_gets_in_without_a_token(desk: Desk) -> None:
    assert desk.http.get("/payments").status_code == 401


def test_a_transfer_is_refunded_by_a_billing_manager_up_to_what_is_left(desk: Desk) -> None:
    payment_id = body_of(desk.post("/payments", desk.transfer(5_000)), 201)["payment_id"]
    body = body_of(desk.manager.refund(payment_id, 2_000), 201)
    assert (body["status"], body["settled"], body["refunds"][0]["status"]) == (
        "partly_refunded",
        money(3_000),
        "settled",
    )
    assert code_of(desk.manager.refund(payment_id, 3_001)) == "refund-too-high"
    body = body_of(desk.manager.refund(payment_id, 3_000), 201)
    assert (body["status"], body["settled"]) == ("refunded", money(0))
    assert code_of(desk.manager.refund(payment_id, 1)) == "illegal-transition"
    kinds = [kind for kind, _ in desk.told(payment_id, 3)]
    assert kinds == ["payment-received", "payment-refunded", "payment-refunded"]


def test_cash_goes_back_out_of_an_open_register_only(desk: Desk) -> None:
    desk.open_register()
    payment_id = body_of(desk.post("/payments", desk.cash(5_000)), 201)["payment_id"]
    assert code_of(desk.manager.refund(payment_id, 100)) == "register-required"
    assert code_of(desk.manager.refund(payment_id, 100, register_id="till-9")) == "register-not-open"
    body = body_of(desk.manager.refund(payment_id, 100, register_id="till-1"), 201)
    assert (body["refunds"][0]["register_id"], body["refunded"]) == ("till-1", money(100))
