"""Keys, idempotency, lists, search, and requests that go wrong on purpose."""

import asyncio
from typing import Any

import httpx2
import pytest
import stripe

from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.stripe_sandbox.conftest import of


async def charges_of(client: stripe.StripeClient, payment_id: str) -> list[str]:
    """The charges behind one of our payment ids, found by metadata."""
    found = await client.v1.payment_intents.search_async({"query": f"metadata['payment_id']:'{payment_id}'"})
    lists = [await client.v1.charges.list_async({"payment_intent": intent.id}) for intent in found.data]
    return [charge.id for page in lists for charge in page.data]


async def test_the_same_key_gives_the_stored_answer_byte_for_byte(control: httpx2.AsyncClient) -> None:
    body = {"amount": "900", "currency": "eur", "confirm": "true", "payment_method_types[]": "card"}
    for method, status in (("pm_card_visa", 200), ("pm_card_chargeDeclined", 402)):
        headers = {"Authorization": "Bearer sk_test_x", "Idempotency-Key": f"bytes-{method}"}
        first, again = [
            await control.post("/v1/payment_intents", data={**body, "payment_method": method}, headers=headers)
            for _ in range(2)
        ]
        assert (first.status_code, again.status_code) == (status, status)
        assert first.content == again.content
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert first.headers["Request-Id"] != again.headers["Request-Id"]


async def test_the_same_key_with_other_parameters_is_refused(client: stripe.StripeClient) -> None:
    await client.v1.payment_intents.create_async(of(1_000), {"idempotency_key": "other-body"})
    with pytest.raises(stripe.IdempotencyError):
        await client.v1.payment_intents.create_async(of(1_001), {"idempotency_key": "other-body"})
    with pytest.raises(stripe.IdempotencyError):
        await client.v1.customers.create_async({"name": "x"}, {"idempotency_key": "other-body"})


async def test_a_refused_parameter_leaves_the_key_free(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.create_async(of(-1), {"idempotency_key": "free"})
    assert (await client.v1.payment_intents.create_async(of(1_000), {"idempotency_key": "free"})).amount == 1_000


async def test_twenty_at_once_with_one_key_charge_once(client: stripe.StripeClient) -> None:
    params = of(3_000, "pm_card_visa", metadata={"payment_id": "at-once"})
    answers = await asyncio.gather(
        *(client.v1.payment_intents.create_async(params, {"idempotency_key": "at-once"}) for _ in range(20))
    )
    assert len({answer.id for answer in answers}) == 1
    assert len(await charges_of(client, "at-once")) == 1


async def test_a_key_whose_request_is_still_running_is_in_use(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    await control.post("/sandbox/faults", json={"next_requests": [{"delay_ms": 3_000}]})
    params = of(3_000, "pm_card_visa", metadata={"payment_id": "in-use"})
    options: Any = {"idempotency_key": "in-use"}
    answers = await asyncio.gather(
        *(client.v1.payment_intents.create_async(params, options) for _ in range(5)), return_exceptions=True
    )
    refusals = [answer for answer in answers if isinstance(answer, stripe.APIError)]
    codes = [(refusal.http_status, refusal.error and refusal.error.code) for refusal in refusals]
    assert set(codes) == {(409, "idempotency_key_in_use")}
    assert len(await charges_of(client, "in-use")) == 1


async def test_a_forgotten_key_acts_again(client: stripe.StripeClient, control: httpx2.AsyncClient) -> None:
    params = of(3_000, "pm_card_visa", metadata={"payment_id": "forgotten"})
    first = await client.v1.payment_intents.create_async(params, {"idempotency_key": "forgotten"})
    await control.post("/sandbox/forget_idempotency_keys")
    again = await client.v1.payment_intents.create_async(params, {"idempotency_key": "forgotten"})
    assert first.id != again.id
    assert len(await charges_of(client, "forgotten")) == 2


@pytest.mark.parametrize(("moment", "charged"), [("before", 0), ("after", 1)])
async def test_a_cut_connection_and_the_same_key_charge_once(
    client: stripe.StripeClient, control: httpx2.AsyncClient, moment: str, charged: int
) -> None:
    await control.post("/sandbox/faults", json={"next_requests": [{"cut": moment, "method": "POST"}]})
    params = of(3_000, "pm_card_visa", metadata={"payment_id": f"cut-{moment}"})
    options: Any = {"idempotency_key": f"cut-{moment}"}
    with pytest.raises(stripe.APIConnectionError):
        await client.v1.payment_intents.create_async(params, options)
    assert len(await charges_of(client, f"cut-{moment}")) == charged
    assert (await client.v1.payment_intents.create_async(params, options)).status == "succeeded"
    assert len(await charges_of(client, f"cut-{moment}")) == 1


async def test_the_library_retries_by_itself_through_a_cut_and_a_server_error(
    client: stripe.StripeClient, control: httpx2.AsyncClient
) -> None:
    await control.post("/sandbox/faults", json={"next_requests": [{"cut": "after"}, {"status": 500}]})
    params = of(3_000, "pm_card_visa", metadata={"payment_id": "by-itself"})
    paid = await client.v1.payment_intents.create_async(params, {"max_network_retries": 2})
    assert paid.status == "succeeded"
    assert len(await charges_of(client, "by-itself")) == 1


@pytest.mark.parametrize(("status", "error"), [(500, stripe.APIError), (429, stripe.RateLimitError)])
async def test_a_scripted_failure_hits_only_its_path_and_changes_nothing(
    client: stripe.StripeClient, control: httpx2.AsyncClient, status: int, error: type[stripe.StripeError]
) -> None:
    paid = await client.v1.payment_intents.create_async(of(3_000, "pm_card_visa"))
    script = {"status": status, "path": "/v1/refunds", "method": "POST"}
    await control.post("/sandbox/faults", json={"next_requests": [script]})
    await client.v1.payment_intents.retrieve_async(paid.id)
    with pytest.raises(error):
        await client.v1.refunds.create_async({"payment_intent": paid.id})
    assert (await client.v1.refunds.list_async({"payment_intent": paid.id})).data == []
    assert (await client.v1.refunds.create_async({"payment_intent": paid.id})).amount == 3_000


async def test_only_test_keys_open_the_sandbox(sandbox: StripeSandbox, control: httpx2.AsyncClient) -> None:
    for refused_key in ("", "Bearer", "Bearer sk_live_x", "Basic ###"):
        refused = await control.get("/v1/events", headers={"Authorization": refused_key})
        assert (refused.status_code, refused.json()["error"]["type"]) == (401, "invalid_request_error")
    assert (await control.get("/v1/events", auth=("sk_test_x", ""))).status_code == 200


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"amount": "12.50"}, "amount", "parameter_invalid_integer"),
        ({"amount": 49}, "amount", "amount_too_small"),
        ({"amount": 100_000_000}, "amount", "amount_too_large"),
        ({"amount": 12_345, "currency": "kwd"}, "amount", None),
        ({"currency": "zzz"}, "currency", None),
        ({"payment_method": "pm_unknown"}, "payment_method", "resource_missing"),
        ({"customer": "cus_unknown"}, "customer", "resource_missing"),
        ({"amuont": 5}, "amuont", "parameter_unknown"),
        ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 40}]", None),
        ({"expand": ["nothing"]}, "expand", None),
    ],
)
async def test_a_bad_parameter_is_named(
    client: stripe.StripeClient, change: dict[str, Any], param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.payment_intents.create_async(of(1_000) | change)
    assert (refused.value.http_status, refused.value.param, refused.value.code) == (400, param, code)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/payment_intents", b"amount=%FF&currency=eur"),
        ("/v1/payment_intents", b"amount=1000&currency=eur&expand[]=amount.x"),
        ("/v1/payment_intents", b"amount=1&amount[x]=2"),
        ("/v1/payment_intents", b"&".join(b"a[%d]=1" % number for number in range(2_000))),
        ("/v1/webhook_endpoints", b"url=http://[::1"),
        ("/sandbox/faults", b"{"),
        ("/sandbox/payment_intents/pi_none/settle", b'{"outcome": 5}'),
    ],
)
async def test_a_malformed_body_is_a_bad_request(control: httpx2.AsyncClient, path: str, body: bytes) -> None:
    refused = await control.post(path, content=body, headers={"Authorization": "Bearer sk_test_x"})
    assert (refused.status_code, refused.json()["error"]["type"]) in [
        (400, "invalid_request_error"),
        (404, "invalid_request_error"),
    ]


async def test_payment_methods_that_redirect_need_a_return_url(client: stripe.StripeClient) -> None:
    params = of(1_000, "pm_card_visa") | {"automatic_payment_methods": {"enabled": True}}
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        await client.v1.payment_intents.create_async(params)
    paid = await client.v1.payment_intents.create_async(params | {"return_url": "https://clinic.example"})
    assert paid.status == "succeeded"


async def test_yen_have_no_minor_unit(client: stripe.StripeClient) -> None:
    paid = await client.v1.payment_intents.create_async(of(1_250, "pm_card_visa", currency="JPY"))
    assert (paid.amount_received, paid.currency) == (1_250, "jpy")


async def test_what_does_not_exist_is_missing(client: stripe.StripeClient, control: httpx2.AsyncClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await client.v1.payment_intents.retrieve_async("pi_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    assert (await control.get("/v1/nothing")).json()["error"]["type"] == "invalid_request_error"


async def test_lists_are_paged_newest_first_and_filtered(client: stripe.StripeClient) -> None:
    customer = await client.v1.customers.create_async({})
    made = [await client.v1.payment_intents.create_async(of(100 + n, customer=customer.id)) for n in range(7)]
    page = await client.v1.payment_intents.list_async({"customer": customer.id, "limit": 3})
    assert ([intent.amount for intent in page.data], page.has_more) == ([106, 105, 104], True)
    assert [intent.id async for intent in page.auto_paging_iter()] == [intent.id for intent in reversed(made)]
    newer: Any = {"customer": customer.id, "ending_before": made[4].id, "limit": 1}
    back = await client.v1.payment_intents.list_async(newer)
    assert [intent.amount for intent in back.data] == [105]
    future: Any = {"customer": customer.id, "created": {"gt": made[-1].created}}
    assert (await client.v1.payment_intents.list_async(future)).data == []
    past: Any = {"customer": customer.id, "created": {"lte": made[-1].created}}
    assert len((await client.v1.payment_intents.list_async(past)).data) == 7


async def test_a_search_combines_its_clauses_and_is_paged(client: stripe.StripeClient) -> None:
    for amount, method in ((500, "pm_card_visa"), (600, None), (700, "pm_card_visa")):
        await client.v1.payment_intents.create_async(of(amount, method, metadata={"batch": "it's one"}))
    open_ones = 'metadata["batch"]:"it\'s one" AND -status:"succeeded"'
    large = 'metadata["batch"]:"it\'s one" AND amount>=600'
    assert [i.amount for i in (await client.v1.payment_intents.search_async({"query": open_ones})).data] == [600]
    first = await client.v1.payment_intents.search_async({"query": large, "limit": 1})
    assert [intent.amount async for intent in first.auto_paging_iter()] == [700, 600]
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.search_async({"query": "amount>=600 OR"})
