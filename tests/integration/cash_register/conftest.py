"""Cash-register as it runs: its own process, on a real broker and database, called over HTTP with real tokens."""

import os
import sys
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from deploy.embedded.processes import Child, free_port
from deploy.embedded.tokens import AUDIENCE, TokenIssuer
from tests.integration.cash_register.till import Till

CLINIC = "clinic-berlin"


@pytest.fixture(scope="package")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenIssuer]:
    with TokenIssuer(tmp_path_factory.mktemp("tokens")) as running:
        yield running


@pytest.fixture(scope="package")
def service(kafka: str, mongo_uri: str, issuer: TokenIssuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a running cash-register with a database of its own."""
    port = free_port()
    settings = {
        "KAFKA": kafka,
        "MONGO_URI": mongo_uri,
        "MONGO_DATABASE": f"test_{uuid4().hex[:12]}",
        "HTTP_PORT": str(port),
        "JWKS_URL": issuer.jwks_url,
        "ISSUER": issuer.issuer,
        "AUDIENCE": AUDIENCE,
        "ORDINAL": "test",
    }
    env = {f"CHAIRSIDE_{name}": value for name, value in settings.items()}
    env["PYTHONPATH"] = os.pathsep.join(sys.path)
    log = tmp_path_factory.mktemp("cash-register") / "log"
    child = Child("cash-register", [sys.executable, "-m", "cash_register"], log, env)
    child.start()
    url = f"http://127.0.0.1:{port}"
    try:
        child.wait_until(lambda: httpx.get(f"{url}/health/ready").raise_for_status(), within_s=60)
        yield url
    finally:
        child.stop()
    assert child.exit_code == 0, child.log_tail()


@pytest.fixture
def till(service: str, kafka: str, issuer: TokenIssuer) -> Iterator[Till]:
    """A register that nobody used before, as the front desk of its clinic sees it."""
    with httpx.Client(base_url=service, timeout=30) as http:
        yield Till(http, kafka, issuer, CLINIC, f"register-{uuid4().hex[:8]}")
