"""Parameters that several routes take."""

from datetime import date
from typing import Annotated

from fastapi import Path, Query

from contracts.values import Id

RegisterId = Annotated[Id, Path(description="the clinic's own name of the register", examples=["front-desk"])]
ClinicId = Annotated[Id, Query(description="the clinic that the register is in", examples=["clinic-berlin"])]
MovementId = Annotated[Id, Path(description="the movement's own id", examples=["mov_5f0c9d5e2a7b4c1d8e6f3a2b1c0d9e8f"])]
On = Annotated[date, Path(alias="date", description="the clinic's local date", examples=["2026-11-23"])]
