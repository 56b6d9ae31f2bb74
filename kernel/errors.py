"""Business errors: a rule said no. They carry their own stable code and HTTP status.

Anything that is not a `BusinessError` is a technical failure: it is retried, never parked.
"""

from collections.abc import Sequence


class BusinessError(Exception):
    """A rule of the business refused the input.

    `code` is stable and kebab-case, `status` the HTTP status it maps to, `field` names the offending input.
    The message holds ids only, never a patient's name, mail or address.
    """

    default_status = 422

    def __init__(self, code: str, message: str, *, status: int | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = self.default_status if status is None else status
        self.field = field


class SeveralRefused(BusinessError):
    """More than one input was refused: code, status and field are those of the first, `faults` has each."""

    def __init__(self, faults: Sequence[BusinessError]) -> None:
        first = faults[0]
        message = f"{len(faults)} of the inputs do not fit"
        super().__init__(first.code, message, status=first.status, field=first.field)
        self.faults = tuple(faults)


def refuse(faults: Sequence[BusinessError]) -> None:
    """Raises the fault, or all of them together, if there is any."""
    if len(faults) > 1:
        raise SeveralRefused(faults)
    for fault in faults:
        raise fault


class NotFound(BusinessError):
    """The thing does not exist, or belongs to a clinic that the caller may not see."""

    default_status = 404


class Forbidden(BusinessError):
    """The caller is known but lacks the role."""

    default_status = 403


class Conflict(BusinessError):
    """The request contradicts what is already there."""

    default_status = 409


class IllegalTransition(Conflict):
    """The one error for every state change that the state table does not have."""

    def __init__(self, thing: str, state: str, command: str) -> None:
        super().__init__("illegal-transition", f"{thing} is {state}: it cannot {command}")


class PreconditionFailed(BusinessError):
    """The caller's version of the thing is stale."""

    default_status = 412
