#!/opt/mongo/bin/python
"""Makes the root user in an empty folder as the image `mongo` does, on loopback only, and then is the command given."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pymongo import MongoClient

DATA = Path("/data/db")


def make_root() -> None:
    server = subprocess.Popen(["mongod", "--dbpath", str(DATA), "--bind_ip", "127.0.0.1", "--quiet"])
    with MongoClient[dict[str, Any]]("mongodb://127.0.0.1:27017", serverSelectionTimeoutMS=60_000) as client:
        name, password = os.environ["MONGO_INITDB_ROOT_USERNAME"], os.environ["MONGO_INITDB_ROOT_PASSWORD"]
        client.admin.command("createUser", name, pwd=password, roles=[{"role": "root", "db": "admin"}])
    server.terminate()
    server.wait()


if __name__ == "__main__":
    if not any(DATA.glob("*.wt")):
        make_root()
    os.execvp(sys.argv[1], sys.argv[1:])
