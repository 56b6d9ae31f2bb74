"""An OpenID Connect issuer for one machine: a key in a folder, its JWKS over HTTP, tokens for anybody who asks.

For development only. A browser signs in with it as with any other (`dev.parts.sign_in`), but without a password.

As a process: python -m dev.parts.tokens --port P --dir D [--host H] [--issuer URL] [--redirect-uri URL …]
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from dev.parts.issuer_pages import IssuerPages
from dev.parts.part import Part
from dev.parts.sign_in import Person, SignIn, metadata

ALGORITHM = "RS256"
EVERY_CLINIC = "*"
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
    return signed(key, claims, "at+jwt")


def signed(key: RSAKey, claims: Mapping[str, object], type_: str) -> str:
    """The claims as a JWT of the issuer."""
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid, "typ": type_}, dict(claims), key)


class TokenIssuer(Part):
    """`redirect_uris` and `signed_out_uris` are where its one client may have people sent back to."""

    name = "tokens"

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        redirect_uris: Sequence[str] = (),
        signed_out_uris: Sequence[str] = (),
    ) -> None:
        super().__init__(folder, port)
        self._addresses = [
            *(word for uri in redirect_uris for word in ("--redirect-uri", uri)),
            *(word for uri in signed_out_uris for word in ("--signed-out-uri", uri)),
        ]

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
        return [sys.executable, "-m", __name__, "--port", str(self.port), "--dir", str(self.folder), *self._addresses]

    def answer(self) -> object:
        return httpx2.get(self.jwks_url, timeout=2, trust_env=False, verify=False).raise_for_status()


def documents(key: RSAKey, issuer: str) -> Mapping[str, Mapping[str, Any]]:
    """What is served as it is, by path (OpenID Connect Discovery 1.0, section 3)."""
    return {
        "/.well-known/openid-configuration": {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/jwks.json",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "subject_types_supported": ["public"],
            **metadata(issuer),
        },
        "/jwks.json": {"keys": [key.as_dict(private=False)]},
    }


def sign_in_of(key: RSAKey, issuer: str, redirect_uris: Sequence[str], signed_out_uris: Sequence[str]) -> SignIn:
    """People of this issuer, for the client with these addresses."""

    def access_token(person: Person, lifetime_s: int) -> str:
        roles, clinics = [person.role], [EVERY_CLINIC]
        return mint(key, issuer, sub=person.sub, name=person.name, roles=roles, clinics=clinics, lifetime_s=lifetime_s)

    return SignIn(issuer, partial(signed, key), access_token, redirect_uris, signed_out_uris)


def serve(host: str, port: int, folder: Path, issuer: str, redirect_uris: Sequence[str], out: Sequence[str]) -> None:
    """Answers until SIGTERM or SIGINT."""
    key = issuer_key(folder)
    bodies = {path: json.dumps(document).encode() for path, document in documents(key, issuer).items()}
    sign_in = sign_in_of(key, issuer, redirect_uris, out)

    class Handler(IssuerPages):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, documents=bodies, sign_in=sign_in, session_of=partial(session_of, key))

    def end(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with ThreadingHTTPServer((host, port), Handler) as server:
        server.serve_forever()


def session_of(key: RSAKey, id_token: str) -> str | None:
    """Which session an ID token of this issuer is of, also one that has expired; None for any other token."""
    try:
        sid = jwt.decode(id_token, key, algorithms=[ALGORITHM]).claims.get("sid")
    except (JoseError, ValueError):
        return None
    return sid if isinstance(sid, str) else None


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Serves an issuer's public keys, and signs people in who say who they are: for development only"
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--issuer", help="the address that tokens name, where it is not http://HOST:PORT")
    parser.add_argument("--redirect-uri", action="append", default=[], help="where people who signed in are sent to")
    parser.add_argument("--signed-out-uri", action="append", default=[], help="and those who signed out")
    options = parser.parse_args()
    issuer = options.issuer or f"http://{options.host}:{options.port}"
    serve(options.host, options.port, options.dir, issuer, options.redirect_uri, options.signed_out_uri)


if __name__ == "__main__":
    main()
