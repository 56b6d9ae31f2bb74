"""What goes wrong on purpose: scripted answers, cut connections, delays, and webhooks held, doubled or reversed."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class NextRequest(BaseModel):
    """One request that will not go as usual: the next whose method and path match."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: int | None = Field(default=None, ge=400, le=599)
    cut: Literal["before", "after"] | None = None
    delay_ms: int = Field(default=0, ge=0)
    method: str | None = None
    path: str = "/v1/"


class Faults(BaseModel):
    """In memory only: a restart heals everything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhooks: Literal["on", "off", "twice", "reverse"] = "on"
    delay_ms: int = Field(default=0, ge=0)
    settle_later: bool = False
    next_requests: tuple[NextRequest, ...] = ()


class FaultBoard:
    """The faults in force now."""

    def __init__(self) -> None:
        self.current = Faults()

    def change(self, body: bytes) -> None:
        """Fields left out stay as they are. Raises pydantic.ValidationError."""
        given = Faults.model_validate_json(body)
        self.current = self.current.model_copy(update={name: getattr(given, name) for name in given.model_fields_set})

    def reset(self) -> None:
        self.current = Faults()

    def take(self, method: str, path: str) -> NextRequest:
        """Uses up the first scripted request that matches."""
        waiting = self.current.next_requests
        for position, script in enumerate(waiting):
            if path.startswith(script.path) and script.method in (None, method):
                left = waiting[:position] + waiting[position + 1 :]
                self.current = self.current.model_copy(update={"next_requests": left})
                return script
        return NextRequest()
