"""Payments as it runs: its own process, on a real broker and database, with the Stripe sandbox and real tokens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from dev.parts.processes import free_port
from dev.parts.service import ServicePart
from dev.parts.tokens import TokenIssuer
from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.payments.desk import Desk
from tests.integration.payments.dying import to_be_killed
from tests.integration.payments.stripe_side import SECRET, StripeSide
from tests.parts.topics import hear_from_now_on

Settings = dict[str, str]
Build = Callable[..., Desk]


@pytest.fixture(scope="package")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenIssuer]:
    with TokenIssuer(tmp_path_factory.mktemp("tokens")) as running:
        yield running


@pytest.fixture(scope="package")
def service_port() -> int:
    return free_port()


@pytest.fixture(scope="package")
def sandbox(service_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeSandbox]:
    url = f"http://127.0.0.1:{service_port}/stripe/webhook"
    with StripeSandbox(tmp_path_factory.mktemp("stripe"), webhook_secret=SECRET, webhook_url=url) as running:
        yield running


@pytest.fixture(scope="package")
def settings(kafka: str, mongo_uri: str, issuer: TokenIssuer, sandbox: StripeSandbox) -> Settings:
    """For a process of the service; impatient, so that what was missed is found while a test waits."""
    return {
        "KAFKA": kafka,
        "MONGO_URI": mongo_uri,
        "MONGO_DATABASE": f"test_{uuid4().hex[:12]}",
        "JWKS_URL": issuer.jwks_url,
        "ISSUER": issuer.issuer,
        "STRIPE_API_KEY": "sk_test_payments",
        "STRIPE_API_BASE": sandbox.url,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "CARD_ASK_AFTER_S": "1",
        "WORKER_LEASE_S": "2",
        "RECONCILE_EVERY_S": "3600",
        "CARD_PLAN_EVERY_S": "1",
        "CARD_NOTICE_DAYS": "1",
    }


@pytest.fixture(scope="package")
def service(settings: Settings, service_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServicePart]:
    """It ends well when it is told to."""
    hear_from_now_on(settings["KAFKA"], "payments")
    with ServicePart("payments", tmp_path_factory.mktemp("service"), settings, service_port) as running:
        yield running
    assert running.child.exit_code == 0, running.child.log_tail()


@pytest.fixture
def stripe_side(sandbox: StripeSandbox) -> Iterator[StripeSide]:
    """The sandbox; every fault is healed after the test."""
    with httpx2.Client(base_url=sandbox.url, timeout=30, trust_env=False, verify=False) as http:
        yield StripeSide(http)
        http.delete("/sandbox/faults").raise_for_status()


@pytest.fixture
def desk(service: ServicePart, kafka: str, issuer: TokenIssuer, stripe_side: StripeSide) -> Iterator[Desk]:
    """The front desk of a clinic that nobody used before."""
    with httpx2.Client(base_url=service.url, timeout=60, trust_env=False, verify=False) as http:
        yield Desk(http, kafka, issuer, stripe_side, f"clinic-{uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def build(
    settings: Settings, kafka: str, issuer: TokenIssuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Build]:
    """Makes the front desk of a service with other settings, a database and a Stripe account of its own."""
    with ExitStack() as parts:

        def built(**changes: str) -> Desk:
            port, name = free_port(), uuid4().hex[:12]
            url = f"http://127.0.0.1:{port}/stripe/webhook"
            stripe = StripeSandbox(tmp_path_factory.mktemp("stripe"), webhook_secret=SECRET, webhook_url=url)
            sandbox = parts.enter_context(stripe)
            own = {"SERVICE": f"payments-{name}", "MONGO_DATABASE": f"test_{name}", "STRIPE_API_BASE": sandbox.url}
            folder = tmp_path_factory.mktemp("service")
            hear_from_now_on(kafka, "payments", own["SERVICE"])
            running = parts.enter_context(ServicePart("payments", folder, {**settings, **own, **changes}, port))
            http, stripe_http = (
                parts.enter_context(httpx2.Client(base_url=base, timeout=60, trust_env=False, verify=False))
                for base in (running.url, sandbox.url)
            )
            clinic = f"clinic-{uuid4().hex[:8]}"
            return Desk(http, kafka, issuer, StripeSide(stripe_http), clinic, service=running)

        yield built


@pytest.fixture
def mortal(settings: Settings, tmp_path: Path) -> Iterator[ServicePart]:
    """A service with a database, a consumer group and a sandbox of its own, not started yet."""
    with to_be_killed(settings, tmp_path) as service:
        yield service


@pytest.fixture
def own_desk(mortal: ServicePart, kafka: str, issuer: TokenIssuer) -> Iterator[Desk]:
    sandbox_url = mortal.child.env["CHAIRSIDE_STRIPE_API_BASE"]
    with (
        httpx2.Client(base_url=mortal.url, timeout=60, trust_env=False, verify=False) as http,
        httpx2.Client(base_url=sandbox_url, timeout=30, trust_env=False, verify=False) as stripe_http,
    ):
        yield Desk(http, kafka, issuer, StripeSide(stripe_http), f"clinic-{uuid4().hex[:8]}")
        stripe_http.delete("/sandbox/faults").raise_for_status()
