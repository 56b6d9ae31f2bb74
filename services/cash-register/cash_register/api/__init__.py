"""HTTP in: routes map a request to a command and delegate."""

from fastapi import APIRouter

from cash_register.api import days, exports, histories, registers, reports, stream
from chassis.journal.views import Verify, verification

RESOURCES = (days, stream, reports, histories, registers, exports)


def routers(verify: Verify) -> list[APIRouter]:
    """All routes of cash-register."""
    history = APIRouter()
    verification(history, verify)
    return [*(resource.routes for resource in RESOURCES), history]
