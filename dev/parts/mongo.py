"""The database on this machine: what both of them have in common."""

from typing import Any, ClassVar

from pymongo import MongoClient
from pymongo.database import Database

from dev.parts.part import Part

CHOICE = "CHAIRSIDE_TEST_MONGO"
Admin = Database[dict[str, Any]]


class EmbeddedMongo(Part):
    """A server that speaks MongoDB's protocol and has transactions; `options` are added to its command line."""

    name = "mongodb"
    title: ClassVar[str]
    """What it is called on the screen."""
    data: ClassVar[str]
    """The folder in the part's own in which it keeps its data; each has another."""
    options: tuple[str, ...] = ()

    @property
    def uri(self) -> str:
        return f"mongodb://{self.address}/?directConnection=true"

    def answer(self) -> object:
        with MongoClient[dict[str, Any]](self.uri, serverSelectionTimeoutMS=1_000) as client:
            return self.greet(client.admin)

    def greet(self, admin: Admin) -> object:
        """Raises what the driver raises while it takes no writes."""
        return admin.command("ping")
