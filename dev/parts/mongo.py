"""A MongoDB server without MongoDB: SecantusDB. It is GPL-2, so it is only ever run, never imported or shipped."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from dev.parts.part import Part


class EmbeddedMongo(Part):
    name = "mongodb"

    @property
    def uri(self) -> str:
        return f"mongodb://{self.address}/?directConnection=true"

    def command(self) -> Sequence[str]:
        # Without --sync-on-commit a `kill -9` loses acknowledged transactions.
        options = ["--port", str(self.port), "--storage-path", str(self.folder / "data"), "--sync-on-commit"]
        return [str(Path(sys.executable).with_name("secantusd-py")), "--log-level", "WARNING", *options]

    def answer(self) -> object:
        with MongoClient[dict[str, Any]](self.uri, serverSelectionTimeoutMS=1_000) as client:
            return client.admin.command("ping")
