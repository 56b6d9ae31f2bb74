"""Nothing that anybody sends to the routes of the bank breaks the service: a refusal at most, and nothing stored."""

from typing import Any, cast

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from dev.parts.service import ServicePart
from tests.integration.payments.desk import Desk
from tests.parts.statements import OWN_IBAN, PAYER_IBAN, Moved, camt
from tests.unit.payments.bank.test_bank_files import MT940

pytestmark = pytest.mark.any_broker

FORMATS = ("camt.053", "mt940", "csv")
MAP = (
    f'{{"account": "{OWN_IBAN}", "currency": "EUR", "booked_on": "d", "amount": "a", "text": "t",'
    ' "counterparty_iban": "i"}'
)
GOOD = {
    "camt.053": camt([Moved(100, "x", reference="RF18539007547034"), Moved(-5), Moved(-100, reversal=True)]),
    "mt940": MT940.encode(),
    "csv": f"d,a,t,i\n2026-11-20,1.00,x,{PAYER_IBAN}\n".encode(),
}
LOOSE = {"deadline": None, "suppress_health_check": list(HealthCheck)}
PIECES = st.binary(max_size=8) | st.sampled_from(
    [
        b"<Ntry>",
        b"</Stmt>",
        b"<!--",
        b"]]>",
        b"&#0;",
        b"&#xD800;",
        b'" Ccy="',
        b"-",
        b"9" * 30,
        b":61:",
        b"\r\n-",
        b"\0",
        b"\xff",
    ]
)
CHANGES = st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 40), PIECES), min_size=1, max_size=5)


def changed(content: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """Bytes cut out and put in; a byte at a time keeps most of a file as it was."""
    for place, length, piece in changes:
        at = place % (len(content) + 1)
        content = content[:at] + piece + content[at + length :]
    return content


@given(format_=st.sampled_from(FORMATS), changes=CHANGES)
@settings(max_examples=80, **LOOSE)  # type: ignore[arg-type]
def test_no_changed_file_breaks_the_upload(desk: Desk, format_: str, changes: list[tuple[int, int, bytes]]) -> None:
    params = {"columns": MAP} if format_ == "csv" else {}
    answer = desk.upload(changed(GOOD[format_], changes), format_, **params)
    assert answer.status_code in (200, 201, 422), answer.text
    assert PAYER_IBAN not in answer.text
    if answer.status_code == 422:
        assert answer.headers["content-type"] == "application/problem+json"


@given(content=st.binary(max_size=400), format_=st.sampled_from(FORMATS), columns=st.none() | st.text(max_size=60))
@settings(max_examples=40, **LOOSE)  # type: ignore[arg-type]
def test_no_bytes_break_the_upload(desk: Desk, content: bytes, format_: str, columns: str | None) -> None:
    try:
        answer = desk.upload(content, format_, **({} if columns is None else {"columns": columns}))
    except (httpx2.InvalidURL, UnicodeEncodeError):
        return
    assert answer.status_code < 500, answer.text


def test_no_request_breaks_a_route_of_the_bank(desk: Desk, service: ServicePart) -> None:
    """Whatever fits the routes as the service describes them, and what does not."""
    described = schemathesis.openapi.from_url(f"{service.operations_url}/openapi.json")
    described.config.update(base_url=service.url)
    token = {"Authorization": f"Bearer {desk.issuer.mint('billing_manager', desk.clinic)}", "Idempotency-Key": "fuzz"}
    bank = described.include(path_regex="^/bank-")
    operations: list[Any] = [cast(Any, found).ok() for found in bank.get_all_operations()]
    assert {operation.path for operation in operations} >= {"/bank-statements", "/bank-transactions"}
    for operation in operations:
        cases = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

        @given(case=st.one_of(cases))
        @settings(max_examples=25, **LOOSE)  # type: ignore[arg-type]
        def answered(case: Any) -> None:
            answer = case.call(headers=token)
            assert answer.status_code < 500, answer.text

        answered()
