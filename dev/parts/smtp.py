"""A mail server that keeps every message as an .eml file, with its envelope in X-MailFrom and X-RcptTo headers.

As a process: python -m dev.parts.smtp --port P --dir D
"""

import argparse
import asyncio
import signal
import smtplib
import sys
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

from dev.parts.part import Part

MAX_MESSAGE_BYTES = 32 * 1024 * 1024


class SmtpSink(Part):
    name = "smtp"

    @property
    def mail(self) -> Path:
        """Where the .eml files appear, each complete from the moment its name ends so."""
        return self.folder / "mail"

    def messages(self) -> list[EmailMessage]:
        """All mail so far, oldest first."""
        files = sorted(self.mail.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", __name__, "--port", str(self.port), "--dir", str(self.mail)]

    def answer(self) -> object:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=2) as client:
            return client.noop()


class KeepAsFiles:
    """What aiosmtpd asks for each message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        headers = f"X-MailFrom: {envelope.mail_from}\r\nX-RcptTo: {', '.join(envelope.rcpt_tos)}\r\n"
        part = self.folder / f"{uuid4().hex}.part"
        part.write_bytes(headers.encode() + (envelope.original_content or b""))
        part.rename(part.with_suffix(".eml"))
        return "250 Kept"


async def serve(port: int, folder: Path) -> None:
    """Listens on loopback until SIGTERM or SIGINT."""
    folder.mkdir(parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    sink = KeepAsFiles(folder)
    server = await loop.create_server(
        lambda: SMTP(sink, data_size_limit=MAX_MESSAGE_BYTES, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port
    )
    await ended.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Keeps every mail as an .eml file")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.dir))


if __name__ == "__main__":
    main()
