"""What Stripe is answered."""

from pydantic import BaseModel, Field


class Received(BaseModel):
    """The event is stored, and Stripe need not send it again."""

    received: bool = Field(default=True, description="always true: what is refused is answered with an error")
