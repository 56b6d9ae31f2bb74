"""Lists, roles and clinics: every route there is, in the hands of everybody."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4

import httpx2
import pytest

from dev.parts.service import ServicePart
from tests.integration.payments.desk import Desk, Json, body_of, code_of, money
from tests.parts.statements import Moved, camt

pytestmark = pytest.mark.any_broker


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
    kinds = [kind for kind, _ in desk.published(payment_id, 3)]
    assert kinds == ["payment-received", "payment-refunded", "payment-refunded"]


def test_cash_goes_back_out_of_an_open_register_only(desk: Desk) -> None:
    desk.open_register()
    payment_id = body_of(desk.post("/payments", desk.cash(5_000)), 201)["payment_id"]
    assert code_of(desk.manager.refund(payment_id, 100)) == "register-required"
    assert code_of(desk.manager.refund(payment_id, 100, register_id="till-9")) == "register-not-open"
    body = body_of(desk.manager.refund(payment_id, 100, register_id="till-1"), 201)
    assert (body["refunds"][0]["register_id"], body["refunded"]) == ("till-1", money(100))


MANAGERS = {
    "/payments/{payment_id}/refunds",
    "/payments/{payment_id}/refunds/{refund_id}/approve",
    "/payments/{payment_id}/refunds/{refund_id}/reject",
    "/bank-transactions/{transaction_id}/unmatch",
    "/clinics/{clinic_id}/payment-settings",
}
"""What the front desk may not change; everything else that changes something it may."""
READ_BY_MANAGERS = {
    "/bank-statements/{bank_statement_id}/file",
    "/clinics/{clinic_id}/reports/cash-deposits",
    "/clinics/{clinic_id}/reports/registers",
}
"""What only they and auditors read: names and texts of everybody who paid, and what should be in a drawer."""
SIGNED = {"/stripe/webhook"}
"""For Stripe only."""
NOBODYS = "nobodys-1"
DAY = "2026-11-20"
ROLES = ("front_desk", "billing_manager", "auditor")


def bodies(desk: Desk, ids: Mapping[str, str]) -> dict[str, Json]:
    """What each route that changes something takes."""
    reason = {"reason": "because"}
    return {
        "/payments": desk.transfer(100),
        "/card-payments": desk.card(100),
        "/card-payments/{payment_id}/cancel": {},
        "/cards-on-file": {
            "clinic_id": desk.clinic,
            "patient_id": "pat-77",
            "consent": {"text_version": "1", "given_by": "patient"},
        },
        "/payments/{payment_id}/refunds": {"amount": money(100), **reason},
        "/payments/{payment_id}/refunds/{refund_id}/approve": reason,
        "/payments/{payment_id}/refunds/{refund_id}/reject": reason,
        "/bank-statements": {},
        "/bank-statements/profile": {},
        "/bank-transactions/{transaction_id}/match": {"shares": [{"patient_id": "pat-77", "amount": money(1)}]},
        "/bank-transactions/{transaction_id}/unmatch": reason,
        "/bank-transactions/{transaction_id}/set-aside": reason,
        "/bank-transactions/{transaction_id}/take": reason,
        "/bank-transactions/{transaction_id}/give-back": {name: ids[name] for name in ("payment_id", "refund_id")},
        "/clinics/{clinic_id}/payment-settings": {},
    }


@dataclass
class Matrix:
    """Every route of the service, about things of one clinic."""

    desk: Desk
    service: ServicePart
    ids: dict[str, str]

    def unknown(self, path: str) -> bool:
        """Whether it is about a thing that this clinic has none of."""
        return NOBODYS in path.format_map(self.ids)

    @cached_property
    def paths(self) -> Json:
        """As the API describes them."""
        found: Json = self.service.asked("/openapi.json").json()["paths"]
        return found

    def routes(self) -> list[tuple[str, str]]:
        found = [(method.upper(), path) for path, methods in self.paths.items() for method in methods]
        return [route for route in found if route[1] not in SIGNED]

    def ask(self, desk: Desk, method: str, path: str, token: bool = True, key: str = "") -> httpx2.Response:
        headers = {"Idempotency-Key": key or uuid4().hex, **(desk.authorization() if token else {})}
        body = bodies(self.desk, self.ids)[path] if method in ("POST", "PUT") else None
        parameters = self.paths[path][method.lower()].get("parameters", ())
        taken = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
        given = {"clinic_id": self.desk.clinic, "date": DAY, "from": DAY, "to": DAY}
        if path == "/bank-statements":
            given["format"] = "camt.053"
        params = {name: value for name, value in given.items() if name in taken}
        return desk.http.request(method, path.format_map(self.ids), json=body, params=params, headers=headers)


@pytest.fixture
def matrix(desk: Desk, service: ServicePart) -> Matrix:
    """With a refund that waits, and a transfer that nobody matched yet."""
    desk.refund_limit(0)
    payment_id = body_of(desk.post("/payments", desk.transfer()), 201)["payment_id"]
    refund_id = body_of(desk.manager.refund(payment_id, 100), 202)["refunds"][0]["refund_id"]
    statement = body_of(desk.upload(camt([Moved(4_000)])), 201)
    [transaction] = desk.transactions()
    ids = {
        "payment_id": payment_id,
        "refund_id": refund_id,
        "transaction_id": transaction["transaction_id"],
        "bank_statement_id": statement["bank_statement_id"],
    }
    return Matrix(desk, service, defaultdict(lambda: NOBODYS, {**ids, "clinic_id": desk.clinic}))


def test_every_route_lets_in_who_may_and_nobody_else(matrix: Matrix) -> None:
    wrong = []
    for method, path in matrix.routes():
        for role in ROLES:
            answer = matrix.ask(matrix.desk.as_(role), method, path)
            refused = answer.status_code == 403 and code_of(answer) == "role-missing"
            closed = READ_BY_MANAGERS if method == "GET" else MANAGERS
            may = {"billing_manager": True, "front_desk": path not in closed, "auditor": method == "GET"}[role]
            lost = answer.status_code == 404 and not matrix.unknown(path)
            if refused == may or lost or answer.status_code == 401 or answer.status_code >= 500:
                wrong.append((method, path, role, answer.status_code, answer.text))
    assert wrong == []


def test_no_route_shows_or_changes_anything_of_another_clinic(matrix: Matrix) -> None:
    wrong = []
    for method, path in matrix.routes():
        answer = matrix.ask(matrix.desk.as_("billing_manager", "clinic-other"), method, path)
        if (answer.status_code, code_of(answer)) != (404, "not-found"):
            wrong.append((method, path, answer.status_code, answer.text))
    assert wrong == []


def test_no_route_gives_an_answer_again_to_who_left_the_clinic(matrix: Matrix) -> None:
    """The same person with the same key and body, whose token names another clinic by now."""
    here, elsewhere = matrix.desk.manager, matrix.desk.as_("billing_manager", "clinic-other")
    replayed, wrong = 0, []
    for method, path in matrix.routes():
        key = uuid4().hex
        if method != "POST" or matrix.ask(here, method, path, key=key).status_code not in (200, 201, 202):
            continue
        replayed += matrix.ask(here, method, path, key=key).headers.get("idempotency-replayed") == "true"
        answer = matrix.ask(elsewhere, method, path, key=key)
        if (answer.status_code, code_of(answer)) != (404, "not-found"):
            wrong.append((path, answer.status_code, answer.text))
    assert wrong == []
    assert replayed >= 5


def test_no_route_answers_without_a_token(matrix: Matrix) -> None:
    asked = {route: matrix.ask(matrix.desk, *route, token=False).status_code for route in matrix.routes()}
    assert {route: status for route, status in asked.items() if status != 401} == {}
