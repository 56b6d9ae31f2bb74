"""Links to one document of a delivery: signed, expiring, and without anything about a patient (RFC 7515, RFC 7519)."""

from datetime import datetime
from urllib.parse import urlencode

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet, OctKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from documents.domain.deliveries.link_keys import keys_of
from documents.usecases.ports import LinkExpired, LinkTarget, LinkUnknown

ALGORITHM = "HS256"
PATH = "/shared/document.pdf"
PURPOSE = "chairside-document"
"""The audience: a token of any other kind, signed with the same key, opens nothing."""


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    dlv: str = Field(max_length=128)
    doc: str = Field(max_length=128)
    ver: int


class SignedLinks:
    """A link names a delivery, a document and its version: nobody learns more from it, and nobody makes one up."""

    def __init__(self, base_url: str, keys: str) -> None:
        """Raises ValueError for keys that are none."""
        self._base_url = base_url.rstrip("/")
        self._keys = [OctKey.import_key(raw, {"kid": kid}) for kid, raw in keys_of(keys).items()]
        self._set = KeySet(list(self._keys))
        self._registry = jws.JWSRegistry(algorithms=[ALGORITHM])
        self._rules = jwt.JWTClaimsRegistry(aud={"essential": True, "value": PURPOSE}, exp={"essential": True})

    def url(self, target: LinkTarget, until: datetime) -> str:
        """The same each time, so that a mail that is sent again is the same mail."""
        header = {"alg": ALGORITHM, "kid": self._keys[0].kid}
        claims = {"aud": PURPOSE, "exp": int(until.timestamp())}
        named = {"dlv": target.delivery_id, "doc": target.document_id, "ver": target.version}
        token = jwt.encode(header, {**claims, **named}, self._keys[0], registry=self._registry)
        return f"{self._base_url}{PATH}?{urlencode({'token': token})}"

    def read(self, token: str) -> LinkTarget:
        """Raises LinkExpired, and LinkUnknown for what was not signed here, or with a key that is no more."""
        try:
            read = jwt.decode(token, self._set, registry=self._registry)
            self._rules.validate(read.claims)
            claimed = _Claims.model_validate({name: read.claims.get(name) for name in _Claims.model_fields})
        except ExpiredTokenError:
            raise LinkExpired from None
        except (JoseError, ValidationError, ValueError, TypeError, KeyError):
            raise LinkUnknown from None
        return LinkTarget(claimed.dlv, claimed.doc, claimed.ver)
