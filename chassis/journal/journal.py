"""Which of a service's collections are under revision, and what their documents are called in the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Journal:
    """What is under revision in a service: `plain` has the collections whose `_id` is the subject, by its prefix.

    In the others the subject is `<collection>/<_id>`. Documents of those in `once` are written once, and never changed:
    whatever their field `version` says, they have one revision.
    """

    plain: Mapping[str, str]
    others: tuple[str, ...]
    once: tuple[str, ...] = ()

    @property
    def collections(self) -> tuple[str, ...]:
        return (*self.plain.values(), *self.others)

    def written_once(self) -> dict[str, str]:
        """The collections whose documents have one revision, by how their subjects begin."""
        plain = {f"{prefix}_": collection for prefix, collection in self.plain.items()}
        every = plain | {f"{collection}/": collection for collection in self.others}
        return {prefix: collection for prefix, collection in every.items() if collection in self.once}

    def place(self, subject: str) -> tuple[str, str] | None:
        """Collection and `_id` of the document of a subject; None where the journal is all there is."""
        collection, named, id_ = subject.partition("/")
        if named:
            return collection, id_
        collection = self.plain.get(subject.partition("_")[0], "")
        return (collection, subject) if collection else None

    def version(self, collection: str, fields: Mapping[str, Any]) -> int:
        """Of a document: the number of its last revision."""
        return 1 if collection in self.once else int(fields["version"])

    def subject(self, collection: str, id_: str) -> str:
        """The other way round."""
        return f"{collection}/{id_}" if collection in self.others else id_
