"""An application of the chassis around a few routes, and a client that calls it through real HTTP semantics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from chassis.http import create_app
from chassis.settings import Settings

ANY_BODY: dict[str, Any] = {"requestBody": {"content": {"application/octet-stream": {}}}}
"""For the `openapi_extra` of a route that reads its body as it comes."""


@asynccontextmanager
async def nothing_to_start(_app: FastAPI) -> AsyncIterator[None]:
    yield


async def all_well() -> dict[str, str]:
    return {}


def app_of(settings: Settings, *routers: APIRouter) -> FastAPI:
    """Its routes are open to everybody, but for those that ask for a role."""
    return create_app(
        title="Test",
        version="1",
        routers=routers,
        lifespan=nothing_to_start,
        settings=settings,
        ready=all_well,
        open_to_all=[str(route.path) for route in iter_route_contexts([r for one in routers for r in one.routes])],
    )


def client_of(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://chairside.test")
