"""What mail systems report, read: all that RFC 3464 has, and much that it has not."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from documents.adapters.mail.inbox import MailFolder
from documents.adapters.mail.notifications import read_notification
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import BusinessError
from tests.unit.documents.notifications import DELIVERY, ORIGINAL, USUAL, notification

OTHER = "dlv_" + "0" * 32


def refusal_of(raw: bytes) -> str:
    with pytest.raises(BusinessError) as refusal:
        read_notification(raw)
    assert refusal.value.status == 422
    assert "lucja" not in refusal.value.message
    return refusal.value.code


def test_a_mail_that_came_back_is_found_by_its_message_id() -> None:
    told = read_notification(notification())
    assert (told.delivery_id, told.action, told.status) == (DELIVERY, "failed", "5.1.1")
    assert told.answer == "550 5.1.1 <***> no such user"


@pytest.mark.parametrize("action", ["failed", "delayed", "delivered", "relayed", "expanded"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_each_action_is_told_from_the_others(action: str, ends: str) -> None:
    status = "5.0.0" if action == "failed" else "4.4.1" if action == "delayed" else "2.1.5"
    group = f"Final-Recipient: rfc822; a@b.example\naction: {action.upper()} (as it is)\nStatus: {status} (why)\n"
    told = read_notification(notification((group,)).replace(b"\n", ends.encode()))
    assert (told.action, told.status, told.answer) == (action, status, None)


@pytest.mark.parametrize(
    "raw",
    [
        notification(original=f"{ORIGINAL}\nbody\n", original_kind="message/rfc822"),
        notification(original=ORIGINAL, original_kind="message/global-headers"),
        notification(original=f"{ORIGINAL}\nbody\n", original_kind="message/global"),
        notification(status_kind="message/global-delivery-status"),
        notification(original=None, headers=f"Delivered-To: bounces+{DELIVERY}@clinic.example\n"),
        notification(original=None, envelope=f"Original-Envelope-Id: {DELIVERY}\nReporting-MTA: dns; x\n"),
        notification(original=None, headers=f"In-Reply-To: <{DELIVERY}@clinic.example>\n"),
    ],
)
def test_it_is_found_by_whatever_the_mail_system_kept_of_it(raw: bytes) -> None:
    told = read_notification(raw)
    assert (told.delivery_id, told.action, told.status) == (DELIVERY, "failed", "5.1.1")


def test_a_mail_that_was_passed_on_to_several_failed_when_it_did_for_each() -> None:
    arrived = "Final-Recipient: rfc822; b@example.org\nAction: delivered\nStatus: 2.0.0\n"
    assert read_notification(notification((USUAL, USUAL))).action == "failed"
    assert read_notification(notification((USUAL, arrived))).action == "delivered"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bounce-unreadable"),
        (b"\xff\x00" * 50, "bounce-unreadable"),
        (b"Subject: I am away\n\nuntil Monday\n", "bounce-unreadable"),
        (b"X: " + b"a" * 70_000 + b"\n\n", "bounce-unreadable"),
        (notification(kind="multipart/mixed"), "bounce-unreadable"),
        (notification(status_kind="message/disposition-notification"), "bounce-unreadable"),
        (notification(()), "bounce-unreadable"),
        (notification((USUAL.replace("failed", "exploded"),)), "bounce-unreadable"),
        (notification((USUAL.replace("Action: failed\n", ""),)), "bounce-unreadable"),
        (notification((USUAL.replace("5.1.1\n", "2.0.0\n", 1),)), "bounce-unreadable"),
        (notification((USUAL,) * 60), "bounce-unreadable"),
        (notification(original=None), "bounce-unreadable"),
        (notification(original="Message-ID: <someone@elsewhere.example>\n"), "bounce-unreadable"),
        (notification(headers=f"Delivered-To: b+{OTHER}@clinic.example\n"), "bounce-ambiguous"),
        (notification() + b"\n--x; boundary=x" * 40, "bounce-unreadable"),
        (b"Content-Type: message/rfc822\n\n" * 5_000, "bounce-unreadable"),
    ],
)
def test_what_is_no_report_of_our_mail_is_refused(raw: bytes, code: str) -> None:
    assert refusal_of(raw) == code


def test_the_same_notification_has_the_same_id_by_whichever_way_it_came() -> None:
    first, again = notification(), notification(headers="Received: from elsewhere\n")
    assert read_notification(first).notification_id == read_notification(again).notification_id
    other = read_notification(notification(message_id="<2@mx.example.net>"))
    assert other.notification_id != read_notification(first).notification_id


@given(st.binary(max_size=300), st.integers(0, 900))
def test_no_bytes_are_more_than_refused(noise: bytes, at: int) -> None:
    raw = notification()
    with suppress(BusinessError):
        assert read_notification(raw[:at] + noise + raw[at + len(noise) // 2 :]).delivery_id.startswith("dlv_")


@pytest.mark.parametrize("maildir", [True, False])
async def test_a_folder_gives_whole_files_and_keeps_each(tmp_path: Path, maildir: bool) -> None:
    arriving = tmp_path / "new" if maildir else tmp_path
    arriving.mkdir(exist_ok=True)
    (arriving / "1.eml").write_bytes(b"one")
    (arriving / "2.eml").write_bytes(b"larger than that")
    (arriving / ".3.eml").write_bytes(b"hidden")
    os.mkfifo(arriving / "4.eml")
    (arriving / "5.eml").symlink_to("/etc/hostname")
    inbox = MailFolder(tmp_path, max_bytes=10)
    first, second = await inbox.waiting()
    assert (await inbox.read(first), await inbox.read(second)) == (b"one", None)
    await inbox.keep(first, refused=False)
    await inbox.keep(second, refused=True)
    assert await inbox.waiting() == []
    kept = {file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and not file.is_symlink()}
    assert kept == {b"one", b"larger than that", b"hidden"}
