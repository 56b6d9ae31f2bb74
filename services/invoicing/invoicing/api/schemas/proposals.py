"""What people decide about proposals."""

from invoicing.api.schemas.common import ReasonedBody, example


class ConfirmBody(ReasonedBody):
    """A credit note says why: for the reason given, else because of the session."""

    model_config = example({"reason": "the second filling was forgotten"})
