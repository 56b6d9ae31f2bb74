"""Runs a service until it is told to stop, and then lets it finish what it began."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import partial
from socket import socket
from typing import cast

import structlog
import uvicorn
from fastapi import FastAPI

from chassis.http.protocol import BoundedProtocol, Limits
from chassis.settings import Settings
from chassis.tasks import ended

log = structlog.get_logger(__name__)
DATE_EVERY_S = 1.0


class _WaitingServer(uvicorn.Server):
    """uvicorn wakes ten times a second to see whether it is to end; this one once, for the `Date` of its answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._exiting = asyncio.Event()

    def exit(self) -> None:
        """Ends `serve` as soon as it can."""
        self.should_exit = True
        self._exiting.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(DATE_EVERY_S):
                    await self._exiting.wait()


class Server(_WaitingServer):
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
            self.exit()
        else:
            log.info("stopping", drain_s=self._drain_s)
            self._chairside_app.state.stopping = True
            # A load balancer needs this long to see that we are not ready and to send nobody any more.
            loop.call_later(self._drain_s, self.exit)


class OperationsServer(_WaitingServer):
    """Runs within another one, which takes the signals."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def serve(app: FastAPI, settings: Settings) -> None:
    """Blocks until the service was told to stop. Exits with status 3 when it could not start, 1 without its port."""
    main = _config(app, settings, settings.http_host, settings.http_port)
    beside = _config(app.state.operations, settings, settings.operations_host, settings.operations_port)
    beside.lifespan = "off"
    server = Server(main, app, settings.drain_s)
    with asyncio.Runner(loop_factory=main.get_loop_factory()) as runner:
        runner.run(_both(server, OperationsServer(beside), beside.bind_socket()))
    if not server.started:
        raise SystemExit(3)


async def _both(server: Server, operations: OperationsServer, listening: socket) -> None:
    """Operations can be asked from the first moment to the last."""
    beside = asyncio.create_task(operations.serve([listening]), name="operations")
    try:
        await server.serve()
    finally:
        await ended(beside)


def _config(app: FastAPI, settings: Settings, host: str, port: int) -> uvicorn.Config:
    protocol = partial(BoundedProtocol, limits=Limits.of(settings))
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=cast(type[asyncio.Protocol], protocol),
        ws="none",
        timeout_graceful_shutdown=settings.shutdown_grace_s,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
    )
