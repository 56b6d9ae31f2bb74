"""python -m dev.stripe_sandbox --port P --data-dir D --webhook-secret whsec_… [--webhook-url URL]"""

import argparse
from pathlib import Path

import uvicorn

from dev.stripe_sandbox.app import Config, create_app
from dev.stripe_sandbox.protocol import CuttableProtocol


def main() -> None:
    parser = argparse.ArgumentParser(prog="stripe_sandbox", description="A stateful sandbox of Stripe's HTTP API")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--webhook-secret", required=True)
    parser.add_argument("--webhook-url", default=None)
    given = parser.parse_args()
    app = create_app(Config(given.data_dir, given.webhook_secret, given.webhook_url))
    uvicorn.run(app, host=given.host, port=given.port, http=CuttableProtocol, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
