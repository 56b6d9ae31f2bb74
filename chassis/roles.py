"""What a token's holder may be."""

from typing import Literal

Role = Literal["front_desk", "billing_manager", "auditor"]
