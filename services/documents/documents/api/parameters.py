"""Parameters that several routes take."""

from typing import Annotated

from fastapi import Path

InvoiceId = Annotated[
    str,
    Path(max_length=128, pattern=r"^[\x21-\x7e]+$", description="as invoicing names it", examples=["inv_0192f3c1"]),
]
