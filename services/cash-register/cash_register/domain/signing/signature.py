"""What a device answered to one receipt, as it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cash_register.domain.exports.closings import NotSigned, Signed, SigningDevice


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """`key` is what `SigningProgress.key_of` says. `device` is the serial number of the device, None where it failed.

    `error` is why it did not sign.
    """

    key: str
    clinic_id: str
    day_id: str
    process_type: str
    process_data: str
    device: str | None = None
    transaction: int | None = None
    counter: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    signature: str | None = None
    error: str | None = None


def signature_of(key: str, clinic_id: str, day_id: str, answer: Signed | NotSigned) -> Signature:
    """What is kept of an answer, beside the device itself."""
    whose = Signature(
        key=key,
        clinic_id=clinic_id,
        day_id=day_id,
        process_type=answer.process_type,
        process_data=answer.process_data,
    )
    match answer:
        case NotSigned(reason=reason):
            return replace(whose, error=reason)
        case Signed():
            return replace(
                whose,
                device=answer.device.serial,
                transaction=answer.transaction,
                counter=answer.counter,
                started_at=answer.started_at,
                finished_at=answer.finished_at,
                signature=answer.signature,
            )


def answer_of(found: Signature, devices: Mapping[str, SigningDevice]) -> Signed | NotSigned:
    """The answer again."""
    if found.device is None:
        return NotSigned(found.error or "", found.process_type, found.process_data)
    assert found.transaction is not None, "what was signed has all of it"
    assert found.counter is not None, "what was signed has all of it"
    assert found.started_at is not None, "what was signed has all of it"
    assert found.finished_at is not None, "what was signed has all of it"
    return Signed(
        device=devices[found.device],
        transaction=found.transaction,
        counter=found.counter,
        started_at=found.started_at,
        finished_at=found.finished_at,
        process_type=found.process_type,
        process_data=found.process_data,
        signature=found.signature or "",
    )
