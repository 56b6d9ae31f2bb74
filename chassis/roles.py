"""What a token's holder may be."""

from typing import Literal

Role = Literal["front_desk", "billing_manager", "auditor", "operator"]
"""An `operator` is who, or what, runs the system: they hand in what a machine has to say, and see no books."""
