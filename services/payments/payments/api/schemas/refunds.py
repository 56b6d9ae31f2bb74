"""Money that goes back, and what a second person decides about it."""

from pydantic import ConfigDict, Field

from contracts.money import Money
from contracts.values import Id
from payments.api.examples.refunds import APPROVAL_REQUEST, REFUND_REQUEST, REJECTION_REQUEST
from payments.api.schemas.values import Reason, RequestBody
from payments.domain.intake.refunds import DecideRefund, RefundPayment


class RefundRequest(RequestBody):
    """Money back by the way it was paid."""

    model_config = ConfigDict(json_schema_extra={"examples": [REFUND_REQUEST]})

    amount: Money = Field(description="no more than what is left of the payment, in its currency")
    reason: Reason = Field(description="why; it stands in the payment and in its history")
    register_id: Id | None = Field(default=None, description="for cash: the open register it comes from")

    def command(self, payment_id: str) -> RefundPayment:
        return RefundPayment(
            payment_id=payment_id, amount=self.amount, reason=self.reason, register_id=self.register_id
        )


class ApprovalRequest(RequestBody):
    """A second person agrees."""

    model_config = ConfigDict(json_schema_extra={"examples": [APPROVAL_REQUEST]})

    register_id: Id | None = Field(default=None, description="for cash: another open register than was asked for")
    reason: Reason | None = Field(default=None, description="why; it stands in the refund as `decision_reason`")

    def command(self, payment_id: str, refund_id: str) -> DecideRefund:
        return DecideRefund(payment_id=payment_id, refund_id=refund_id, register_id=self.register_id)


class RejectionRequest(RequestBody):
    """A second person does not agree."""

    model_config = ConfigDict(json_schema_extra={"examples": [REJECTION_REQUEST]})

    reason: Reason = Field(description="why not; it stands in the refund as `decision_reason`")

    def command(self, payment_id: str, refund_id: str) -> DecideRefund:
        return DecideRefund(payment_id=payment_id, refund_id=refund_id)
