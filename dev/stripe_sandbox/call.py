"""One request as its handler sees it, and the ids it gives out."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from dev.stripe_sandbox.errors import JsonObject, ResourceMissing
from dev.stripe_sandbox.params import Params, pairs
from dev.stripe_sandbox.store import Store


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{secrets.token_hex(length)[:length]}"


@dataclass(frozen=True)
class Call:
    """`now` in unix seconds; `publishable`: a browser's key; `settles_later`: payments stay processing."""

    store: Store
    params: Params
    path: Mapping[str, str]
    now: int
    request_id: str
    base_url: str
    idempotency_key: str | None = None
    publishable: bool = False
    settles_later: bool = False

    def named(self, kind: str) -> JsonObject:
        """The object whose id is in the path, also a deleted one. Raises ResourceMissing (404)."""
        return self.find(kind, self.path["id"], param="id")

    def find(self, kind: str, object_id: str, *, param: str) -> JsonObject:
        found = self.store.get(object_id, kind)
        if found is None or (found.get("deleted") and param != "id"):
            raise ResourceMissing(kind, object_id, param=param)
        return found


def from_outside(store: Store, request: Request, body: str = "") -> Call:
    """For a route without a key: what the customer, the bank or the network does."""
    return Call(
        store=store,
        params=Params.parse(pairs(body)),
        path=request.path_params,
        now=store.now(),
        request_id=new_id("req", 14),
        base_url=str(request.base_url).rstrip("/"),
    )


Handler = Callable[[Call], JsonObject]
