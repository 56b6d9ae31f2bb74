"""How far days are signed, what a device answered to each receipt, and the devices themselves."""

from collections.abc import Collection

from pydantic import TypeAdapter
from pymongo import ASCENDING, IndexModel

from cash_register.domain.exports.closings import SigningDevice
from cash_register.domain.signing.progress import SigningProgress
from cash_register.domain.signing.signature import Signature
from cash_register.journal import JOURNAL
from chassis.database.mongo import Mongo, Session, find_in
from chassis.journal.documents import DocumentChange, Version, VersionedDocuments
from chassis.messaging.outbox import Unit
from chassis.service import Indexes
from kernel.change import Change

PROGRESS, SIGNATURES, DEVICES = "signing", "signatures", "devices"
INDEXES: Indexes = {
    PROGRESS: [IndexModel([("done", ASCENDING), ("_id", ASCENDING)])],
    SIGNATURES: [IndexModel([("clinic_id", ASCENDING)])],
    DEVICES: [],
}
ANSWERED = "cash-register.receipt-signed"
_PROGRESS, _SIGNATURE, _DEVICE = TypeAdapter(SigningProgress), TypeAdapter(Signature), TypeAdapter(SigningDevice)


class Signing:
    """An answer is written once, under revision; how far a day is, is not: it is where to go on."""

    def __init__(self, mongo: Mongo) -> None:
        self._progress = mongo.collection(PROGRESS)
        self._devices = mongo.collection(DEVICES)
        self._signatures = mongo.collection(SIGNATURES)
        self._progresses = VersionedDocuments(mongo, PROGRESS)
        self._documents = VersionedDocuments(mongo, SIGNATURES, JOURNAL)

    async def of(self, session: Session | None, day_id: str) -> SigningProgress | None:
        """None of a day that was opened while there was no device."""
        row = await self._progress.find_one({"_id": day_id}, session=session)
        return None if row is None else _PROGRESS.validate_python(row)

    async def unfinished(self) -> list[SigningProgress]:
        """Days that are open, or not signed to their end."""
        rows = await self._progress.find({"done": False}, sort=[("_id", 1)]).to_list(None)
        return [_PROGRESS.validate_python(row) for row in rows]

    async def save(self, unit: Unit, progress: SigningProgress) -> None:
        """One version further. Raises Conflict, or DriverError (duplicate), when somebody else was faster."""
        change = DocumentChange(progress.day_id, progress.version - 1, _PROGRESS.dump_python(progress))
        await self._progresses.save(unit, [change])

    async def keep(self, unit: Unit, answer: Signature, device: SigningDevice | None, change: Change) -> None:
        """What a device answered, and the device where it is new. Raises DriverError (duplicate) for what has one."""
        if device is not None and not await find_in(self._devices, "_id", [device.serial], unit.session, shown=["_id"]):
            await self._devices.insert_one({"_id": device.serial, **_DEVICE.dump_python(device)}, session=unit.session)
        only = Version(1, ANSWERED, change, _SIGNATURE.dump_json(answer))
        row = _SIGNATURE.dump_python(answer)
        await self._documents.save(unit, [DocumentChange(answer.key, 0, row, (only,))])

    async def answers(self, keys: Collection[str]) -> dict[str, Signature]:
        """Those that there are, by key."""
        rows = await find_in(self._signatures, "_id", keys, None)
        return {row["_id"]: _SIGNATURE.validate_python(row) for row in rows}

    async def devices(self, serials: Collection[str]) -> dict[str, SigningDevice]:
        """By serial number."""
        rows = await find_in(self._devices, "_id", serials, None)
        return {row["_id"]: _DEVICE.validate_python(row) for row in rows}
