"""Stripe's error envelope: {"error": {type, code, message, param, ...}} with its HTTP status."""

from typing import Any

JsonObject = dict[str, Any]


class StripeError(Exception):
    """An answer that is not a success. `remembered`: the operation ran, so its idempotency key replays this answer."""

    status = 400
    type = "invalid_request_error"
    remembered = False

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        fields = {"code": code, "message": message, "param": param, "type": self.type, **details}
        self.envelope: JsonObject = {"error": {name: value for name, value in fields.items() if value is not None}}


class InvalidRequest(StripeError):
    """A parameter is missing, unknown or out of range."""


class UnexpectedState(StripeError):
    """The object exists but cannot do this now."""

    remembered = True


class ResourceMissing(StripeError):
    """404 for an id in the path, 400 for an id in a parameter."""

    def __init__(self, what: str, object_id: str, *, param: str = "id") -> None:
        super().__init__(f"No such {what}: '{object_id}'", code="resource_missing", param=param)
        self.status = 404 if param == "id" else 400


class Unauthorized(StripeError):
    status = 401


class SecretKeyRequired(StripeError):
    status = 403


class CardDeclined(StripeError):
    """402. What the attempt left behind (a failed charge, its events) stays."""

    status = 402
    type = "card_error"


class IdempotencyMismatch(StripeError):
    type = "idempotency_error"


class KeyInUse(StripeError):
    status = 409


class RateLimited(StripeError):
    status = 429


class ServerFault(StripeError):
    type = "api_error"

    def __init__(self, status: int) -> None:
        super().__init__("An unexpected error occurred. Please try again.")
        self.status = status
