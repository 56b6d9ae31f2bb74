#!/opt/mailpit/bin/python
"""Takes mail at 1025 and says at 8025 how much it took, by two of Mailpit's paths; `mailpit readyz` asks it."""

import http.client
import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

MAX_MESSAGE_BYTES = 32 * 1024 * 1024


class Counting:
    taken = 0

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.taken += 1
        return "250 Taken"


class Pages(BaseHTTPRequestHandler):
    mails: Counting

    def do_GET(self) -> None:
        found = {"/readyz": "ok", "/api/v1/messages": json.dumps({"total": self.mails.taken})}.get(self.path)
        self.send_response(404 if found is None else 200)
        self.end_headers()
        self.wfile.write((found or "").encode())


def ready() -> int:
    asking = http.client.HTTPConnection("127.0.0.1", 8025, timeout=4)
    asking.request("GET", "/readyz")
    return 0 if asking.getresponse().status == 200 else 1


def main() -> None:
    Pages.mails = Counting()
    Controller(Pages.mails, hostname="0.0.0.0", port=1025, data_size_limit=MAX_MESSAGE_BYTES).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ThreadingHTTPServer(("0.0.0.0", 8025), Pages).serve_forever()


if __name__ == "__main__":
    if sys.argv[1:] == ["readyz"]:
        sys.exit(ready())
    main()
