"""Every API request passes here: faults, key, idempotency, one transaction, and Stripe's answer or error envelope."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from dev.stripe_sandbox.call import Call, Handler, new_id
from dev.stripe_sandbox.errors import (
    CardDeclined,
    IdempotencyMismatch,
    InvalidRequest,
    JsonObject,
    KeyInUse,
    RateLimited,
    SecretKeyRequired,
    ServerFault,
    StripeError,
    Unauthorized,
)
from dev.stripe_sandbox.events import API_VERSION
from dev.stripe_sandbox.expand import expand
from dev.stripe_sandbox.faults import FaultBoard
from dev.stripe_sandbox.params import Params, pairs
from dev.stripe_sandbox.protocol import cut
from dev.stripe_sandbox.store import Store, StoredAnswer

Endpoint = Callable[[Request], Awaitable[Response]]
_MAX_KEY_LENGTH = 255


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    replayed: bool = False


class Gate:
    def __init__(self, store: Store, faults: FaultBoard, effects_done: Callable[[], None]) -> None:
        self._store = store
        self._faults = faults
        self._effects_done = effects_done
        self._in_use: set[str] = set()

    def endpoint(self, handler: Handler, *, browser: bool = False) -> Endpoint:
        """`browser`: a publishable key may call it too."""

        async def handle(request: Request) -> Response:
            # Read whole first: from its script to its idempotency key nobody may overtake a request.
            await request.body()
            script = self._faults.take(request.method, request.url.path)
            if script.cut == "before" or script.status is not None:
                await _pause(script.delay_ms / 1000)
            if script.cut == "before":
                await cut(request)
                return Response()
            request_id = new_id("req", 14)
            try:
                _fail_on_purpose(script.status)
                reply = await self._reply(request, handler, request_id, browser, script.delay_ms)
            except StripeError as error:
                reply = Reply(error.status, encode(error.envelope))
            if script.cut == "after":
                await cut(request)
            return _response(request, reply, request_id)

        return handle

    async def _reply(self, request: Request, handler: Handler, request_id: str, browser: bool, delay_ms: int) -> Reply:
        sent = pairs(request.url.query) + pairs((await request.body()).decode(errors="replace"))
        params = Params.parse(sent)
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        call = Call(
            store=self._store,
            params=params,
            path=request.path_params,
            now=self._store.now(),
            request_id=request_id,
            base_url=str(request.base_url).rstrip("/"),
            idempotency_key=key,
            publishable=_is_publishable(request, params, allowed=browser),
            settles_later=self._faults.current.settle_later,
        )
        fingerprint = hashlib.sha256(repr((request.method, request.url.path, sorted(sent))).encode()).hexdigest()
        delay_s = (delay_ms + self._faults.current.delay_ms) / 1000
        if key is None:
            await _pause(delay_s)
            return self._run(call, handler, fingerprint)
        return await self._once(key, call, handler, fingerprint, delay_s)

    async def _once(self, key: str, call: Call, handler: Handler, fingerprint: str, delay_s: float) -> Reply:
        if len(key) > _MAX_KEY_LENGTH:
            raise InvalidRequest(f"Idempotency keys have up to {_MAX_KEY_LENGTH} characters.")
        stored = self._store.answer_to(key, call.now)
        if stored is not None:
            return _replay(key, stored, fingerprint)
        if key in self._in_use:
            message = f"There is currently another in-progress request using this Idempotent Key: {key}."
            raise KeyInUse(message, code="idempotency_key_in_use")
        self._in_use.add(key)
        try:
            await _pause(delay_s)
            return self._run(call, handler, fingerprint)
        finally:
            self._in_use.discard(key)

    def _run(self, call: Call, handler: Handler, fingerprint: str) -> Reply:
        try:
            with self._store.transaction():
                reply = _attempt(call, handler)
                self._remember(call, reply, fingerprint)
        except StripeError as error:
            reply = Reply(error.status, encode(error.envelope))
            if error.remembered:
                self._remember(call, reply, fingerprint)
        self._effects_done()
        return reply

    def _remember(self, call: Call, reply: Reply, fingerprint: str) -> None:
        if call.idempotency_key is not None:
            answer = StoredAnswer(fingerprint, reply.status, reply.body)
            self._store.remember(call.idempotency_key, answer, call.now)


def encode(item: JsonObject) -> bytes:
    return json.dumps(item).encode()


async def _pause(delay_s: float) -> None:
    """No turn for others unless it was asked for: a request without a delay is never found in progress."""
    if delay_s:
        await asyncio.sleep(delay_s)


def _attempt(call: Call, handler: Handler) -> Reply:
    try:
        return Reply(200, encode(expand(call, handler(call))))
    except CardDeclined as declined:
        return Reply(declined.status, encode(declined.envelope))


def _replay(key: str, stored: StoredAnswer, fingerprint: str) -> Reply:
    if stored.fingerprint != fingerprint:
        raise IdempotencyMismatch(
            "Keys for idempotent requests can only be used with the same endpoint and parameters they were first used "
            f"with. Try using a key other than '{key}' if you meant to execute a different request."
        )
    return Reply(stored.status, stored.body, replayed=True)


def _fail_on_purpose(status: int | None) -> None:
    if status == 429:
        raise RateLimited("Request rate limit exceeded.", code="rate_limit")
    if status is not None:
        raise ServerFault(status)


def _is_publishable(request: Request, params: Params, *, allowed: bool) -> bool:
    key = _api_key(request.headers.get("Authorization", "")) or params.text("key")
    if key is None:
        message = "You did not provide an API key. Provide it in the Authorization header, using Bearer auth."
        raise Unauthorized(message)
    if key.startswith(("sk_test_", "rk_test_")):
        return False
    if not key.startswith("pk_test_"):
        raise Unauthorized(f"Invalid API Key provided: {key[:8]}****")
    if not allowed:
        message = "This API call cannot be made with a publishable API key. Please use a secret API key."
        raise SecretKeyRequired(message, code="secret_key_required")
    return True


def _api_key(authorization: str) -> str | None:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            credentials = base64.b64decode(credentials, validate=True).decode().partition(":")[0]
        except ValueError:
            return None
    return credentials.strip() or None


def _response(request: Request, reply: Reply, request_id: str) -> Response:
    headers = {"Request-Id": request_id, "Stripe-Version": request.headers.get("Stripe-Version", API_VERSION)}
    if request.method == "POST" and "Idempotency-Key" in request.headers:
        headers["Idempotency-Key"] = request.headers["Idempotency-Key"]
    if reply.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(reply.body, reply.status, headers, media_type="application/json")
