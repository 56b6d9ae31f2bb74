"""A token issuer inside the test: it serves its keys over HTTP, may change them, and counts who asks."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.registry import HeaderParameter

from chassis.settings import Settings

PrivateKey = RSAKey | ECKey | OctKey


class Issuer:
    """`published` is what the JWKS says now; None makes it answer 500."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.key: PrivateKey = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"}, auto_kid=True)
        self.published: list[PrivateKey] | None = [self.key]
        self.asked = 0

    @property
    def jwks_url(self) -> str:
        return f"{self.url}/jwks.json"

    def jwks(self) -> bytes | None:
        self.asked += 1
        if self.published is None:
            return None
        return json.dumps({"keys": [key.as_dict(private=isinstance(key, OctKey)) for key in self.published]}).encode()

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good claims, changed; a change to None leaves one out."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": "chairside",
            "sub": "usr-1",
            "name": "Desk One",
            "roles": ["front_desk"],
            "clinics": ["clinic-berlin"],
            "exp": now + 300,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self,
        *,
        key: PrivateKey | None = None,
        alg: str = "ES256",
        header: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        signer = key or self.key
        protected = {"alg": alg, "kid": signer.kid, "typ": "at+jwt", **(header or {})}
        own = {name: HeaderParameter(name, "str") for name in (header or {}) if name != "crit"}
        anything_goes = jws.JWSRegistry(own, algorithms=[alg])
        return jwt.encode(protected, self.claims(**changes), signer, registry=anything_goes)

    def headers(self, **changes: Any) -> dict[str, str]:
        """What a request needs to be let in."""
        return {"Authorization": f"Bearer {self.token(**changes)}"}

    def settings(self, **changes: Any) -> Settings:
        return Settings(service="test", jwks_url=self.jwks_url, issuer=self.url, **changes)


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """An issuer on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = issuer.jwks()
            self.send_response(500 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """The test counts; nobody reads lines."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(server.server_port)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield issuer
        server.shutdown()
        thread.join()
