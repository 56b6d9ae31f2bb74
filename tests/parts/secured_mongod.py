"""MongoDB itself, which speaks only TLS and lets in only who has a certificate or a password."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from dev.parts.mongod import REPLICA_SET, Mongod
from tests.parts.certificates import Authority

SET = REPLICA_SET
MEMBERS = "Chairside database"
"""Their organization: whose certificate says the same is a member to MongoDB, and can be no user."""
Client = MongoClient[dict[str, Any]]


class SecuredMongod(Mongod):
    """A replica set of one, whose members, if it had more, would show each other their certificates."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(folder)
        self.authority = authority

    @property
    def uri(self) -> str:
        """For nobody in particular."""
        return f"mongodb://{self.address}/?{self.tls}"

    @property
    def tls(self) -> str:
        """What a URI says of it."""
        return f"tls=true&tlsCAFile={self.authority.file}&directConnection=true"

    def command(self) -> Sequence[str]:
        return [
            *super().command(),
            *(
                "--tlsMode",
                "requireTLS",
                "--tlsCertificateKeyFile",
                str(self.authority.issue("mongod", organization=MEMBERS)),
            ),
            *("--tlsCAFile", str(self.authority.file), "--tlsAllowConnectionsWithoutCertificates"),
            *("--clusterAuthMode", "x509"),
        ]

    def make_root(self, password: str) -> str:
        """The administrator, whom anybody on loopback may make while there is nobody; the URI to prepare with."""
        with Client(self.uri) as client:
            client.admin.command("createUser", "root", pwd=password, roles=[{"role": "root", "db": "admin"}])
        return f"mongodb://root:{password}@{self.address}/?{self.tls}"
