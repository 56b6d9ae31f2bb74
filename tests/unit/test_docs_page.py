"""The page of an API asks nothing of the outside: script and style come from the service itself."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from chassis.settings import Settings
from tests.parts.web import app_of, client_of

SETTINGS = Settings(service="test", jwks_url="http://127.0.0.1:9/jwks.json", issuer="nobody")


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app_of(SETTINGS).state.operations) as client:
        yield client


async def test_all_that_the_page_loads_is_served_by_the_service(client: httpx2.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(loaded) == 4
    for address in loaded:
        if not address.startswith("data:"):
            assert re.fullmatch(r"docs/[a-z.-]+", address)
            asset = await client.get(f"/{address}")
            assert asset.status_code == 200
            assert asset.headers["content-type"].startswith(("text/javascript", "text/css"))
            assert len(asset.content) > 100


async def test_the_page_may_ask_nobody_else(client: httpx2.AsyncClient) -> None:
    policy = (await client.get("/docs")).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert "http" not in policy
    assert "unsafe-eval" not in policy


async def test_the_page_has_no_script_of_its_own(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.S) == ["", ""]
    assert "http" not in page


async def test_the_style_loads_nothing_from_outside(client: httpx2.AsyncClient) -> None:
    style = (await client.get("/docs/swagger-ui.css")).text
    assert all(address.startswith("data:") for address in re.findall(r"url\(\"?'?([^\"')]*)", style))
    assert "@import" not in style


async def test_the_page_shows_the_document_of_the_service(client: httpx2.AsyncClient) -> None:
    assert 'url: "openapi.json"' in (await client.get("/docs/start.js")).text
    assert (await client.get("/openapi.json")).json()["info"]["title"] == "Test"


async def test_the_page_is_no_part_of_the_api(client: httpx2.AsyncClient) -> None:
    assert not any(path.startswith("/docs") for path in (await client.get("/openapi.json")).json()["paths"])
