"""A MongoDB server without MongoDB: SecantusDB. It is GPL-2, so it is only ever run, never imported or shipped."""

import sys
from collections.abc import Sequence
from pathlib import Path

from dev.parts.mongo import EmbeddedMongo

CACHE = "4G"
"""At most. With its own gigabyte, a server that had 200 MB of fresh writes stood still: a command that was to make room
held the lock that whoever kept that room was waiting for.
"""


class SecantusDB(EmbeddedMongo):
    """Runs wherever Python does. Single-node, and slower as it grows."""

    title = "SecantusDB"
    data = "data"
    waits_for_the_disk = True
    """Otherwise a `kill -9` loses acknowledged transactions."""

    def command(self) -> Sequence[str]:
        place = ["--port", str(self.port), "--storage-path", str(self.folder / self.data), "--cache-size", CACHE]
        durable = ["--sync-on-commit"] if self.waits_for_the_disk else []
        program = str(Path(sys.executable).with_name("secantusd-py"))
        return [program, "--log-level", "WARNING", *place, *durable, *self.options]
