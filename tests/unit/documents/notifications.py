"""Delivery status notifications to read."""

from collections.abc import Sequence

DELIVERY = "dlv_019ab2f4c1d07e5b8a3c4d5e6f708192"
USUAL = (
    "Final-Recipient: rfc822; lucja@example.org\n"
    "Action: failed\n"
    "Status: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <lucja@example.org> no such user\n"
)
ORIGINAL = f"From: invoices@clinic.example\nTo: lucja@example.org\nMessage-ID: <{DELIVERY}@clinic.example>\n"


def notification(
    recipients: Sequence[str] = (USUAL,),
    original: str | None = ORIGINAL,
    headers: str = "",
    *,
    envelope: str = "Reporting-MTA: dns; mx.example.net\n",
    kind: str = "multipart/report; report-type=delivery-status",
    status_kind: str = "message/delivery-status",
    original_kind: str = "text/rfc822-headers",
    message_id: str = "<1@mx.example.net>",
) -> bytes:
    """As a mail system writes it; lines end as in a file."""
    groups = "\n".join((envelope, *recipients))
    back = f"--b\nContent-Type: {original_kind}\n\n{original}\n" if original is not None else ""
    return (
        f"From: MAILER-DAEMON@mx.example.net\nTo: invoices@clinic.example\nMessage-ID: {message_id}\n{headers}"
        f"Content-Type: {kind}; boundary=b\nMIME-Version: 1.0\n\n"
        "--b\nContent-Type: text/plain\n\nYour mail to lucja@example.org came back.\n"
        f"--b\nContent-Type: {status_kind}\n\n{groups}\n{back}--b--\n"
    ).encode()
