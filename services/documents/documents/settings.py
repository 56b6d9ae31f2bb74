"""Settings of documents, from the environment: `CHAIRSIDE_<NAME>`. Times in seconds."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from chassis.domain_names import ascii_domain
from chassis.settings import HttpUrl, Settings
from documents.domain.deliveries.link_keys import keys_of


def cached_fonts() -> Path:
    """Where the faces are unless somebody says otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chairside" / "fonts"


def _sender(address: str) -> str:
    mailbox, _, domain = address.rpartition("@")
    if re.fullmatch(r"[A-Za-z0-9.-]+", found := ascii_domain(domain)) is None:
        raise ValueError("has no domain")
    return f"{mailbox}@{found}"


def _signing_keys(text: str) -> str:
    keys_of(text)
    return text


class DocumentsSettings(Settings):
    """`render_timeout_s` only ends what hangs: 1,000 lines take 2 s of a core, and more of a busy one.

    Of what an instance renders or mails side by side a clinic has at most half, and a mail domain at most a quarter.
    """

    service: str = "documents"

    font_dir: Path = Field(
        default_factory=cached_fonts,
        description="where the fonts are; made once when missing, which takes 8 s",
    )
    render_processes: int = Field(
        default=2,
        ge=1,
        le=64,
        description="how many processes render in one instance; one clinic has at most half of them",
    )
    renders_a_process: int = Field(
        default=100, ge=1, description="after how many documents a rendering process is replaced"
    )
    render_timeout_s: float = Field(default=300.0, gt=0, description="ends what hangs: 1,000 lines take 2 s of a core")
    render_cpu_s: int = Field(
        default=120, ge=1, description="seconds of a core that one document may take; over it, it fails by itself"
    )
    render_memory_mb: int = Field(
        default=1024,
        ge=32,
        description="MiB that one document may take beyond what its process takes by itself; over it, it fails alone",
    )
    render_attempts: int = Field(
        default=5, ge=1, description="how often a rendering is tried, also when its process ended meanwhile"
    )
    claim_s: float = Field(default=20.0, gt=0, description="how long a job is another's when its process died")
    poll_s: float = Field(default=0.5, gt=0, description="how often it is looked for jobs that nobody announced")
    fetch_wait_s: float = Field(
        default=5.0, ge=0, description="how long a request waits for a PDF that is being rendered"
    )
    hear_wait_s: float = Field(
        default=2.0,
        ge=0,
        description="how long a request about an invoice that is a draft here, or unknown, waits for word of invoicing",
    )

    smtp_host: str = Field(default="127.0.0.1", description="mail server")
    smtp_port: int = Field(default=25, gt=0, le=65535, description="its port")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        default="none", description="`starttls` upgrades, `tls` begins with it"
    )
    smtp_username: str | None = Field(default=None, description="none: no authentication")
    smtp_password: str | None = Field(default=None, repr=False, description="of that user")
    mail_from: Annotated[str, AfterValidator(_sender)] = Field(
        default="invoices@chairside.localhost",
        pattern=r"^[\x21-\x3f\x41-\x7e]+@[^\s@]+$",
        description="sender of the mails",
    )
    bounces_to: Annotated[str, AfterValidator(_sender)] | None = Field(
        default=None,
        pattern=r"^[\x21-\x3f\x41-\x7e]+@[^\s@]+$",
        description="mailbox that takes `mailbox+anything@` too: what comes back goes there; none: `mail_from`",
    )
    bounce_inbox: Path | None = Field(
        default=None,
        description="a Maildir or folder of `.eml` files for what comes back; none: `POST /bounces` only",
    )
    bounce_poll_s: float = Field(default=30.0, gt=0, description="how often that folder is looked into")
    bounce_max_bytes: int = Field(
        default=16 * 1024 * 1024, gt=0, description="the largest mail that is read as a bounce"
    )
    link_base_url: HttpUrl | None = Field(
        default=None, description="where this service is reached from outside: links in mails begin with it"
    )
    link_keys: Annotated[str, AfterValidator(_signing_keys)] | None = Field(
        default=None,
        repr=False,
        description="`kid:base64url` of 32 bytes or more each, with commas between: the first signs links, all open",
    )
    link_requests_per_s: float = Field(
        default=2.0, gt=0, description="links that one address may open at one instance; those of ten seconds at once"
    )
    remind_every_s: float = Field(
        default=600.0, gt=0, description="how often it is looked for what is overdue, in one instance at a time"
    )
    seal_every_s: float = Field(default=600, gt=0, description="how often it is looked whether a day can be sealed")
    mail_attempts: int = Field(default=10, ge=1, description="how often a mail is tried")
    mail_connections: int = Field(
        default=8,
        ge=1,
        le=64,
        description="how many mails one instance sends at once; one clinic has at most half, one mail domain a quarter",
    )
    mail_timeout_s: float = Field(default=60.0, gt=0, description="how long the mail server may take with one mail")
