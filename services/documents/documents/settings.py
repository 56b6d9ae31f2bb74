"""Settings of documents, from the environment: `CHAIRSIDE_<NAME>`. Times in seconds."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from chassis.settings import Settings


def cached_fonts() -> Path:
    """Where the faces are unless somebody says otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chairside" / "fonts"


class DocumentsSettings(Settings):
    """`render_timeout_s` only ends what hangs: 1,000 lines take 20 s of a core, and more of a busy one."""

    service: str = "documents"

    font_dir: Path = Field(default_factory=cached_fonts)
    render_processes: int = Field(default=1, ge=1, le=64)
    renders_a_process: int = Field(default=100, ge=1)
    render_timeout_s: float = Field(default=300.0, gt=0)
    render_attempts: int = Field(default=3, ge=1)
    claim_s: float = Field(default=20.0, gt=0)
    poll_s: float = Field(default=0.5, gt=0)
    fetch_wait_s: float = Field(default=5.0, ge=0)

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=25, gt=0, le=65535)
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str | None = None
    smtp_password: str | None = Field(default=None, repr=False)
    mail_from: str = Field(default="invoices@chairside.localhost", pattern=r"^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9.-]+$")
    mail_attempts: int = Field(default=10, ge=1)
