"""What people decide about proposals."""

from invoicing.api.schemas.common import Json, ReasonedBody, example

CONFIRM_EXAMPLE: Json = {"reason": "the second filling was forgotten"}


class ConfirmBody(ReasonedBody):
    """A credit note says why: for the reason given, else because of the session."""

    model_config = example(CONFIRM_EXAMPLE)
