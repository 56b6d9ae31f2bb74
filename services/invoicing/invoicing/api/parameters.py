"""Parameters that several routes take, described once."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, Field

from contracts.values import Id, Text

ClinicPath = Annotated[Id, Path(description="the clinic", examples=["clinic-berlin"])]
PatientPath = Annotated[Id, Path(description="the patient", examples=["pat-77"])]
PriceListPath = Annotated[Id, Path(description="the price list, by a name of your choice", examples=["standard"])]
FamilyPath = Annotated[Id, Path(description="the family, by a name of your choice", examples=["fam-12"])]
InvoicePath = Annotated[Id, Path(description="the invoice, `inv_…`")]
LinePath = Annotated[Id, Path(description="the line, as the invoice has it", examples=["procedure:p-1"])]
DiscountPath = Annotated[Id, Path(description="the granted discount, `dsc_…`, as the draft has it")]
ProposalPath = Annotated[Id, Path(description="the proposal, `prp_…`, as the invoice has it")]
CreditNotePath = Annotated[Id, Path(description="the credit note")]

ClinicQuery = Annotated[Id | None, Query(description="only of this clinic; without one, of all that the token names")]
PatientQuery = Annotated[Id | None, Query(description="only of this patient")]
SessionQuery = Annotated[Id | None, Query(description="only what bills this session, supplements included")]


def _unspaced(reference: str) -> str:
    """ISO 11649 prints groups of four, and people copy what they see."""
    return "".join(reference.split()).upper()


Asked = Annotated[Text, Field(min_length=1)]
NumberQuery = Annotated[
    Asked | None, Query(description="only with this number, as it is printed", examples=["clinic-berlin-2026-000001"])
]
ReferenceQuery = Annotated[
    Annotated[Asked, AfterValidator(_unspaced)] | None,
    Query(description="only with this payment reference, in groups or not", examples=["RF18 5390 0754 7034"]),
]
