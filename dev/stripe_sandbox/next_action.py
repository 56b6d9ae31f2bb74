"""What a customer has to do before their bank says yes: a page of the sandbox, in the browser or by a redirect."""

from dev.stripe_sandbox.call import Call
from dev.stripe_sandbox.errors import JsonObject


def of(call: Call, kind: str, object_id: str) -> JsonObject:
    """For a `payment_intent` or a `setup_intent`."""
    return_url = call.params.text("return_url")
    url = f"{call.base_url}/sandbox/{kind}s/{object_id}/authenticate"
    if return_url is None:
        return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}
    return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}
