"""Who calls: a bearer JWT of the issuer, verified against its published keys, and what its roles and clinics allow."""

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Self, get_args

import httpx2
import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.http.problems import HttpProblem
from chassis.roles import Role
from chassis.settings import Settings
from kernel.actor import Actor
from kernel.errors import Forbidden, NotFound

ALGORITHMS = ["RS256", "ES256"]
LEEWAY_S = 30
ACCESS_TOKEN = "at+jwt"
"""The `typ` of a token that is meant for an API and not, as an ID token is, for who signs in (RFC 9068, 2.1 and 4)."""
EVERY_CLINIC = "*"
# Who holds the left one may also do what the right ones may.
_INCLUDES: dict[str, frozenset[str]] = {"billing_manager": frozenset({"front_desk"})}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller, as the token names them."""

    sub: str
    name: str | None
    roles: frozenset[str]
    clinics: frozenset[str]

    def may(self, *roles: Role) -> bool:
        """Does the caller hold one of the roles, or one that includes it?"""
        held = self.roles.union(*(_INCLUDES.get(role, frozenset()) for role in self.roles))
        return not held.isdisjoint(roles)

    def sees(self, clinic_id: str) -> bool:
        return clinic_id in self.clinics or EVERY_CLINIC in self.clinics

    def enter(self, clinic_id: str) -> None:
        """Raises NotFound for a clinic that the token does not name: to this caller it does not exist."""
        if not self.sees(clinic_id):
            raise NotFound("not-found", "there is no such thing here")

    def visible_clinics(self) -> list[str] | None:
        """The clinics to filter a list by, or None for all of them."""
        return None if EVERY_CLINIC in self.clinics else sorted(self.clinics)

    def actor(self) -> Actor:
        """The caller as the journal records them, under the strongest role they hold."""
        strongest = ("billing_manager", "front_desk", "auditor", "operator")
        return Actor(self.sub, self.name, next((role for role in strongest if role in self.roles), "none"))


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    sub: str = Field(min_length=1, max_length=255)
    name: str | None = None
    roles: list[str] = []
    clinics: list[str] = []


class Jwks:
    """The issuer's keys (RFC 7517), fetched when first needed and again when old or when a token names an unknown one.

    Known keys go on working while the issuer does not answer; unknown ones cannot make us ask more often than
    `min_interval_s`.
    """

    def __init__(
        self,
        url: str,
        *,
        max_age_s: float = 600,
        min_interval_s: float = 10,
        retry_s: float = 1,
        timeout_s: float = 3,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._max_age_s = max_age_s
        self._min_interval_s = min_interval_s
        self._retry_s = retry_s
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._not_before = float("-inf")

    async def keys_for(self, kid: str | None) -> KeySet:
        """Raises HttpProblem 503 when no key could ever be fetched."""
        old = self._monotonic() - self._fetched_at > self._max_age_s
        known = self._keys is not None and _has(self._keys, kid)
        # One request renews old keys; the others do not wait for it as long as they know their key.
        if not known or (old and not self._lock.locked()):
            await self._renew(kid, old)
        if self._keys is None:
            raise HttpProblem(
                503, "issuer-unreachable", "the token issuer does not answer", headers={"Retry-After": "1"}
            )
        return self._keys

    async def _renew(self, kid: str | None, old: bool) -> None:
        async with self._lock:
            renewed_meanwhile = self._keys is not None and _has(self._keys, kid) and not old
            if renewed_meanwhile or self._monotonic() < self._not_before:
                return
            try:
                self._keys = await self._fetch()
            except (httpx2.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
                log.warning("keys-not-fetched", reason=type(error).__name__)
                self._not_before = self._monotonic() + self._retry_s
            else:
                self._fetched_at = self._monotonic()
                self._not_before = self._fetched_at + self._min_interval_s

    async def _fetch(self) -> KeySet:
        # A proxy of the environment is the way to a real issuer, but not to one on this machine.
        trust_env = httpx2.URL(self._url).host not in ("127.0.0.1", "::1", "localhost")
        async with httpx2.AsyncClient(timeout=self._timeout_s, trust_env=trust_env) as client:
            response = await client.get(self._url)
        return KeySet.import_key_set(response.raise_for_status().json())


def _has(keys: KeySet, kid: str | None) -> bool:
    return kid is None or any(key.kid == kid for key in keys)


class Verifier:
    """Turns a bearer token into a Principal."""

    def __init__(self, jwks: Jwks, *, issuer: str, audience: str, types: Collection[str] = (ACCESS_TOKEN,)) -> None:
        self._jwks = jwks
        self._types = frozenset(map(_short, types))
        # Issuers put headers of their own in (x5t, nonce …); `crit` is honoured all the same.
        self._registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        self._rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        types = settings.token_types.split(",")
        return cls(Jwks(settings.jwks_url), issuer=settings.issuer, audience=settings.audience, types=types)

    async def verify(self, token: str) -> Principal:
        """Raises HttpProblem 401 for a token that is not good, 503 when the issuer's keys cannot be had."""
        try:
            kid = jws.extract_compact(token.encode("ascii")).headers().get("kid")
            keys = await self._jwks.keys_for(kid if isinstance(kid, str) else None)
            read = jwt.decode(token, keys, algorithms=ALGORITHMS, registry=self._registry)
            self._rules.validate(read.claims)
            claimed = _Claims.model_validate(read.claims)
        except ExpiredTokenError:
            raise unauthorized("token-expired", "the token has expired") from None
        except InvalidKeyIdError:
            raise unauthorized(
                "token-invalid", "the token is signed with a key that the issuer does not have"
            ) from None
        except (JoseError, ValidationError, ValueError, TypeError, KeyError):
            raise unauthorized("token-invalid", "the token is not valid here") from None
        if _short(str(read.header.get("typ"))) not in self._types:
            raise unauthorized("token-type", "the token is of a kind that is no access token here")
        return Principal(claimed.sub, claimed.name, frozenset(claimed.roles), frozenset(claimed.clinics))


def _short(media_type: str) -> str:
    """Without the `application/` that RFC 7515 (4.1.9) lets an issuer leave out; names of types have no case."""
    return media_type.strip().lower().removeprefix("application/")


def unauthorized(code: str, detail: str) -> HttpProblem:
    """401 with the challenge of RFC 6750; a request without a token gets no error attribute."""
    error = "" if code == "token-missing" else ', error="invalid_token"'
    return HttpProblem(401, code, detail, headers={"WWW-Authenticate": f'Bearer realm="chairside"{error}'})


_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="token of the OIDC issuer")


async def principal(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Principal:
    """Dependency: the caller that the gate let in, whatever their roles."""
    caller: Principal = request.state.principal
    return caller


@dataclass(frozen=True, slots=True)
class RequiredRole:
    """Dependency: the caller, if they hold one of the roles (or one that includes it); raises Forbidden otherwise."""

    roles: tuple[Role, ...]

    async def __call__(self, caller: Annotated[Principal, Depends(principal)]) -> Principal:
        self.check(caller)
        return caller

    def check(self, caller: Principal) -> None:
        """Raises Forbidden for a caller who holds none of the roles."""
        if not caller.may(*self.roles):
            raise Forbidden("role-missing", f"this takes one of the roles: {', '.join(self.roles)}")

    def holders(self) -> list[str]:
        """Every role that is enough, those that include another one as well."""
        including = [role for role, included in _INCLUDES.items() if not included.isdisjoint(self.roles)]
        return sorted({*self.roles, *including})


def require(*roles: Role) -> RequiredRole:
    """The dependency for these roles. Raises ValueError for none, and for one that there is not."""
    unknown = set(roles) - set(get_args(Role))
    if not roles or unknown:
        raise ValueError(f"not roles: {sorted(unknown)}")
    return RequiredRole(roles)


Reader = Annotated[Principal, Depends(require("front_desk", "auditor"))]
FrontDesk = Annotated[Principal, Depends(require("front_desk"))]
BillingManager = Annotated[Principal, Depends(require("billing_manager"))]
Overseer = Annotated[Principal, Depends(require("billing_manager", "auditor"))]
