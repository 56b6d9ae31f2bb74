"""What the sandbox remembers: one SQLite file with the objects, the idempotency keys and the webhooks to deliver."""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.stripe_sandbox.errors import JsonObject

_KEY_LIFETIME_S = 24 * 3600
_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, kind TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS objects_by_status ON objects (kind, json_extract(body, '$.status'));
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, fingerprint TEXT, status INTEGER, body BLOB, created INTEGER);
CREATE INDEX IF NOT EXISTS answers_by_age ON answers (created);
CREATE TABLE IF NOT EXISTS deliveries (seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT, endpoint TEXT,
                                       attempts INTEGER DEFAULT 0, due REAL DEFAULT 0);
CREATE TABLE IF NOT EXISTS paid_out (txn TEXT PRIMARY KEY, payout TEXT);
CREATE INDEX IF NOT EXISTS paid_out_by_payout ON paid_out (payout);
CREATE TABLE IF NOT EXISTS clock (id INTEGER PRIMARY KEY CHECK (id = 1), ahead_s INTEGER);
"""


@dataclass(frozen=True)
class StoredAnswer:
    fingerprint: str
    status: int
    body: bytes


@dataclass(frozen=True)
class Delivery:
    seq: int
    event_id: str
    endpoint_id: str
    attempts: int


class Store:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

        row = self._db.execute("SELECT ahead_s FROM clock").fetchone()
        self._ahead_s = 0 if row is None else int(row[0])

    def close(self) -> None:
        self._db.close()

    def now(self) -> int:
        """Unix seconds: the machine's clock and what was let pass."""
        return int(time.time()) + self._ahead_s

    def let_pass(self, seconds: int) -> None:
        """Also across a restart."""
        self._ahead_s += seconds
        self._db.execute("INSERT OR REPLACE INTO clock VALUES (1, ?)", (self._ahead_s,))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def save(self, item: JsonObject) -> None:
        self._db.execute(
            "INSERT INTO objects (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (item["id"], item["object"], json.dumps(item)),
        )

    def get(self, object_id: str, kind: str | None = None) -> JsonObject | None:
        row = self._db.execute("SELECT kind, body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return None if row is None or kind not in (None, row[0]) else json.loads(row[1])

    def delete(self, object_id: str) -> None:
        self._db.execute("DELETE FROM objects WHERE id = ?", (object_id,))

    def position(self, object_id: str) -> int | None:
        row = self._db.execute("SELECT seq FROM objects WHERE id = ?", (object_id,)).fetchone()
        return None if row is None else int(row[0])

    def select(
        self,
        kind: str,
        conditions: Sequence[str] = (),
        values: Sequence[object] = (),
        *,
        limit: int,
        order: str = "DESC",
    ) -> list[tuple[int, JsonObject]]:
        """(position, object) pairs, newest first unless order is ASC."""
        where = " AND ".join(("kind = ?", *conditions))
        sql = f"SELECT seq, body FROM objects WHERE {where} ORDER BY seq {order} LIMIT ?"
        return [(seq, json.loads(body)) for seq, body in self._db.execute(sql, (kind, *values, limit))]

    def pay_out(self, payout_id: str, transaction_ids: Sequence[str]) -> None:
        rows = [(transaction_id, payout_id) for transaction_id in transaction_ids]
        self._db.executemany("INSERT INTO paid_out VALUES (?, ?)", rows)

    def answer_to(self, key: str, now: int) -> StoredAnswer | None:
        """Stripe forgets a key once it is a day old."""
        self._db.execute("DELETE FROM answers WHERE created < ?", (now - _KEY_LIFETIME_S,))
        row = self._db.execute("SELECT fingerprint, status, body FROM answers WHERE key = ?", (key,)).fetchone()
        return None if row is None else StoredAnswer(*row)

    def remember(self, key: str, answer: StoredAnswer, now: int) -> None:
        row = (key, answer.fingerprint, answer.status, answer.body, now)
        self._db.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", row)

    def forget_keys(self) -> None:
        self._db.execute("DELETE FROM answers")

    def queue(self, event_id: str, endpoint_id: str) -> None:
        self._db.execute("INSERT INTO deliveries (event, endpoint) VALUES (?, ?)", (event_id, endpoint_id))

    def due(self, now: float, *, newest_first: bool) -> list[Delivery]:
        order = "DESC" if newest_first else "ASC"
        sql = f"SELECT seq, event, endpoint, attempts FROM deliveries WHERE due <= ? ORDER BY seq {order} LIMIT 100"
        return [Delivery(*row) for row in self._db.execute(sql, (now,))]

    def next_due(self) -> float | None:
        due: float | None = self._db.execute("SELECT min(due) FROM deliveries").fetchone()[0]
        return due

    def pending(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM deliveries").fetchone()[0])

    def delivered(self, delivery: Delivery) -> None:
        self._db.execute("DELETE FROM deliveries WHERE seq = ?", (delivery.seq,))

    def postpone(self, delivery: Delivery, due: float) -> None:
        self._db.execute("UPDATE deliveries SET attempts = attempts + 1, due = ? WHERE seq = ?", (due, delivery.seq))

    def hurry(self) -> None:
        """Everything undelivered is due at once."""
        self._db.execute("UPDATE deliveries SET due = 0")
