"""Ports that stay the same from one run to the next, so that a second run is found where the first one was."""

import json
from pathlib import Path

from dev.parts.files import write_whole
from dev.parts.processes import free_port, is_free


class StablePorts:
    """A port for each name, in a JSON file. One that somebody else took meanwhile is replaced."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        self._given: set[str] = set()

    def of(self, name: str) -> int:
        """The port of `name`; looked for at the first call of a run, unchanged after that."""
        if name not in self._given:
            known = self._ports.get(name)
            if known is None or not is_free(known):
                self._ports[name] = free_port(taken=self._ports.values())
                self._save()
            self._given.add(name)
        return self._ports[name]

    def _save(self) -> None:
        write_whole(self.file, json.dumps(self._ports, indent=2) + "\n")
