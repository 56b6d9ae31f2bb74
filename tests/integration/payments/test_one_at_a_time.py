"""Two ways to pay one invoice at once: links, cards at the desk, cash and transfers, and who wins."""

from concurrent.futures import ThreadPoolExecutor

from kernel.money import Money
from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.parts.patience import until
from tests.parts.statements import Moved, camt

GONE = 410


def pages(desk: Desk, payment: Json) -> list[str]:
    return [page["status"] for page in desk.stripe.pages_of(payment["payment_id"])]


def test_a_new_link_takes_the_place_of_the_old_one_which_pays_no_more(desk: Desk) -> None:
    invoice_id = desk.known_invoice(due=5_000)
    old, new = desk.send_link(invoice_id=invoice_id), desk.send_link(invoice_id=invoice_id)
    old_id, new_id = old["payment"]["payment_id"], new["payment"]["payment_id"]
    assert new["payment"]["beside"] == [old_id]
    ended = desk.read(old_id)
    assert (ended["status"], ended["failure"]["code"], ended["replaced_by"]) == ("canceled", "replaced", new_id)
    assert (pages(desk, old["payment"]), pages(desk, new["payment"])) == (["expired"], ["open"])
    assert desk.stripe.pay_on_page(old["checkout"]["url"]).status_code == GONE
    desk.stripe.pay_on_page(new["checkout"]["url"])
    assert desk.until_status(new_id, "settled")["settled"] == money(5_000)
    assert code_of(desk.post("/card-payments", desk.card(1, invoice_id=invoice_id))) == "more-than-due"


def test_a_card_at_the_desk_and_a_link_take_each_others_place(desk: Desk) -> None:
    invoice_id = desk.known_invoice(due=5_000)
    link = desk.send_link(invoice_id=invoice_id)
    at_desk = desk.charge(invoice_id=invoice_id)
    assert desk.stripe.pay_on_page(link["checkout"]["url"]).status_code == GONE
    again = desk.send_link(invoice_id=invoice_id)
    assert desk.read(at_desk["payment"]["payment_id"])["replaced_by"] == again["payment"]["payment_id"]
    assert desk.stripe.enter_card(at_desk["client_secret"]).status_code == 400
    desk.stripe.pay_on_page(again["checkout"]["url"])
    desk.until_status(again["payment"]["payment_id"], "settled")


def test_an_old_link_that_was_paid_meanwhile_wins(desk: Desk) -> None:
    invoice_id = desk.known_invoice(due=5_000)
    old = desk.send_link(invoice_id=invoice_id)
    desk.stripe.faults(webhooks="off")
    desk.stripe.pay_on_page(old["checkout"]["url"])
    late = desk.send_link(invoice_id=invoice_id)
    assert (late["checkout"], late["payment"]["status"]) == (None, "canceled")
    assert late["payment"]["failure"]["code"] == "paid-otherwise"
    assert desk.read(old["payment"]["payment_id"])["settled"] == money(5_000)
    assert desk.stripe.pages_of(late["payment"]["payment_id"]) == []


def test_a_card_whose_bank_is_being_asked_wins_and_is_no_longer_open(desk: Desk) -> None:
    invoice_id = desk.known_invoice(due=5_000)
    desk.stripe.faults(settle_later=True, webhooks="off")
    asking = desk.charge(invoice_id=invoice_id)
    desk.stripe.enter_card(asking["client_secret"]).raise_for_status()
    desk.stripe.faults(settle_later=False)
    late = desk.send_link(invoice_id=invoice_id)
    assert late["payment"]["failure"]["code"] == "under-way"
    payment_id = asking["payment"]["payment_id"]
    assert desk.read(payment_id)["next_step"] == "wait_for_bank"
    desk.open_register()
    refused = desk.post("/payments", desk.cash(invoice_id=invoice_id))
    assert (refused.status_code, code_of(refused)) == (422, "more-than-due")
    assert "the card's bank is being asked for 50.00 EUR of it" in refused.json()["detail"]
    taken = body_of(desk.post("/payments", desk.transfer(invoice_id=invoice_id)), 201)
    assert taken["beside"] == [payment_id]
    assert desk.read(payment_id)["replaced_by"] == taken["payment_id"]
    desk.stripe.settle(asking["payment"]["card_payment_intent_id"])
    desk.until_status(payment_id, "settled")


def test_cash_and_a_transfer_end_a_link_that_they_leave_nothing_for(desk: Desk) -> None:
    desk.open_register()
    for body in (desk.cash(2_001), desk.transfer(2_001)):
        invoice_id = desk.known_invoice(due=5_000)
        link = desk.send_link(3_000, invoice_id=invoice_id)
        taken = body_of(desk.post("/payments", {**body, "invoice_id": invoice_id}), 201)
        assert taken["beside"] == [link["payment"]["payment_id"]]
        ended = desk.until_status(link["payment"]["payment_id"], "canceled")
        assert (ended["failure"]["code"], ended["replaced_by"]) == ("replaced", taken["payment_id"])
        assert desk.stripe.pay_on_page(link["checkout"]["url"]).status_code == GONE


def test_a_transfer_that_the_bank_told_of_ends_a_link_and_the_desk_sees_it(desk: Desk) -> None:
    reference = "RF18539007547034"
    invoice_id = desk.known_invoice(due=5_000, payment_reference=reference)
    link = desk.send_link(invoice_id=invoice_id)
    body_of(desk.upload(camt([Moved(5_000, reference=reference)])), 201)
    [transfer] = desk.transactions(status="matched")
    [share] = transfer["decision"]["shares"]
    assert desk.read(share["payment_id"])["beside"] == [link["payment"]["payment_id"]]
    ended = desk.until_status(link["payment"]["payment_id"], "canceled")
    assert ended["replaced_by"] == share["payment_id"]


def test_cash_leaves_a_link_alone_that_it_fits_beside(desk: Desk) -> None:
    desk.open_register()
    invoice_id = desk.known_invoice(due=5_000)
    link = desk.send_link(3_000, invoice_id=invoice_id)
    taken = body_of(desk.post("/payments", desk.cash(2_000, invoice_id=invoice_id)), 201)
    assert taken["beside"] == []
    desk.stripe.pay_on_page(link["checkout"]["url"])
    desk.until_status(link["payment"]["payment_id"], "settled")


def test_a_link_ends_when_what_it_asks_for_is_credited(desk: Desk) -> None:
    invoice = desk.invoice(due=5_000)
    desk.publish(invoice)
    body = desk.card(5_000, invoice_id=invoice.invoice_id, checkout={"success_url": "https://clinic.example/thanks"})
    link = until(lambda: desk.post("/card-payments", body), lambda answer: answer.status_code == 201)
    totals = invoice.totals.model_copy(update={"due": Money(2_000, "EUR")})
    desk.publish(invoice.model_copy(update={"version": 2, "totals": totals}))
    ended = desk.until_status(link.json()["payment"]["payment_id"], "canceled")
    assert (ended["failure"]["code"], ended["replaced_by"]) == ("no-longer-open", None)
    assert desk.stripe.pay_on_page(link.json()["checkout"]["url"]).status_code == GONE


def test_a_new_link_is_made_though_stripe_did_not_answer_when_the_old_one_was_to_end(desk: Desk) -> None:
    invoice_id = desk.known_invoice(due=5_000)
    old = desk.send_link(invoice_id=invoice_id)
    desk.stripe.faults(next_requests=[{"status": 500, "method": "POST"}] * 20)
    assert code_of(desk.post("/card-payments", desk.card(invoice_id=invoice_id))) == "stripe-unavailable"
    assert pages(desk, old["payment"]) == ["open"]
    desk.stripe.faults(next_requests=[])
    desk.until_status(old["payment"]["payment_id"], "canceled")
    [new] = [p for p in desk.get("/payments", invoice_id=invoice_id).json()["items"] if p["beside"]]
    until(lambda: desk.read(new["payment_id"]), lambda payment: payment["card_payment_intent_id"] is not None)


def test_of_links_that_are_asked_for_at_once_one_can_be_paid(desk: Desk) -> None:
    invoice_id = desk.known_invoice(due=5_000)
    with ThreadPoolExecutor(4) as at_once:
        started = list(at_once.map(lambda _: desk.send_link(invoice_id=invoice_id), range(4)))
    ids = [start["payment"]["payment_id"] for start in started]
    decided = until(
        lambda: [desk.read(payment_id)["status"] for payment_id in ids],
        lambda statuses: sorted(statuses) == ["canceled"] * 3 + ["pending"],
    )
    for start, status in zip(started, decided, strict=True):
        if status == "canceled":
            assert "open" not in pages(desk, start["payment"])
        else:
            desk.stripe.pay_on_page(start["checkout"]["url"])
            desk.until_status(start["payment"]["payment_id"], "settled")


def test_links_to_the_account_stand_beside_each_other(desk: Desk) -> None:
    for link in (desk.send_link(), desk.send_link()):
        desk.stripe.pay_on_page(link["checkout"]["url"])
        desk.until_status(link["payment"]["payment_id"], "settled")


def test_all_that_is_due_is_charged_and_taken(desk: Desk) -> None:
    desk.open_register()
    invoice_id = desk.known_invoice(due=5_000)
    cash = desk.cash(2_000, invoice_id=invoice_id)
    body_of(desk.post("/payments", cash), 201)
    link = desk.send_link(amount="all_due", invoice_id=invoice_id)
    assert link["payment"]["amount"] == money(3_000)
    rest = {**cash, "amount": "all_due", "tendered": money(5_000)}
    taken = body_of(desk.post("/payments", rest), 201)
    assert (taken["amount"], taken["change"]) == (money(3_000), money(2_000))
    assert code_of(desk.post("/payments", rest)) == "nothing-due"
    no_invoice = desk.transfer(amount="all_due")
    refused = desk.post("/payments", no_invoice)
    assert (code_of(refused), refused.json()["field"]) == ("invalid-request", "/invoice_id")
    for wrong in ("all", "ALL_DUE", True):
        assert desk.post("/payments", {**rest, "amount": wrong}).json()["field"] == "/amount"


def test_cheques_and_cards_on_a_terminal_are_taken_with_their_reference(desk: Desk) -> None:
    invoice_id = desk.known_invoice(due=5_000)
    for method, reference in (("cheque", "000417"), ("card_terminal", "0093 / 418822")):
        body = desk.card(2_000, invoice_id=invoice_id, method=method)
        assert desk.post("/payments", body).json()["field"] == "/reference"
        taken = body_of(desk.post("/payments", {**body, "reference": reference, "register_id": "door"}), 201)
        assert (taken["method"], taken["reference"], taken["status"]) == (method, reference, "settled")
        assert taken["register_id"] == "door"
        assert taken["receipt_number"] is not None
        assert desk.published(taken["payment_id"], 1) == [("payment-received", taken)]
        assert desk.get("/payments", method=method).json()["items"] == [taken]
    report = desk.get(f"/clinics/{desk.clinic}/reports/settlement", date=taken["settled_at"][:10]).json()
    received = {method["method"]: method["received"]["amount"] for method in report["by_method"]}
    assert received == {"card_terminal": money(2_000), "cheque": money(2_000)}
    back = body_of(desk.manager.refund(taken["payment_id"], 500), 201)
    assert (back["refunded"], back["refunds"][0]["status"]) == (money(500), "settled")


def test_a_method_that_there_is_not_is_told_with_those_that_there_are(desk: Desk) -> None:
    for method in ("bitcoin", None, 7):
        body = {**desk.transfer(), "method": method}
        problem = desk.post("/payments", body).json()
        assert (problem["status"], problem["field"]) == (422, "/method")
        for choice in ("cash", "bank_transfer", "cheque", "card_terminal"):
            assert repr(choice) in problem["errors"][0]["message"]
    del body["method"]
    assert desk.post("/payments", body).json()["field"] == "/method"


def test_amounts_in_a_refusal_are_written_as_people_write_them_and_say_whose_part(desk: Desk) -> None:
    parts = {"insurer_part": money(18_800, "USD"), "patient_part": money(31_200, "USD")}
    paid = {"insurer_paid": money(0, "USD"), "patient_paid": money(0, "USD")}
    split = {"payer_id": "aetna", "rule": "by hand", **parts, **paid}
    invoice_id = desk.known_invoice(due=50_000, currency="USD", insurance=split)
    refused = desk.post("/payments", desk.transfer(amount=money(31_201, "USD"), invoice_id=invoice_id))
    assert code_of(refused) == "more-than-due"
    assert refused.json()["detail"] == f"312.00 USD of invoice {invoice_id} is open of the patient's part"


def test_a_withdrawn_currency_takes_no_new_money_and_old_records_are_read(desk: Desk) -> None:
    invoice_id = desk.known_invoice(due=5_000, currency="BGN")
    for path, body in (
        ("/payments", desk.transfer(amount=money(5_000, "BGN"), invoice_id=invoice_id)),
        ("/card-payments", desk.card(amount=money(5_000, "BGN"), invoice_id=invoice_id)),
    ):
        problem = desk.post(path, body).json()
        assert (problem["status"], problem["field"]) == (422, "/amount")
        assert "BGN was withdrawn on 2026-01-01: use EUR" in problem["errors"][0]["message"]


def test_a_card_takes_three_decimals_with_a_last_digit_of_0_only(desk: Desk) -> None:
    refused = desk.post("/card-payments", desk.card(amount=money(5_124, "KWD")))
    assert (refused.status_code, code_of(refused)) == (422, "amount-not-chargeable")
    assert refused.json()["detail"] == "cards take KWD in steps of 0.010 KWD: 5.120 KWD or 5.130 KWD"
    payment = desk.paid_by_card(5_120, currency="KWD")
    assert payment["settled"] == money(5_120, "KWD")
    refused = desk.manager.refund(payment["payment_id"], 1_001, "KWD")
    assert code_of(refused) == "amount-not-chargeable"
    body_of(desk.manager.refund(payment["payment_id"], 1_000, "KWD"), 201)


def test_currencies_that_stripe_writes_otherwise_are_charged_and_given_back_as_they_are(desk: Desk) -> None:
    for currency, amount, theirs in (("ISK", 4_990, 499_000), ("UGX", 9_750, 975_000), ("HUF", 99_999, 99_999)):
        payment = desk.paid_by_card(amount, currency=currency)
        assert payment["settled"] == money(amount, currency)
        [charge] = desk.stripe.charges_of(payment["card_payment_intent_id"])
        assert charge["amount"] == theirs
        body_of(desk.manager.refund(payment["payment_id"], 1_990, currency), 201)
        back = desk.until_status(payment["payment_id"], "partly_refunded")
        assert back["settled"] == money(amount - 1_990, currency)
