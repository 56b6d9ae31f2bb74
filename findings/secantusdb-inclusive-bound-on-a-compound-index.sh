#!/usr/bin/env bash
# SecantusDB 0.7.0b3 (beta, speaks MongoDB's protocol), asked with PyMongo 4.20.1, Python 3.11.
#
# Expected: `$lte` and `$gte` include their bound whatever index answers the query, as in MongoDB.
# Seen: where a compound index has an equality field, then the field of the range, then one field more, the inclusive
# bound at the far end of the index's direction is exclusive: `$lte` on an ascending field and `$gte` on a descending
# one leave out the documents that are equal. Without the third field, or without an index, the answer is right. No
# error, no warning: a page of a list, or a job that is due now, is silently not found.
#
# Chairside asks such lists with `$gt` of a millisecond earlier (chassis/database/time_pages.py).
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check SecantusDB==0.7.0b3 pymongo==4.20.1
port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$folder/venv/bin/secantusd-py" --port "$port" --storage-path "$folder/data" --log-level WARNING &
server=$!

cat > "$folder/ask.py" <<'PY'
import sys
import time

from pymongo import MongoClient
from pymongo.errors import PyMongoError

client = MongoClient("127.0.0.1", int(sys.argv[1]), directConnection=True, serverSelectionTimeoutMS=1000)
for _ in range(60):
    try:
        client.admin.command("ping")
        break
    except PyMongoError:
        time.sleep(0.5)

INDEXES = {
    "no index": [],
    "clinic, day": [("clinic", 1), ("day", 1)],
    "clinic, day, number": [("clinic", 1), ("day", 1), ("number", 1)],
    "clinic, day descending, number": [("clinic", 1), ("day", -1), ("number", 1)],
}
for number, (name, keys) in enumerate(INDEXES.items()):
    rows = client.finding[f"rows{number}"]
    if keys:
        rows.create_index(keys)
    rows.insert_many([{"clinic": "c", "day": day, "number": 0} for day in range(1, 6)])
    for operator in ("$lte", "$gte"):
        found = sorted(row["day"] for row in rows.find({"clinic": "c", "day": {operator: 3}}))
        print(f"{name}: {operator} 3 finds {found}")
PY
"$folder/venv/bin/python" "$folder/ask.py" "$port" | tee "$folder/seen"

diff "$folder/seen" - <<'SEEN' && echo "as it was found"
no index: $lte 3 finds [1, 2, 3]
no index: $gte 3 finds [3, 4, 5]
clinic, day: $lte 3 finds [1, 2, 3]
clinic, day: $gte 3 finds [3, 4, 5]
clinic, day, number: $lte 3 finds [1, 2]
clinic, day, number: $gte 3 finds [3, 4, 5]
clinic, day descending, number: $lte 3 finds [1, 2, 3]
clinic, day descending, number: $gte 3 finds [4, 5]
SEEN
