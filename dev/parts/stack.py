"""All parts of the outside world together, with their data in one folder that a second run continues from.

To have only the parts, until Ctrl-C: python -m dev.parts.stack [--dir var]
"""

import argparse
import fcntl
import json
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from dev.parts.databases import embedded_mongo
from dev.parts.files import write_whole
from dev.parts.kafka import EmbeddedKafka
from dev.parts.mongo import EmbeddedMongo
from dev.parts.orphans import end_orphans
from dev.parts.part import Part, running
from dev.parts.ports import StablePorts
from dev.parts.processes import NOTED, POLL_S
from dev.parts.smtp import SmtpSink
from dev.parts.tokens import TokenIssuer
from dev.stripe_sandbox.part import StripeSandbox

ENDS_WITHIN_S = 2.0
"""A process that was killed holds its lock until the kernel has closed its files."""


class AlreadyRunning(RuntimeError):
    """Another process runs the parts of this folder; two of them would spoil its data."""


@dataclass(frozen=True)
class EmbeddedParts:
    """Broker, database, mail, tokens and card payments; `ports` keeps those of the services too."""

    ports: StablePorts
    kafka: EmbeddedKafka
    mongo: EmbeddedMongo
    smtp: SmtpSink
    tokens: TokenIssuer
    stripe: StripeSandbox

    @property
    def all(self) -> tuple[Part, ...]:
        return (self.kafka, self.mongo, self.smtp, self.tokens, self.stripe)

    def endpoints(self) -> dict[str, Any]:
        """Where the parts answer, ready for JSON."""
        return {
            "kafka": self.kafka.bootstrap,
            "mongodb": self.mongo.uri,
            "smtp": self.smtp.address,
            "smtp_dir": str(self.smtp.mail),
            "issuer": self.tokens.issuer,
            "jwks": self.tokens.jwks_url,
            "stripe": {"api": self.stripe.url, "webhook_secret": self.stripe.webhook_secret},
        }


@contextmanager
def embedded_parts(folder: Path, tell: Callable[[str], None] = lambda line: None) -> Iterator[EmbeddedParts]:
    """The parts, answering, on the ports they had the last time if these are still free; ended at the end.

    What a killed run left running in the folder is ended first, before it is looked which ports are free.

    Raises AlreadyRunning when the folder is in use, ChildFailed when a part does not start, NoMongod when the
    folder is one of MongoDB and there is none.
    """
    folder = folder.absolute()
    with _only_one(folder / "run" / "lock"):
        for name in end_orphans(sorted(folder.glob(f"*/*{NOTED}"))):
            tell(f"{name} still ran since a run that was killed: it was ended")
        parts = _compose(folder)
        with running(parts.all):
            yield parts


def _compose(folder: Path) -> EmbeddedParts:
    ports = StablePorts(folder / "run" / "ports.json")
    return EmbeddedParts(
        ports=ports,
        kafka=EmbeddedKafka(folder / "kafka", ports.of("kafka")),
        mongo=embedded_mongo(folder / "mongodb", ports.of("mongodb")),
        smtp=SmtpSink(folder / "smtp", ports.of("smtp")),
        tokens=TokenIssuer(folder / "tokens", ports.of("tokens")),
        stripe=StripeSandbox(
            folder / "stripe",
            ports.of("stripe"),
            webhook_secret=_kept_secret(folder / "run" / "webhook-secret"),
            webhook_url=f"http://127.0.0.1:{ports.of('payments')}/stripe/webhook",
        ),
    )


def _kept_secret(file: Path) -> str:
    if not file.exists():
        write_whole(file, f"whsec_{secrets.token_hex(16)}", mode=0o600)
    return file.read_text()


@contextmanager
def _only_one(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        deadline = time.monotonic() + ENDS_WITHIN_S
        while not _is_ours(lock):
            if time.monotonic() > deadline:
                raise AlreadyRunning(f"another process runs the parts in {file.parent.parent}")
            time.sleep(POLL_S)
        yield


def _is_ours(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description="Runs the embedded parts until Ctrl-C")
    parser.add_argument("--dir", type=Path, default=Path("var"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with embedded_parts(parser.parse_args().dir) as parts:
            print(json.dumps(parts.endpoints(), indent=2), flush=True)
            signal.pause()
    except AlreadyRunning as busy:
        sys.exit(str(busy))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
