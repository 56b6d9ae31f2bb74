"""Parameters that several routes take, described once."""

from typing import Annotated

from fastapi import Path, Query

from contracts.values import Id

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
