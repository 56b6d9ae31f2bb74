"""What payment intents and setup intents have in common: how they are shown, changed, and refused."""

from dataclasses import dataclass

from dev.stripe_sandbox import payment_methods
from dev.stripe_sandbox.call import Call, new_id
from dev.stripe_sandbox.cards import Decline
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject, UnexpectedState

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


@dataclass(frozen=True, slots=True)
class IntentKind:
    """`object` as the API says it, `name` as messages do; `texts` are set as they come, `public` a browser may see."""

    object: str
    name: str
    id_prefix: str
    texts: tuple[str, ...]
    empty: tuple[str, ...]
    public: tuple[str, ...]

    def blank(self, call: Call) -> JsonObject:
        """A new one without anything of its own kind."""
        intent_id = new_id(self.id_prefix)
        return {
            "id": intent_id,
            "object": self.object,
            **dict.fromkeys(self.empty),
            "client_secret": new_id(f"{intent_id}_secret", 25),
            "created": call.now,
            "livemode": False,
            "metadata": {},
            "status": "requires_payment_method",
        }

    def retrieve(self, call: Call) -> JsonObject:
        intent = self.of_browser(call)
        call.params.only()
        return self.shown(call, intent)

    def of_browser(self, call: Call) -> JsonObject:
        """The one in the path, for who knows its secret. Raises InvalidRequest or ResourceMissing."""
        intent = call.named(self.object)
        given = call.params.required("client_secret") if call.publishable else call.params.text("client_secret")
        if given not in (None, intent["client_secret"]):
            message = f"The client_secret provided does not match the client_secret associated with the {self.name}."
            raise InvalidRequest(message, code=f"{self.object}_invalid_parameter", param="client_secret")
        return intent

    def shown(self, call: Call, intent: JsonObject) -> JsonObject:
        """A browser sees neither metadata nor customer."""
        return {name: intent[name] for name in self.public} if call.publishable else intent

    def apply(self, call: Call, intent: JsonObject) -> None:
        """What a request sets of it; a method that is chosen is to be confirmed."""
        params = call.params
        for name in self.texts:
            if name in params:
                intent[name] = params.text(name)
        if "customer" in params:
            intent["customer"] = call.find("customer", params.required("customer"), param="customer")["id"]
        intent["metadata"] = params.metadata(intent["metadata"])
        method = payment_methods.chosen(call)
        if method is not None:
            intent.update(payment_method=method["id"], status="requires_confirmation", next_action=None)

    def require_status(self, intent: JsonObject, verb: str, allowed: tuple[str, ...] = OPEN) -> None:
        """Raises UnexpectedState."""
        if intent["status"] not in allowed:
            status = intent["status"]
            raise self._unexpected(intent, f"You cannot {verb} this {self.name} because it has a status of {status}.")

    def method_to_confirm(self, call: Call, intent: JsonObject) -> JsonObject:
        """The one that the request names, or the one that the intent has. Raises UnexpectedState."""
        chosen = payment_methods.chosen(call)
        if chosen is not None:
            return chosen
        if intent["payment_method"] is None:
            message = f"You cannot confirm this {self.name} because it's missing a payment method."
            raise self._unexpected(intent, message)
        return self.method_of(call, intent)

    def method_of(self, call: Call, intent: JsonObject) -> JsonObject:
        return call.find("payment_method", intent["payment_method"], param="payment_method")

    def _unexpected(self, intent: JsonObject, message: str) -> UnexpectedState:
        details: JsonObject = {self.object: intent}
        return UnexpectedState(message, code=f"{self.object}_unexpected_state", **details)


def last_error(
    decline: Decline, method: JsonObject, *, code: str, by_bank: bool, charge_id: str | None = None
) -> JsonObject:
    """Why the last attempt came to nothing; `by_bank`: the card's bank said no."""
    reason = {
        "charge": charge_id,
        "code": code,
        "decline_code": decline.decline_code or None,
        "message": decline.message,
        "param": decline.param,
        "payment_method": method,
        "type": "card_error" if by_bank else "invalid_request_error",
    }
    return {name: value for name, value in reason.items() if value is not None}
