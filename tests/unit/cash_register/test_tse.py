"""Signed receipts, and such that a device should have signed and did not, in the export."""

import asyncio
import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cash_register.adapters.tse.simulator import TseSimulator, message
from cash_register.domain.exports.closings import NotSigned, Receipt, Signed
from cash_register.domain.exports.process_data import PROCESS_TYPE, process_data
from cash_register.usecases.exports.ports import Tse
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tests.unit.cash_register.books import closing, exported, moved, receipts, tables

AT = datetime(2026, 11, 20, 9, 0, 0, 250_000, tzinfo=UTC)
CLIENT = "reg_1"


def simulator(failing: str | None = None) -> TseSimulator:
    ticks = iter(range(10**6))
    return TseSimulator(lambda: AT + timedelta(seconds=next(ticks)), failing)


def signed(tse: Tse, receipt: Receipt) -> Receipt:
    signing = asyncio.run(tse.sign(CLIENT, PROCESS_TYPE, process_data(receipt, "EUR")))
    return replace(receipt, signing=signing)


def verify(answer: Signed) -> None:
    """Raises InvalidSignature."""
    point = base64.b64decode(answer.device.public_key)
    plain = base64.b64decode(answer.signature)
    der = encode_dss_signature(int.from_bytes(plain[:32], "big"), int.from_bytes(plain[32:], "big"))
    to_sign = message(
        CLIENT, answer.process_type, answer.process_data, answer.transaction, answer.counter, answer.finished_at
    )
    EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point).verify(der, to_sign, ECDSA(SHA256()))


def test_each_receipt_has_its_own_transaction_and_a_signature_that_its_key_verifies() -> None:
    day, booked = moved([("pay_in", 500), ("pay_out", 200)])
    tse = simulator()
    answers = [signed(tse, receipt).signing for receipt in receipts(day, booked)]
    found = [answer for answer in answers if isinstance(answer, Signed)]
    assert [(answer.transaction, answer.counter) for answer in found] == [(1, 2), (2, 4), (3, 6)]
    for answer in found:
        verify(answer)
        assert answer.started_at < answer.finished_at


def test_the_serial_number_is_the_digest_of_the_key_that_the_certificate_is_of() -> None:
    device = simulator().device
    assert device.serial == sha256(base64.b64decode(device.public_key)).hexdigest()
    certificate = x509.load_der_x509_certificate(base64.b64decode(device.certificate))
    assert "not certified" in certificate.subject.rfc4514_string()


def test_the_export_has_what_the_device_answered_in_its_own_time() -> None:
    day, booked = moved([("pay_in", 500)])
    tse = simulator()
    rows = tables(exported((closing(day), [signed(tse, receipt) for receipt in receipts(day, booked)])))
    [device] = rows["tse.csv"]
    assert (device["TSE_ID"], device["TSE_SERIAL"]) == ("1", tse.device.serial)
    assert device["TSE_ZERTIFIKAT_I"] + device["TSE_ZERTIFIKAT_II"] == tse.device.certificate
    _, second = rows["transactions_tse.csv"]
    assert [second[c] for c in ("TSE_ID", "TSE_TANR", "TSE_TA_SIGZ", "TSE_TA_VORGANGSART", "TSE_TA_FEHLER")] == [
        *("1", "2", "4", "Kassenbeleg-V1", "")
    ]
    assert second["TSE_TA_START"] == "2026-11-20T09:00:03.250Z"
    assert second["TSE_VORGANGSDATEN"] == "Beleg^0.00_0.00_0.00_0.00_5.00^5.00:Bar"


def test_a_receipt_that_the_device_did_not_sign_says_why() -> None:
    day, booked = moved([("pay_in", 500)])
    broken = simulator("TSE nicht erreichbar")
    several = [signed(broken, receipt) for receipt in receipts(day, booked)]
    assert all(isinstance(receipt.signing, NotSigned) for receipt in several)
    rows = tables(exported((closing(day), several)))
    assert rows["tse.csv"] == []
    _, second = rows["transactions_tse.csv"]
    assert second["TSE_TA_FEHLER"] == "TSE nicht erreichbar"
    assert [second[c] for c in ("TSE_ID", "TSE_TANR", "TSE_TA_START", "TSE_TA_SIGZ", "TSE_TA_SIG")] == [""] * 5


def test_a_device_that_works_again_counts_on() -> None:
    day, booked = moved([])
    [receipt] = receipts(day, booked)
    tse = simulator()
    first = signed(tse, receipt).signing
    tse.failing = "no power"
    assert signed(tse, receipt).signing == NotSigned("no power", PROCESS_TYPE, process_data(receipt, "EUR"))
    tse.failing = None
    again = signed(tse, receipt).signing
    assert isinstance(first, Signed)
    assert isinstance(again, Signed)
    assert (first.transaction, again.transaction) == (1, 2)
