"""Parameters that several routes take, described once."""

from typing import Annotated

from fastapi import Path, Query

from chassis.http.auth import Principal
from contracts.values import Id

ClinicPath = Annotated[Id, Path(description="the clinic")]
PaymentPath = Annotated[Id, Path(description="the payment, `pay_…`")]
RefundPath = Annotated[Id, Path(description="the refund, `ref_…`, as the payment shows it")]
CardPath = Annotated[Id, Path(description="the card on file, `crd_…`")]
PayoutPath = Annotated[Id, Path(description="the payout, by Stripe's id")]
StatementPath = Annotated[Id, Path(description="the statement file, `bst_…`")]
TransactionPath = Annotated[Id, Path(description="the bank transaction, `btx_…`")]

ClinicQuery = Annotated[Id | None, Query(description="only of this clinic; without one, of all that the token names")]
PatientQuery = Annotated[Id | None, Query(description="only of this patient")]


def visible_clinics(caller: Principal, clinic_id: str | None) -> list[str] | None:
    """The clinic that is asked for, or all that the caller may see; None for every one there is. Raises NotFound."""
    if clinic_id is None:
        return caller.visible_clinics()
    caller.enter(clinic_id)
    return [clinic_id]
