"""STRIPE_WEBHOOK_SECRET=whsec_… python -m dev.stripe_sandbox --port P --data-dir D [--webhook-url URL]"""

import argparse
import os
from pathlib import Path

import uvicorn

from dev.stripe_sandbox.app import Config, create_app
from dev.stripe_sandbox.protocol import CuttableProtocol

SECRET_VARIABLE = "STRIPE_WEBHOOK_SECRET"


def main() -> None:
    parser = argparse.ArgumentParser(prog="stripe_sandbox", description="A stateful sandbox of Stripe's HTTP API")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--webhook-url", default=None)
    given = parser.parse_args()
    # Not an argument: those are seen by every process of the machine.
    secret = os.environ.get(SECRET_VARIABLE) or parser.error(f"{SECRET_VARIABLE} is not set")
    app = create_app(Config(given.data_dir, secret, given.webhook_url))
    uvicorn.run(app, host=given.host, port=given.port, http=CuttableProtocol, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
