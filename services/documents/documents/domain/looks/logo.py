"""A clinic's logo, as it is printed: a picture of dots, whatever file it came as."""

from dataclasses import dataclass
from datetime import datetime

from kernel.actor import Actor
from kernel.errors import BusinessError


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG (RGB, on white) of `width` x `height` dots."""

    png: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Logo:
    """Who put it, and when."""

    clinic_id: str
    picture: Picture
    changed_at: datetime
    changed_by: Actor


class LogoInvalid(BusinessError):
    """A file that no logo can be made of; says why."""

    def __init__(self, reason: str) -> None:
        super().__init__("logo-invalid", f"the logo {reason}", status=422)
        self.reason = reason

    def __reduce__(self) -> tuple[type["LogoInvalid"], tuple[str]]:
        """It is told by another process."""
        return type(self), (self.reason,)
