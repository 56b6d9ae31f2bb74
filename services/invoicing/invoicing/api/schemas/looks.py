"""How a clinic's documents look."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from contracts.values import Text
from invoicing.api.schemas.common import Body, example
from invoicing.domain.clinics.contrast import LEAST, contrast_with_white

MOST_LINES = 3
Line = Annotated[Text, Field(min_length=1, max_length=150)]


def _readable(colour: str) -> str:
    if (found := contrast_with_white(colour)) < LEAST:
        raise ValueError(f"has a contrast of {found:.1f} with white, and {LEAST} is the least that can be read")
    return colour


class LookBody(Body):
    """Colour, paper and footer; what is left out is Chairside's."""

    model_config = example({"paper": "A4", "colour": "#1f6f6b", "footer": ["Partnerschaftsregister Berlin PR 123"]})

    paper: Literal["A4", "letter"] | None = Field(
        default=None, description="what documents are printed on; null: as the clinic's country does"
    )
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$"), AfterValidator(_readable)] | None = Field(
        default=None, description="of headings; on white its contrast is at least 4.5 (WCAG 2.2)"
    )
    footer: Annotated[tuple[Line, ...], Field(max_length=MOST_LINES)] = Field(
        default=(), description="lines at the foot of each page, at most three"
    )
