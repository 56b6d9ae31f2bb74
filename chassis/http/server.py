"""Runs a service until it is told to stop, and then lets it finish what it began."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from chassis.settings import Settings

log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """On SIGTERM or SIGINT: not ready, drain, finish the running requests, end the lifespan, return. The second
    signal skips the drain, the third the waiting for requests.

    uvicorn's own handling raises the signal again at the end, which takes the exit status and the last log lines away.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, drain_s: float) -> None:
        super().__init__(config)
        self._chairside_app = app
        self._drain_s = drain_s

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        for number in signals:
            loop.add_signal_handler(number, self._stop, loop)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.should_exit:
            self.force_exit = True
        elif self._chairside_app.state.stopping:
            self.should_exit = True
        else:
            log.info("stopping", drain_s=self._drain_s)
            self._chairside_app.state.stopping = True
            # A load balancer needs this long to see that we are not ready and to send nobody any more.
            loop.call_later(self._drain_s, setattr, self, "should_exit", True)


def serve(app: FastAPI, settings: Settings) -> None:
    """Blocks until the service was told to stop. Exits with status 3 when it could not start."""
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        timeout_graceful_shutdown=settings.shutdown_grace_s,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
    )
    server = Server(config, app, settings.drain_s)
    server.run()
    if not server.started:
        raise SystemExit(3)
