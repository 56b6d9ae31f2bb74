"""A service that is killed where a test says, as `kill -9` does, and is started again."""

from dev.parts.service import ServicePart
from tests.parts.patience import until

KILLED = -9


def armed(service: ServicePart, point: str, nth: int = 1) -> None:
    """Starts it so that it dies where it crosses the point for the first time, or for the nth."""
    service.set({"FAILPOINT": f"{point}:{nth}"})
    service.start()


def risen(service: ServicePart) -> None:
    """Waits for its death, and starts it again."""
    until(lambda: service.child.exit_code, lambda code: code is not None)
    assert service.child.exit_code == KILLED
    service.set({"FAILPOINT": ""})
    service.start()
