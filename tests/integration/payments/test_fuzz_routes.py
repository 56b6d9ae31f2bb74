"""Every route that the service describes, asked with what fits it and what does not: no 5xx, no refusal uncoded."""

from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from dev.parts.service import ServicePart
from tests.integration.payments.desk import Desk, Json, body_of, money
from tests.integration.payments.instalments import CONSENT
from tests.parts.statements import Moved, camt

pytestmark = pytest.mark.any_broker

loose = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def operations(service: ServicePart) -> list[Any]:
    described = schemathesis.openapi.from_url(f"{service.operations_url}/openapi.json")
    described.config.update(base_url=service.url)
    return [cast(Any, found).ok() for found in described.get_all_operations()]


def known(desk: Desk) -> Json:
    """Something that there is, for each name in a path."""
    transfer = body_of(desk.post("/payments", desk.transfer(5_000)), 201)
    desk.refund_limit(0)
    waiting = body_of(desk.manager.refund(transfer["payment_id"], 1_000), 202)["refunds"][0]
    statement = body_of(desk.upload(camt([Moved(4_000, "whose")])), 201)
    [transaction] = desk.transactions()
    consented = {"clinic_id": desk.clinic, "patient_id": "pat-77", "consent": CONSENT}
    card = body_of(desk.post("/cards-on-file", consented), 201)["card"]
    return {
        "payment_id": transfer["payment_id"],
        "refund_id": waiting["refund_id"],
        "clinic_id": desk.clinic,
        "bank_statement_id": statement["bank_statement_id"],
        "transaction_id": transaction["transaction_id"],
        "card_id": card["card_id"],
    }


def test_no_request_breaks_a_route(operations: list[Any], desk: Desk, service: ServicePart) -> None:
    ids, somebody = known(desk), desk.as_("billing_manager", "*")
    body = desk.transfer(100)
    asked: set[str] = set()
    for operation in operations:
        asked.add(operation.label)
        kinds = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

        @given(case=st.one_of(kinds), there_is=st.booleans())
        @loose
        def answered(case: Any, there_is: bool) -> None:
            if there_is and case.path_parameters:
                case.path_parameters |= {name: ids[name] for name in case.path_parameters if name in ids}
            answer = case.call(headers=somebody.headers())
            assert answer.status_code < 500, answer.text
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == ["application/problem+json"]
                assert answer.json()["code"]

        answered()
    described = service.asked("/openapi.json").json()["paths"]
    assert asked == {f"{method.upper()} {path}" for path, ways in described.items() for method in ways}
    assert {"POST /stripe/webhook", "POST /bank-statements", "POST /payments/{payment_id}/refunds"} <= asked
    assert body_of(desk.post("/payments", body), 201)["settled"] == money(100), "it still takes money"
