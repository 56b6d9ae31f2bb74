"""A service that is told to stop finishes what it began."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

PROGRAM = """
import asyncio, signal, sys
from contextlib import asynccontextmanager
from fastapi import APIRouter
from chassis.http import create_app, serve
from chassis.settings import Settings

routes = APIRouter()
release = asyncio.Event()

@routes.get("/slow")
async def slow() -> str:
    print("slow began", flush=True)
    await release.wait()
    return "finished"

@asynccontextmanager
async def lifespan(app):
    if "broken" in sys.argv:
        raise RuntimeError("no store")
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, release.set)
    print("up", flush=True)
    yield
    print("down", flush=True)

async def ready():
    return {}

settings = Settings.load()
app = create_app(
    title="T", version="1", routers=[routes], lifespan=lifespan, settings=settings, ready=ready, open_to_all=["/slow"]
)
serve(app, settings)
print("served", flush=True)
"""


@contextmanager
def running(*arguments: str, drain_s: float) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "CHAIRSIDE_SERVICE": "test",
        "CHAIRSIDE_HTTP_PORT": str(port),
        "CHAIRSIDE_OPERATIONS_PORT": "0",
        "CHAIRSIDE_DRAIN_S": str(drain_s),
        "CHAIRSIDE_JWKS_URL": "http://127.0.0.1:9/jwks.json",
        "CHAIRSIDE_ISSUER": "nobody",
    }
    command = [sys.executable, "-c", PROGRAM, *arguments]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdout
    for printed in process.stdout:
        if printed.strip() == line:
            return
    pytest.fail(f"the process ended without saying {line!r}")


def connected(url: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, transport=httpx2.HTTPTransport(retries=10), timeout=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopping_service_is_not_ready_finishes_requests_and_then_ends(number: signal.Signals) -> None:
    with running(drain_s=3600) as (process, url), connected(url) as client:
        read_until(process, "up")
        answers: list[httpx2.Response] = []
        waiting = threading.Thread(target=lambda: answers.append(connected(url).get("/slow")))
        waiting.start()
        read_until(process, "slow began")
        assert client.get("/health/ready").status_code == 200

        process.send_signal(number)
        while (ready := client.get("/health/ready")).status_code == 200:
            pass
        assert (ready.status_code, ready.json()["code"]) == (503, "stopping")

        process.send_signal(number)  # ends the drain
        process.send_signal(signal.SIGUSR1)  # lets the slow request go on; a server that stops takes no new one
        waiting.join()
        assert answers[0].json() == "finished"
        assert process.stdout
        assert process.stdout.read().split("\n")[-3:] == ["down", "served", ""]
    assert process.returncode == 0


def test_a_service_that_cannot_start_says_so_by_its_status() -> None:
    with running("broken", drain_s=0) as (process, _):
        assert process.wait() == 3
