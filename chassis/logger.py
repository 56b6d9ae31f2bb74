"""A logger that loads structlog with the first thing that is logged.

structlog loads rich where that is installed: a third of the time of a command that logs nothing.
"""

import sys
from collections.abc import Callable
from typing import Any

_before: list[Callable[[], None]] = []


class Logger:
    """Has the methods of structlog's own."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        import structlog

        while _before:
            _before.pop()()
        return getattr(structlog.get_logger(self._name), method)


def configure_with(configure: Callable[[], None]) -> None:
    """Called before the first thing is logged; at once where structlog is there already."""
    if "structlog" in sys.modules:
        configure()
    else:
        _before.append(configure)
