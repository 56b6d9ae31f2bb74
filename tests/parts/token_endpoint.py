"""A token endpoint inside the test: it gives what the test says, and keeps what it was asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs


class TokenEndpoint:
    """`answer` is the status and body of the next answer; `asked` the authorization and the form of each question."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/token"
        self.answer: tuple[int, Any] = 200, {"access_token": "token-1", "expires_in": 300}
        self.asked: list[tuple[str, dict[str, list[str]]]] = []


@contextmanager
def running_endpoint() -> Iterator[TokenEndpoint]:
    """On a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            endpoint.asked.append((self.headers["Authorization"], parse_qs(body)))
            status, answer = endpoint.answer
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nobody reads lines."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint = TokenEndpoint(server.server_port)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield endpoint
        server.shutdown()
        thread.join()
