"""What keeps consumers from reading: FastStream only logs it, waits five seconds, and asks again while it lasts."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

log = structlog.get_logger(__name__)
OVER_AFTER_S = 12.0
"""Twice as long as FastStream waits, and a little: who has not complained for that long, reads again."""


class Complaints:
    """FastStream's logger. It keeps what consumers of this process last failed at, for who asks whether it is ready."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}

    def log(self, level: int, msg: object, *_: object, exc_info: object = None, **__: Any) -> None:
        """As `logging.Logger.log`; anything but an error of Kafka's is nobody's business here."""
        if isinstance(exc_info, KafkaError):
            reason = _reason(exc_info)
            log.warning("cannot-consume", reason=reason)
            self._last[reason] = self._clock()

    @property
    def current(self) -> dict[str, str]:
        """Why consumers do not read, for `ready`; empty while they do."""
        since = self._clock() - OVER_AFTER_S
        reasons = sorted(reason for reason, at in self._last.items() if at > since)
        return {"consumers": ", ".join(reasons)} if reasons else {}


def _reason(error: KafkaError) -> str:
    """What we may not do is named: nothing but a topic or a group is in such an error."""
    if isinstance(error, TopicAuthorizationFailedError | GroupAuthorizationFailedError):
        return f"{type(error).__name__}: {error.args[0] if error.args else ''}"
    return type(error).__name__
