"""What a process that was killed in mid-transaction left locked: MongoDB gives it back after a minute by itself.

A transaction belongs to a session, and a session to no connection: the server does not miss its client. The next
process of the same service and ordinal ends it instead, found by the name under which the driver connects.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pymongo.errors import OperationFailure

from chassis.logger import Logger
from kernel.ids import new_id

log = Logger(__name__)
MAX_NAME_BYTES = 128
"""Of an `appName`, by MongoDB's handshake specification."""
MAX_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Identity:
    """A running process. `instance` is new at each start; service, ordinal and database are the same again."""

    service: str
    ordinal: str
    database: str
    instance: str = field(default_factory=lambda: new_id("run"))

    @property
    def app_name(self) -> str:
        """Under which all connections of the process are known to the server."""
        return self.place + self.instance

    @property
    def place(self) -> str:
        """What the names of a process and of its predecessors begin with."""
        place = f"chairside/{self.service}/{self.ordinal}/{self.database}/"
        if len((place + self.instance).encode()) <= MAX_NAME_BYTES:
            return place
        return f"chairside/{sha256(place.encode()).hexdigest()}/"

    def is_predecessor(self, app_name: str) -> bool:
        """Whether another process at our place goes, or went, by this name."""
        return app_name.startswith(self.place) and app_name != self.app_name


class Predecessor:
    """Whoever had our place before. Nobody else's transaction is ended, and none of a process that lives.

    A process lives as long as the server has a connection of it: the kernel closes all of them when it is killed. No
    clock says so, and two that were given the same ordinal by mistake leave each other alone. Both commands need no
    privilege: a user may always see and end what is their own.
    """

    def __init__(self, client: Any, identity: Identity) -> None:
        self._admin = client.admin
        self._identity = identity

    async def end_transactions(self) -> int:
        """How many were ended. None on a server that does not tell, and on a sharded cluster, which tells less.

        Raises DriverError when the server does not answer.
        """
        try:
            dead = _dead_transactions(await self._operations(), self._identity)
        except OperationFailure as error:
            log.debug("transactions-not-told", code=error.code)
            return 0
        if dead:
            await self._admin.command({"killSessions": dead})
            log.warning("predecessor-transactions-ended", transactions=len(dead), place=self._identity.place)
        return len(dead)

    async def _operations(self) -> list[dict[str, Any]]:
        """Of our own user and place, as `$currentOp` has them: connections, idle or not, and idle transactions."""
        if (await self._admin.command("hello")).get("msg") == "isdbgrid":
            return []
        ours = {"appName": {"$regex": f"^{re.escape(self._identity.place)}"}}
        scope = {"allUsers": False, "idleConnections": True, "idleSessions": True}
        pipeline = [{"$currentOp": scope}, {"$match": ours}]
        answer = await self._admin.command({"aggregate": 1, "pipeline": pipeline, "cursor": {"batchSize": MAX_ROWS}})
        rows: list[dict[str, Any]] = answer["cursor"]["firstBatch"]
        return rows


def _dead_transactions(rows: list[dict[str, Any]], identity: Identity) -> list[dict[str, Any]]:
    """The ids of sessions with a transaction that nobody is there to end."""
    connected = {row["appName"] for row in rows if row.get("type") == "op"}
    return [
        {"id": row["lsid"]["id"]}
        for row in rows
        if row.get("type") == "idleSession" and "transaction" in row and "lsid" in row
        if identity.is_predecessor(row["appName"]) and row["appName"] not in connected
    ]
