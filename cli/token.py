"""chairside token: a bearer token of the issuer on this machine, for trying things out."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from chassis.roles import Role
from cli.terminal import ENDPOINTS, endpoint, fail

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey

ALGORITHM = "RS256"
HOUR_S = 60 * 60


def _role(name: str) -> str:
    if name not in get_args(Role):
        raise typer.BadParameter(f"one of {', '.join(get_args(Role))}")
    return name


def token(
    role: Annotated[str, typer.Option(callback=_role, help="front_desk, billing_manager, auditor or operator.")],
    clinic: Annotated[list[str], typer.Option(help="May be given more than once; * is every clinic.")],
    sub: Annotated[str | None, typer.Option(help="Who; usr-<role> when not given.")] = None,
    name: Annotated[str | None, typer.Option(help="The name that the journal shows.")] = None,
    ttl: Annotated[int, typer.Option(help="Seconds until it expires; negative for one that has expired.")] = HOUR_S,
    key: Annotated[Path, typer.Option(envvar="CHAIRSIDE_ISSUER_KEY", help="The issuer's private key, a JWK.")] = Path(
        "var/tokens/issuer-key.json"
    ),
    issuer: Annotated[
        str | None,
        typer.Option(envvar="CHAIRSIDE_ISSUER", show_default=f"issuer in {ENDPOINTS}", help="The claim iss."),
    ] = None,
    audience: Annotated[str, typer.Option(envvar="CHAIRSIDE_AUDIENCE", help="The claim aud.")] = "chairside",
) -> None:
    """Print a signed token. It takes the issuer's private key, which only a development machine has."""
    iss = issuer or endpoint("issuer")
    if iss is None:
        fail(f"which issuer? Give --issuer, or start one: {ENDPOINTS} is not there")
    now = int(time.time())
    who = role.replace("_", "-")
    claims = {
        "iss": iss,
        "aud": audience,
        "sub": sub or f"usr-{who}",
        "name": name or role.replace("_", " ").title(),
        "roles": [role],
        "clinics": clinic,
        "iat": now,
        "exp": now + ttl,
    }
    from joserfc import jwt

    signing = _key(key)
    typer.echo(jwt.encode({"alg": ALGORITHM, "kid": signing.kid, "typ": "at+jwt"}, claims, signing))


def _key(file: Path) -> "RSAKey":
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey

    try:
        found = RSAKey.import_key(json.loads(file.read_text()))
    except OSError as error:
        fail(f"the issuer's key cannot be read: {error.strerror}: {file}")
    except (ValueError, TypeError, JoseError):
        fail(f"not an RSA key as JWK: {file}")
    if not found.is_private:
        fail(f"only the public half of a key, which signs nothing: {file}")
    if not isinstance(found.kid, str):
        fail(f"the key has no kid, by which services find the public half in the JWKS: {file}")
    return found
