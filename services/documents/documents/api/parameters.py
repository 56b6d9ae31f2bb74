"""Parameters that several routes take."""

from typing import Annotated

from fastapi import Path, Query

from contracts.values import MAX_INTEGER

InvoiceId = Annotated[
    str,
    Path(max_length=128, pattern=r"^[\x21-\x7e]+$", description="as invoicing names it", examples=["inv_0192f3c1"]),
]

CreditNoteId = Annotated[
    str,
    Path(max_length=128, pattern=r"^[\x21-\x7e]+$", description="as invoicing names it", examples=["crn_0192f3c1"]),
]

ReadVersion = Annotated[
    int | None,
    Query(
        ge=1,
        le=MAX_INTEGER,
        description="the version of the invoice that you read in invoicing: this one is waited for, or a newer one",
        examples=[2],
    ),
]

ClinicId = Annotated[
    str,
    Path(max_length=128, pattern=r"^[\x21-\x7e]+$", description="as invoicing names it", examples=["clinic-berlin"]),
]

DeliveryId = Annotated[str, Path(max_length=128, pattern=r"^[\x21-\x7e]+$", description="as its order was answered")]
