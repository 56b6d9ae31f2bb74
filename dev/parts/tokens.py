"""An OpenID Connect issuer for one machine: a key in a folder, its JWKS over HTTP, tokens for anybody who asks.

As a process: python -m dev.parts.tokens --port P --dir D [--host H] [--issuer URL]
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey

from dev.parts.part import Part

ALGORITHM = "RS256"
AUDIENCE = "chairside"
DAY_S = 24 * 60 * 60


def issuer_key(folder: Path) -> RSAKey:
    """The issuer's private key, made at the first call; only its owner may read the file."""
    file = folder / "issuer-key.json"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = RSAKey.generate_key(2048, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(json.dumps(fresh.as_dict(private=True)))
        part.rename(file)
    return RSAKey.import_key(json.loads(file.read_text()))


def mint(
    key: RSAKey,
    issuer: str,
    *,
    sub: str,
    name: str,
    roles: Sequence[str],
    clinics: Sequence[str],
    lifetime_s: int = DAY_S,
    audience: str = AUDIENCE,
) -> str:
    """A signed JWT; a negative lifetime gives one that has expired."""
    now = int(time.time())
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": sub,
        "name": name,
        "roles": list(roles),
        "clinics": list(clinics),
        "iat": now,
        "exp": now + lifetime_s,
    }
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": "at+jwt"}, claims, key)


class TokenIssuer(Part):
    name = "tokens"

    @property
    def issuer(self) -> str:
        return f"http://{self.address}"

    @property
    def jwks_url(self) -> str:
        return f"{self.issuer}/jwks.json"

    def mint(self, role: str, *clinics: str, sub: str | None = None, lifetime_s: int = DAY_S) -> str:
        """A token for one role in some clinics, from the key in the folder; the process need not run."""
        return mint(
            self._key,
            self.issuer,
            sub=sub or f"usr-{role.replace('_', '-')}",
            name=role.replace("_", " ").title(),
            roles=[role],
            clinics=clinics,
            lifetime_s=lifetime_s,
        )

    @cached_property
    def _key(self) -> RSAKey:
        return issuer_key(self.folder)  # to check a private key takes 50 ms

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", __name__, "--port", str(self.port), "--dir", str(self.folder)]

    def answer(self) -> object:
        return httpx2.get(self.jwks_url, timeout=2, trust_env=False, verify=False).raise_for_status()


def documents(key: RSAKey, issuer: str) -> Mapping[str, Mapping[str, Any]]:
    """What is served, by path (OpenID Connect Discovery 1.0, section 3)."""
    return {
        "/.well-known/openid-configuration": {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/jwks.json",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        },
        "/jwks.json": {"keys": [key.as_dict(private=False)]},
    }


def serve(host: str, port: int, folder: Path, issuer: str) -> None:
    """Answers until SIGTERM or SIGINT."""
    served = documents(issuer_key(folder), issuer)
    bodies = {path: json.dumps(document).encode() for path, document in served.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """One line for each request would only fill the log."""

    def end(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with ThreadingHTTPServer((host, port), Handler) as server:
        server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves an issuer's public keys")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--issuer", help="the address that tokens name, where it is not http://HOST:PORT")
    options = parser.parse_args()
    issuer = options.issuer or f"http://{options.host}:{options.port}"
    serve(options.host, options.port, options.dir, issuer)


if __name__ == "__main__":
    main()
