"""Documents as it runs: its own process, on a real broker, database and mail server, with real tokens."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from documents.adapters.pdf.fonts import make
from documents.settings import cached_fonts
from pymongo import MongoClient
from pymongo.database import Database

from dev.parts.service import ServicePart
from dev.parts.smtp import SmtpSink
from dev.parts.tokens import TokenIssuer
from tests.integration.documents.archive import Archive
from tests.parts.topics import hear_from_now_on


@pytest.fixture(scope="package")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenIssuer]:
    with TokenIssuer(tmp_path_factory.mktemp("tokens")) as running:
        yield running


@pytest.fixture(scope="package")
def smtp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmtpSink]:
    with SmtpSink(tmp_path_factory.mktemp("smtp")) as running:
        yield running


@pytest.fixture(scope="package")
def font_dir() -> Path:
    folder = cached_fonts()
    make(folder)
    return folder


@pytest.fixture(scope="package")
def bounce_inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Maildir."""
    folder = tmp_path_factory.mktemp("bounces")
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir()
    return folder


@pytest.fixture(scope="package")
def database_name() -> str:
    return f"test_{uuid4().hex[:12]}"


@pytest.fixture(scope="package")
def service(
    kafka: str,
    mongo_uri: str,
    database_name: str,
    issuer: TokenIssuer,
    smtp: SmtpSink,
    font_dir: Path,
    bounce_inbox: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServicePart]:
    """A running documents with a database of its own; it ends well when it is told to.

    Impatient, so that what a crash left is taken up while a test waits.
    """
    settings = {
        "KAFKA": kafka,
        "MONGO_URI": mongo_uri,
        "MONGO_DATABASE": database_name,
        "JWKS_URL": issuer.jwks_url,
        "ISSUER": issuer.issuer,
        "FONT_DIR": str(font_dir),
        "SMTP_PORT": str(smtp.port),
        "MAIL_FROM": "invoices@clinic.example",
        "RENDER_ATTEMPTS": "2",
        "CLAIM_S": "3",
        "FETCH_WAIT_S": "1",
        "BOUNCE_INBOX": str(bounce_inbox),
        "BOUNCE_POLL_S": "0.2",
        "REMIND_EVERY_S": "0.3",
        "LINK_BASE_URL": "https://documents.clinic.example",
        "LINK_KEYS": f"one:{urlsafe_b64encode(bytes(32)).decode()}",
        "LINK_REQUESTS_PER_S": "100",
    }
    hear_from_now_on(kafka, "documents")
    with ServicePart("documents", tmp_path_factory.mktemp("service"), settings) as running:
        yield running
    assert running.child.exit_code == 0, running.child.log_tail()


@pytest.fixture
def archive(service: ServicePart, kafka: str, issuer: TokenIssuer, smtp: SmtpSink) -> Iterator[Archive]:
    """The documents of a clinic that nobody used before."""
    with httpx2.Client(base_url=service.url, timeout=60, trust_env=False, verify=False) as http:
        yield Archive(http, kafka, issuer, smtp, f"clinic-{uuid4().hex[:8]}")


@pytest.fixture
def stored(service: ServicePart, mongo_uri: str, database_name: str) -> Iterator[Database[dict[str, Any]]]:
    """What the service keeps."""
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        yield client[database_name]
