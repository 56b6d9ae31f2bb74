"""The generated reference says what the code says, and the lint finds what nobody explained."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chassis.http.auth import BillingManager, Reader
from chassis.http.openapi import problems
from chassis.settings import Settings
from dev.reference.lint import gaps
from dev.reference.tables import routes_page, settings_page
from tests.parts.web import app_of

SETTINGS = Settings(service="test", jwks_url="http://127.0.0.1:9/jwks.json", issuer="nobody")
Limit = Annotated[int, Query(description="how many at most")]


class Drawer(BaseModel):
    """A drawer."""

    model_config = {"json_schema_extra": {"examples": [{"drawer_id": "d-1"}]}}

    drawer_id: str = Field(description="names it within the clinic")


class Mute(BaseModel):
    drawer_id: str


explained = APIRouter()
mute = APIRouter()


@explained.put("/drawers/{drawer_id}", summary="Put a drawer in its place", responses=problems({409: ["drawer-open"]}))
async def put_drawer(drawer_id: str, body: Drawer, caller: BillingManager) -> Drawer:
    """Whatever was there goes."""
    return body


@explained.get("/drawers", summary="List the drawers")
async def list_drawers(caller: Reader, limit: Limit = 20) -> list[Drawer]:
    """The newest first."""
    return []


@mute.put("/drawers/{drawer_id}")
async def put_it(body: Mute, limit: int = 20) -> Mute:
    return body


def document_of(*routers: APIRouter) -> dict[str, Any]:
    return app_of(SETTINGS, *routers).openapi()


def test_the_lint_names_what_is_missing_and_where() -> None:
    found = {str(gap) for gap in gaps(document_of(mute))}
    where = "PUT /drawers/{drawer_id}"
    assert {f"{where}: no {what}" for what in ("summary", "description", "error codes", "example")} <= found
    assert {f"{where} query limit: no description", "Mute.drawer_id: no description"} <= found


def test_the_lint_is_content_with_what_explains_itself() -> None:
    found = [str(gap) for gap in gaps(document_of(explained))]
    assert found == ["PUT /drawers/{drawer_id} path drawer_id: no description"]


def test_the_table_of_routes_says_who_may() -> None:
    page = routes_page({"drawers": document_of(explained)})
    assert "| `PUT /drawers/{drawer_id}` | Put a drawer in its place | billing_manager |" in page
    assert "| `GET /drawers` | List the drawers | all |" in page


def test_the_table_of_settings_has_variable_default_and_meaning() -> None:
    class DrawerSettings(Settings):
        drawer_count: int = Field(default=3, description="how many drawers there are")

    page = settings_page({"drawers": DrawerSettings})
    own = page.partition("## drawers")[2]
    assert "| `CHAIRSIDE_DRAWER_COUNT` | `3` | how many drawers there are |" in own
    assert "CHAIRSIDE_KAFKA" not in own
    assert "| `CHAIRSIDE_ISSUER` | required |" in page
