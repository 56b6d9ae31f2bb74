"""What a mail server may answer, from a real one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from documents.adapters.mail.smtp import SmtpMailer
from documents.settings import DocumentsSettings
from documents.usecases.ports import MailFailed, MailTaken

from tests.unit.documents.samples import PATIENT, invoice, mail


class Answering:
    """Answers each recipient with the same line."""

    def __init__(self, line: str) -> None:
        self._line = line

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._line.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self._line

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        return "554 no thanks"


@asynccontextmanager
async def mail_server(line: str) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Answering(line), loop=loop), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def send_to(port: int, mail_timeout_s: float = 60.0, email: str = "lucja@example.org") -> MailTaken:
    where = {"jwks_url": "http://127.0.0.1/jwks", "issuer": "http://127.0.0.1"}
    settings = DocumentsSettings.model_validate({"smtp_port": port, "mail_timeout_s": mail_timeout_s, **where})
    buyer = PATIENT.model_copy(update={"email": email})
    return await SmtpMailer(settings).send(mail(invoice(buyer=buyer), b"%PDF-"))


@pytest.mark.parametrize(("line", "code"), [("550 no such user", "smtp-550"), ("250 OK", "smtp-554")])
async def test_a_permanent_no_is_final(line: str, code: str) -> None:
    async with mail_server(line) as port:
        with pytest.raises(MailFailed) as refusal:
            await send_to(port)
    assert (refusal.value.reason, refusal.value.final) == (code, True)
    assert f"smtp-{refusal.value.code}" == code
    assert refusal.value.answer in ("no such user", "no thanks")


async def test_a_no_for_now_is_tried_again() -> None:
    async with mail_server("451 try later, <lucja@example.org>") as port:
        with pytest.raises(MailFailed) as trouble:
            await send_to(port)
    assert (trouble.value.reason, trouble.value.final) == ("smtp-451", False)
    assert (trouble.value.code, trouble.value.answer) == (451, "try later, <***>")


async def test_nobody_there_is_tried_again() -> None:
    async with mail_server("250 OK") as port:
        pass
    with pytest.raises(MailFailed) as trouble:
        await send_to(port)
    assert not trouble.value.final


async def test_a_server_that_is_never_done_is_given_no_more_than_its_time() -> None:
    """It answers within every time-out of a command, so that no such time-out ends it."""

    async def trickle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while True:
                writer.write(b"220-one moment please\r\n")
                await writer.drain()
                await asyncio.sleep(0.02)

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    async with server:
        with pytest.raises(MailFailed) as trouble:
            await send_to(server.sockets[0].getsockname()[1], mail_timeout_s=0.5)
    assert (trouble.value.reason, trouble.value.final) == ("smtp-TimeoutError", False)


async def test_a_mailbox_in_another_script_needs_a_server_that_takes_it() -> None:
    """RFC 6531: one that does not say SMTPUTF8 never will for this mail."""
    async with mail_server("250 OK") as port:
        with pytest.raises(MailFailed) as refusal:
            await send_to(port, email="\u0142ucja@example.org")
    assert (refusal.value.reason, refusal.value.final) == ("smtp-utf8-unsupported", True)
