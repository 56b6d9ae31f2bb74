"""A service that is killed where a test says, as `kill -9` does, and is started again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from dev.parts.processes import free_port
from dev.parts.service import ServicePart
from dev.stripe_sandbox.part import StripeSandbox
from tests.integration.payments.stripe_side import SECRET
from tests.parts.patience import until
from tests.parts.topics import hear_from_now_on

KILLED = -9


@contextmanager
def to_be_killed(settings: Mapping[str, str], folder: Path) -> Iterator[ServicePart]:
    """A service with a database, a consumer group and a sandbox of its own, not started yet; stopped at the end."""
    port, name = free_port(), uuid4().hex[:12]
    webhook_url = f"http://127.0.0.1:{port}/stripe/webhook"
    with StripeSandbox(folder / "stripe", webhook_secret=SECRET, webhook_url=webhook_url) as sandbox:
        own = {"SERVICE": f"payments-{name}", "MONGO_DATABASE": f"test_{name}", "STRIPE_API_BASE": sandbox.url}
        hear_from_now_on(settings["KAFKA"], "payments", own["SERVICE"])
        service = ServicePart("payments", folder / "service", {**settings, **own}, port)
        service.set({"FAILPOINT": f"@{failpoint_of(service)}"})
        yield service
        service.stop()


def failpoint_of(service: ServicePart) -> Path:
    """What arms it while it runs; gone once it has struck."""
    return service.folder / "failpoint"


def arm(service: ServicePart, point: str, nth: int = 1) -> None:
    """It dies where it crosses the point for the first time from now on, or for the nth."""
    file = failpoint_of(service)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_text(f"{point}:{nth}")
    draft.rename(file)


def armed(service: ServicePart, point: str) -> None:
    """Likewise, and started unless it runs: for a point that it does not cross by itself before it is ready."""
    arm(service, point)
    service.start()


def risen(service: ServicePart) -> None:
    """Waits for its death, and starts it again."""
    until(lambda: service.child.exit_code, lambda code: code is not None)
    assert service.child.exit_code == KILLED
    assert not failpoint_of(service).exists()
    service.start()
