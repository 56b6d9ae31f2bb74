"""What a signing device answered to receipts."""

from collections.abc import Sequence
from dataclasses import replace

from cash_register.domain.days.day import Day
from cash_register.domain.exports.closings import Receipt
from cash_register.domain.signing.progress import Part
from cash_register.domain.signing.signature import answer_of
from cash_register.store import Store


async def with_signatures(store: Store, day: Day, receipts: Sequence[Receipt], part: Part) -> list[Receipt]:
    """As they are where the day was opened without a device, or it has not answered yet."""
    progress = await store.signing.of(None, day.day_id)
    if progress is None:
        return [*receipts]
    keys = {receipt.receipt_id: progress.key_of(receipt.receipt_id, part) for receipt in receipts}
    answers = await store.signing.answers(keys.values())
    devices = await store.signing.devices({one.device for one in answers.values() if one.device is not None})
    return [
        replace(receipt, signing=answer_of(answers[keys[receipt.receipt_id]], devices))
        if keys[receipt.receipt_id] in answers
        else receipt
        for receipt in receipts
    ]
