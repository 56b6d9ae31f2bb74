"""expand[]: ids in an answer replaced by what they stand for."""

from dev.stripe_sandbox.call import Call
from dev.stripe_sandbox.errors import InvalidRequest, JsonObject

_MAX_DEPTH = 4


def expand(call: Call, answer: JsonObject) -> JsonObject:
    """Changes the answer in place; raises InvalidRequest for a field that holds no id."""
    for path in call.params.texts("expand"):
        names = path.split(".")
        if len(names) > _MAX_DEPTH:
            raise InvalidRequest(f"You cannot expand more than {_MAX_DEPTH} levels of a property.", param="expand")
        _expand(call, answer, names, path)
    return answer


def _expand(call: Call, item: JsonObject, names: list[str], path: str) -> None:
    name, rest = names[0], names[1:]
    value = item.get(name, "")
    if isinstance(value, str):
        value = item[name] = call.store.get(value) or ""
    if value == "" or isinstance(value, int):
        raise InvalidRequest(f"This property cannot be expanded ({path}).", param="expand")
    if rest:
        for below in value if isinstance(value, list) else [value]:
            if below is not None:
                _expand(call, below, rest, path)
