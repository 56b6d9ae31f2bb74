"""What came back is on the delivery, by whichever way it was handed in."""

from pathlib import Path

import httpx2

from dev.parts.service import ServicePart
from tests.integration.documents.archive import Archive, code_of
from tests.parts.patience import until
from tests.unit.documents.notifications import DELIVERY, ORIGINAL, USUAL, notification


def about(delivery_id: str, action: str, message_id: str) -> bytes:
    group = USUAL.replace("failed", action).replace("5.1.1\n", "5.1.1\n" if action == "failed" else "4.4.1\n", 1)
    return notification((group,), ORIGINAL.replace(DELIVERY, delivery_id), message_id=f"<{message_id}@mx.example>")


def hand_in(archive: Archive, raw: bytes, role: str = "operator") -> httpx2.Response:
    token = archive.issuer.mint(role, archive.clinic)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"}
    return archive.http.post("/bounces", content=raw, headers=headers)


def test_what_is_late_may_still_arrive_and_what_failed_did_not(archive: Archive) -> None:
    invoice = archive.invoice()
    archive.rendered(invoice)
    delivery_id = archive.send(invoice.invoice_id).json()["delivery_id"]
    archive.delivery(invoice.invoice_id)
    late = hand_in(archive, about(delivery_id, "delayed", "1"))
    assert (late.status_code, late.json()["status"], late.json()["reports"][0]["action"]) == (200, "sent", "delayed")
    back, again = (hand_in(archive, about(delivery_id, "failed", "2")) for _ in range(2))
    assert (back.json()["status"], back.json()["failure"]) == ("failed", "bounced-5.1.1")
    assert again.json() == back.json()
    assert back.json()["reports"][1]["answer"] == "550 5.1.1 <***> no such user"
    told = archive.published(invoice.invoice_id, 3)
    assert [type_ for type_, _ in told] == ["document-rendered", "document-sent", "document-failed"]
    assert told[-1][1].failure == "bounced-5.1.1"
    # What came back may be sent to the same address without anybody insisting.
    assert archive.send(invoice.invoice_id).status_code == 202


def test_what_is_none_or_of_nobody_here_is_refused(archive: Archive) -> None:
    assert code_of(hand_in(archive, b"Subject: I am away\n\n")) == (422, "bounce-unreadable")
    assert code_of(hand_in(archive, notification())) == (404, "not-found")
    assert code_of(hand_in(archive, notification(), "front_desk")) == (403, "role-missing")
    invoice = archive.invoice()
    archive.rendered(invoice)
    delivery_id = archive.send(invoice.invoice_id).json()["delivery_id"]
    stranger = archive.as_("operator", "clinic-elsewhere")
    assert code_of(hand_in(stranger, about(delivery_id, "failed", "3"))) == (404, "not-found")


def test_a_folder_is_worked_off_and_what_is_refused_is_kept(
    archive: Archive, bounce_inbox: Path, service: ServicePart
) -> None:
    invoice = archive.invoice()
    archive.rendered(invoice)
    delivery_id = archive.send(invoice.invoice_id).json()["delivery_id"]
    archive.delivery(invoice.invoice_id)
    odd = b"From: lucja@example.org\nSubject: why?\n\n"
    for name, raw in (("lucja@example.org", odd), (delivery_id, about(delivery_id, "failed", "4"))):
        arriving = bounce_inbox / "tmp" / name
        arriving.write_bytes(raw)
        arriving.rename(bounce_inbox / "new" / name)
    until(lambda: list((bounce_inbox / "new").iterdir()), lambda left: not left)
    assert archive.delivery(invoice.invoice_id)["failure"] == "bounced-5.1.1"
    assert (bounce_inbox / ".refused" / "cur" / "lucja@example.org:2,S").read_bytes() == odd
    assert (bounce_inbox / "cur" / f"{delivery_id}:2,S").exists()
    assert "lucja" not in service.child.log_tail(500)
