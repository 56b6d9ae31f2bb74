"""Signing in at the issuer of one machine: OpenID Connect's authorization code flow with PKCE.

For development only: there are no passwords, and whoever opens the page says who they are. What a client sends has to
be right, though, so that it works with a real issuer too: S256 (RFC 7636), exact redirect URIs, state and nonce, codes
that are taken once and end after a minute, refresh tokens of which each is taken once (RFC 9700, 2.1 and 4.14).
"""

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from urllib.parse import urlencode

from chassis.roles import Role

CODE_S = 60
ACCESS_S = 300
SESSION_S = 12 * 60 * 60
CLIENT = "desk"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
Params = Mapping[str, Sequence[str]]
Sign = Callable[[Mapping[str, object], str], str]
"""Claims and `typ` as a JWT of the issuer."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to sign in as, in every clinic."""

    sub: str
    name: str
    role: Role


PEOPLE = (
    Person("usr-ines-kaya", "Ines Kaya", "front_desk"),
    Person("usr-jonas-abel", "Jonas Abel", "billing_manager"),
    Person("usr-ruth-lindner", "Ruth Lindner", "auditor"),
)


class NotAnswered(Exception):
    """The request names no client or no address of it: who asked is told on a page, and sent nowhere."""


class Refused(Exception):
    """Why there is no token, by the codes of RFC 6749 (4.1.2.1, 5.2)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for; `challenge` is the S256 of what it will show."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    scope: str


@dataclass(frozen=True, slots=True)
class _Code:
    asked: Asked
    person: Person
    sid: str
    ends_at: float


@dataclass(slots=True)
class _Session:
    person: Person
    scope: str
    began_at: int
    refresh_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))


class SignIn:
    """All who are signed in, until the process ends. `redirect_uris` and `signed_out_uris` are of the one client."""

    def __init__(
        self,
        issuer: str,
        sign: Sign,
        access_token: Callable[[Person, int], str],
        redirect_uris: Sequence[str],
        signed_out_uris: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuer = issuer
        self._sign = sign
        self._access_token = access_token
        self._redirect_uris = frozenset(redirect_uris)
        self._signed_out_uris = frozenset(signed_out_uris)
        self._clock = clock
        self._lock = Lock()
        self._codes: dict[str, _Code] = {}
        self._sessions: dict[str, _Session] = {}
        self._used: dict[str, str] = {}

    def demand_client(self, params: Params) -> str:
        """The address to answer at. Raises NotAnswered."""
        if _one(params, "client_id") != CLIENT:
            raise NotAnswered(f"there is no such client: client_id has to be {CLIENT}")
        redirect_uri = _one(params, "redirect_uri")
        if redirect_uri not in self._redirect_uris:
            raise NotAnswered("redirect_uri is none of the client's; they are compared letter by letter")
        return redirect_uri

    def asked(self, params: Params) -> Asked:
        """What is asked for, if it is right. Raises NotAnswered and Refused."""
        redirect_uri = self.demand_client(params)
        if any(len(values) > 1 for values in params.values()):
            raise Refused("invalid_request", "a parameter is there twice")
        if _one(params, "response_type") != "code":
            raise Refused("unsupported_response_type", "response_type has to be code")
        scope = _one(params, "scope")
        if "openid" not in scope.split():
            raise Refused("invalid_scope", "scope has to name openid")
        challenge = _one(params, "code_challenge")
        if _one(params, "code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
            raise Refused("invalid_request", "it takes a code_challenge with code_challenge_method=S256")
        state, nonce = _one(params, "state"), _one(params, "nonce")
        if not state or not nonce:
            raise Refused("invalid_request", "it takes a state and a nonce")
        if "none" in _one(params, "prompt").split():
            raise Refused("login_required", "nobody stays signed in at this issuer")
        return Asked(redirect_uri, state, nonce, challenge, scope)

    def refusal(self, params: Params, refused: Refused) -> str:
        """Where to tell the client of it. Raises NotAnswered."""
        answer = {"error": refused.error, "error_description": refused.description, "state": _one(params, "state")}
        return self._back(self.demand_client(params), answer)

    def answer(self, asked: Asked, sub: str) -> str:
        """Where to go with the code, for somebody who chose who they are. Raises Refused."""
        person = next((one for one in PEOPLE if one.sub == sub), None)
        if person is None:
            raise Refused("access_denied", "nobody was chosen")
        code, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            self._codes = {known: one for known, one in self._codes.items() if one.ends_at > now}
            self._codes[code] = _Code(asked, person, secrets.token_urlsafe(16), now + CODE_S)
        return self._back(asked.redirect_uri, {"code": code, "state": asked.state})

    def exchange(self, form: Params) -> dict[str, object]:
        """Tokens for a code, or for a refresh token. Raises Refused."""
        if any(len(values) > 1 for values in form.values()):
            raise Refused("invalid_request", "a parameter is there twice")
        if _one(form, "client_id") != CLIENT:
            raise Refused("invalid_client", f"client_id has to be {CLIENT}")
        match _one(form, "grant_type"):
            case "authorization_code":
                return self._of_code(form)
            case "refresh_token":
                return self._of_refresh_token(_one(form, "refresh_token"))
        raise Refused("unsupported_grant_type", "grant_type is authorization_code or refresh_token")

    def sign_out(self, sid: str | None, params: Params) -> str | None:
        """Ends the session, if it is one; where to go then, if it is an address of the client."""
        with self._lock:
            self._sessions.pop(sid or "", None)
        uri = _one(params, "post_logout_redirect_uri")
        if uri not in self._signed_out_uris:
            return None
        return _asking(uri, {"state": _one(params, "state")})

    def _of_code(self, form: Params) -> dict[str, object]:
        code, verifier, now = _one(form, "code"), _one(form, "code_verifier"), self._clock()
        with self._lock:
            known = self._codes.pop(code, None)
            if known is None:
                # Whoever has it a second time has it from somebody else: what it gave ends with it.
                self._sessions.pop(self._used.pop(code, ""), None)
                raise Refused("invalid_grant", "the code was taken already, or never was one")
            if known.ends_at <= now or known.asked.redirect_uri != _one(form, "redirect_uri"):
                raise Refused("invalid_grant", "the code has ended, or was for another redirect_uri")
            if not _VERIFIER.fullmatch(verifier) or s256(verifier) != known.asked.challenge:
                raise Refused("invalid_grant", "code_verifier is not what the challenge was made of")
            self._used = {taken: sid for taken, sid in self._used.items() if sid in self._sessions} | {code: known.sid}
            session = self._sessions[known.sid] = _Session(known.person, known.asked.scope, int(now))
            return self._tokens(known.sid, session, known.asked.nonce)

    def _of_refresh_token(self, token: str) -> dict[str, object]:
        sid, _, secret = token.partition(".")
        with self._lock:
            session = self._sessions.get(sid)
            if session is None or self._clock() >= session.began_at + SESSION_S:
                raise Refused("invalid_grant", "the session has ended")
            if not secrets.compare_digest(session.refresh_token.encode(), secret.encode()):
                del self._sessions[sid]
                raise Refused("invalid_grant", "the refresh token was taken already: the session ends")
            session.refresh_token = secrets.token_urlsafe(32)
            return self._tokens(sid, session, None)

    def _tokens(self, sid: str, session: _Session, nonce: str | None) -> dict[str, object]:
        person, now = session.person, int(self._clock())
        claims = {
            "iss": self._issuer,
            "aud": CLIENT,
            "sub": person.sub,
            "name": person.name,
            "iat": now,
            "exp": now + ACCESS_S,
            "auth_time": session.began_at,
            "sid": sid,
            **({} if nonce is None else {"nonce": nonce}),
        }
        return {
            "access_token": self._access_token(person, ACCESS_S),
            "token_type": "Bearer",
            "expires_in": ACCESS_S,
            "refresh_token": f"{sid}.{session.refresh_token}",
            "id_token": self._sign(claims, "JWT"),
            "scope": session.scope,
        }

    def _back(self, redirect_uri: str, answer: Mapping[str, str]) -> str:
        """With who answers (RFC 9207)."""
        return _asking(redirect_uri, {**answer, "iss": self._issuer})


def metadata(issuer: str) -> dict[str, object]:
    """What a client needs to know (OpenID Connect Discovery 1.0, section 3)."""
    return {
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "end_session_endpoint": f"{issuer}/end-session",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "scopes_supported": ["openid", "profile"],
        "claims_supported": ["sub", "name", "auth_time", "sid"],
        "authorization_response_iss_parameter_supported": True,
    }


def s256(verifier: str) -> str:
    """The challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _one(params: Params, name: str) -> str:
    """Its value; empty where it is not there."""
    values = params.get(name) or ("",)
    return values[0]


def _asking(uri: str, answer: Mapping[str, str]) -> str:
    """The address with what is not empty of the answer."""
    query = urlencode({name: text for name, text in answer.items() if text})
    return f"{uri}{'&' if '?' in uri else '?'}{query}" if query else uri
